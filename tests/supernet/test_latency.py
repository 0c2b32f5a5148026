"""Measured latency."""

import pytest
import torch
from torch import nn

from archgraph import InputError
from supernet.latency import latencies, latency


def test_latency_is_measured_and_leaves_the_mode_alone() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)).train()
    assert latency(module, (2, 3, 8, 8), repeats=3, warmup=1) > 0
    assert module.training
    assert len(latencies(module, (2, 3, 8, 8), repeats=3, warmup=1)) == 3
    with pytest.raises(InputError, match="repeats is a whole number from 1"):
        latency(module, (2, 3, 8, 8), repeats=0)


@pytest.mark.gpu
def test_latency_is_measured_on_a_gpu() -> None:
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")
    assert latency(nn.Linear(8, 8), (2, 8), device="cuda") > 0
