"""The steps of a graph that torch traced."""

from itertools import pairwise

from torch import fx, nn

from archgraph.formats.traced.fx_graph import steps_of


def test_every_call_is_a_step_with_its_parameters_and_sources() -> None:
    module = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten())
    traced = fx.symbolic_trace(module)
    steps = list(steps_of(traced.graph, traced))
    assert (steps[0].role, steps[-1].role) == ("input", "output")
    assert sum(step.params for step in steps) == sum(p.numel() for p in module.parameters())
    for before, step in pairwise(steps):
        assert before.key in step.sources
