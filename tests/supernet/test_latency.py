"""Measured latency."""

import pytest
import torch
from torch import nn

from archgraph import InputError
from supernet.latency import latency


def test_latency_is_measured_and_leaves_the_mode_alone() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)).train()
    found = latency(module, (2, 3, 8, 8), repeats=3, warmup=1)
    assert found.median > 0
    assert found.spread >= 0
    assert module.training
    with pytest.raises(InputError, match="repeats is a whole number from 1"):
        latency(module, (2, 3, 8, 8), repeats=0)


def test_warm_up_does_not_count_and_the_spread_is_of_the_middle_half(monkeypatch) -> None:
    taken = iter([100.0, 1.0, 2.0, 3.0, 4.0, 5.0])
    monkeypatch.setattr("supernet.latency._timed", lambda module, inputs: next(taken))
    assert latency(nn.Identity(), (1, 1), repeats=5, warmup=1) == (3.0, 2.0)


@pytest.mark.gpu
def test_latency_is_measured_on_a_gpu() -> None:
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")
    assert latency(nn.Linear(8, 8), (2, 8), device="cuda").median > 0
