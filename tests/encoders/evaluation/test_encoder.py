import numpy as np
import pytest

from archgraph import InputError
from encoders import evaluate_encoder


def test_each_space_is_measured_and_a_metric_is_probed(checkpoint, space, members):
    table = members[:120].with_metrics(nodes=np.arange(120) % 7 + members[:120].graph_sizes)
    found = evaluate_encoder(checkpoint, table, "nodes", labels=20, seeds=2, draws=20, pairs=20)
    assert found[space.name]["valid"] == 1.0
    assert found["probe"]["seeds"] == 2
    with pytest.raises(InputError, match="too few for 500 labels"):
        evaluate_encoder(checkpoint, table, "nodes", labels=500)
    with pytest.raises(InputError, match="needs both"):
        evaluate_encoder(checkpoint, metric="nodes")
