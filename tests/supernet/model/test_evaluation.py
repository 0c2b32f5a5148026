import pytest
import torch
from scipy.stats import binom
from torch import nn

from archgraph import ArchGraphError
from supernet.images.splits import Images
from supernet.model.evaluation import ImageEvaluation, accuracy_interval, evaluate

PROBABILITIES = torch.tensor([[0.7, 0.2, 0.1], [0.1, 0.9, 0.0], [0.6, 0.3, 0.1], [0.8, 0.1, 0.1]])
FOUND = ImageEvaluation(("a", "b", "c"), PROBABILITIES, torch.tensor([0, 1, 1, 1]))


def test_figures_of_an_evaluation():
    assert FOUND.confusion.tolist() == [[1, 0, 0], [2, 1, 0], [0, 0, 0]]
    assert FOUND.accuracy == 0.5
    assert FOUND.class_accuracies == {"a": 1.0, "b": pytest.approx(1 / 3)}
    assert FOUND.balanced_accuracy == pytest.approx(2 / 3)
    assert FOUND.loss == pytest.approx(-torch.tensor([0.7, 0.9, 0.3, 0.1]).log().mean().item())
    assert FOUND.worst(5) == [3, 2]
    assert FOUND.worst(1) == [3]
    assert FOUND.to_dict()["interval"] == list(accuracy_interval(2, 4))


@pytest.mark.parametrize(("told", "images"), [(0, 5), (3, 7), (95, 100), (5, 5)])
def test_an_interval_ends_where_the_count_would_be_as_rare_as_2_5_percent(told, images):
    low, high = accuracy_interval(told, images)
    assert 0 <= low <= told / images <= high <= 1
    assert low == 0 or binom.sf(told - 1, images, low) == pytest.approx(0.025)
    assert high == 1 or binom.cdf(told, images, high) == pytest.approx(0.025)


def test_a_network_is_evaluated_in_batches_and_stays_as_it_was():
    network = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(4)).train()
    part = Images(torch.randn(10, 1, 2, 2), torch.arange(10) % 4)
    found = evaluate(network, part, "abcd", batch=3)
    assert network.training
    torch.testing.assert_close(found.probabilities, evaluate(network, part, "abcd").probabilities)
    assert found.confusion.sum(1).tolist() == [3, 3, 2, 2]


def test_a_network_that_says_nothing_finite_fails():
    part = Images(torch.full((4, 1, 2, 2), float("inf")), torch.arange(4))
    with pytest.raises(ArchGraphError, match="not finite"):
        evaluate(nn.Flatten(), part, "abcd")
