"""The steps of a graph that torch.fx traced."""

import torch
from torch import fx, nn
from torch.nn import functional as F

from archgraph.formats.traced.fx_graph import steps_of


class Shared(nn.Module):
    """One layer called twice, a parameter of its own, and a question about a shape."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Conv2d(4, 4, 3, padding=1)
        self.scale = nn.Parameter(torch.ones(4, 1, 1))

    def forward(self, x):
        y = self.layer(self.layer(x)) * self.scale
        y = F.max_pool2d(y, 2, stride=2)
        return y.reshape(y.size(0), -1)


def steps():
    module = Shared()
    return steps_of(fx.symbolic_trace(module).graph, module)


def test_roles_say_what_stands_where():
    assert [step.role for step in steps()] == [
        *("input", "step", "step", "constant", "step", "step", "shape", "step", "output"),
    ]


def test_words_describe_layers_and_functions():
    words = [step.word for step in steps() if step.role == "step"]
    assert words[:2] == ["conv3x3", "conv3x3"]
    assert words[2] == "product"
    assert words[3] == "maxpool2x2-s2"


def test_a_parameter_counts_at_its_first_use():
    params = [step.params for step in steps()]
    assert params[:4] == [0, 4 * 4 * 9 + 4, 0, 4]
    assert sum(params) == sum(parameter.numel() for parameter in Shared().parameters())


def test_sources_are_earlier_steps():
    seen = set()
    for step in steps():
        assert set(step.sources) <= seen
        seen.add(step.key)


def test_inputs_that_are_weights_are_constants():
    """As torch.export gives them."""

    def forward(x, weight):
        return F.conv2d(x, weight, None, 2)

    graph = fx.symbolic_trace(forward).graph
    weight = nn.Parameter(torch.ones(8, 4, 3, 3))
    found = steps_of(graph, nn.Module(), {"weight": weight})
    assert [(step.role, step.params) for step in found] == [
        ("input", 0),
        ("constant", weight.numel()),
        ("step", 0),
        ("output", 0),
    ]
    assert found[2].word == "conv3x3-s2-e2"
