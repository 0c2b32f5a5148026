import torch

from archgraph.networks.blueprint import Blueprint
from archgraph.networks.published.darts import mixed_graph
from archgraph.networks.registry import blueprint
from archgraph.networks.steps import RELU, conv
from supernet.hyper.conditions import asked, conditions, taken_together


def nested():
    """A mixture in the second source of another, behind which stands a third."""
    made = Blueprint((2, 4, 4))
    one = made.add("one", 0, RELU)
    parts = [made.add(f"part{i}", one, conv(2, 2, 1)) for i in range(2)]
    inner = made.add("inner", parts, join="mixture")
    plain = made.add("plain", one, conv(2, 2, 1))
    outer = made.add("outer", [plain, inner], join="mixture")
    made.add("last", [outer, made.add("other", outer, RELU)], join="mixture")
    return made


def test_a_mixture_inside_a_source_counts_where_this_source_is_taken():
    assert conditions(nested()) == {"inner": {"outer": 1}, "outer": {}, "last": {}}
    assert asked(nested()).tolist() == [[-1, 1, -1], [-1, -1, -1], [-1, -1, -1]]


def test_a_source_is_tried_with_what_it_asks_for():
    rows = [[0, 1, -1], [1, 1, -1], [-1, 0, -1], [-1, 1, -1], [-1, -1, 0], [-1, -1, 1]]
    assert taken_together(nested()).tolist() == rows


def test_mixtures_side_by_side_have_no_condition():
    """A vertex of DARTS reads all edges into it, whatever is taken on each."""
    made = blueprint(mixed_graph(), "darts", (3, 16, 16), 10, channels=4, layers=3)
    assert bool((asked(made) == -1).all())
    assert torch.equal((taken_together(made) >= 0).sum(1), torch.ones(len(taken_together(made)), dtype=torch.long))
