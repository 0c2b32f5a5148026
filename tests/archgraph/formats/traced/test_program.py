"""A module as a program without side effects."""

from __future__ import annotations

import logging

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from archgraph import InputError
from archgraph.formats.traced.fx import from_module
from archgraph.formats.traced.program import ExampleInput, trace

IMAGE = [ExampleInput((1, 3, 8, 8))]


def operators(module: nn.Module, *inputs: ExampleInput) -> list[str]:
    nodes = trace(module, inputs or IMAGE).exported.graph.nodes
    return [node.target.overloadpacket.__name__.rstrip("_") for node in nodes if node.op == "call_function"]


# inputs


def test_an_input_is_written_with_its_sides_and_its_kind():
    assert ExampleInput.parse("1,3,224,224") == ExampleInput() == ExampleInput.parse("1,3,224,224:float32")
    assert str(ExampleInput.parse("2,16:int64")) == "2,16:int64"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "written like"),
        ("1,x", "written like"),
        ("1,-3", "written like"),
        ("1,0", "positive"),
        ("1,99999,99999", "at most"),
        ("1," * 40 + "1,3000000000", "at most"),
        ("1,16:words", "one of float32"),
    ],
)
def test_an_input_that_cannot_be_is_refused(text, reason):
    with pytest.raises(InputError, match=reason):
        ExampleInput.parse(text)


class Tokens(nn.Module):
    """Takes numbers of tokens, and a mask that may be left out."""

    def __init__(self):
        super().__init__()
        self.table, self.second, self.head = nn.Embedding(10, 4), nn.Embedding(2, 4), nn.Linear(4, 3)

    def forward(self, tokens, kinds=None):
        if kinds is None:
            kinds = torch.zeros_like(tokens)
        return self.head(self.table(tokens) + self.second(kinds))


@pytest.mark.parametrize("shape", ["1,7:int64", ["1,7:int64", "1,7:int64"]])
def test_a_network_has_inputs_of_several_kinds(shape):
    graph, params = from_module(Tokens(), shape)
    assert graph.ops == ("input", "embedding", "embedding", "sum", "linear-e0.75", "output")
    assert graph.edges == [(0, 1), (0, 2), (1, 3), (2, 3), (3, 4), (4, 5)]
    assert params == 40 + 8 + 15


# what is run


class OptionalGate(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.gate, self.head = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(3, 8, 1), nn.Linear(8, 10)

    def forward(self, x, gate=None):
        gate = self.gate(x) if gate is None else gate
        return self.head((self.body(x) * gate).mean((2, 3)))


def test_an_optional_argument_has_its_default():
    graph, params = from_module(OptionalGate(), (1, 3, 8, 8))
    assert params == 346
    assert sorted(graph.ops[t] for s, t in graph.edges if s == 0) == ["conv1x1-e2.67", "conv3x3-e2.67"]


class Keeps(nn.Module):
    """Keeps what it computes, as some packages do with positions."""

    def __init__(self):
        super().__init__()
        self.drop, self.norm = nn.Dropout(), nn.BatchNorm2d(3).eval()
        self.cache, self.last = {}, None

    def forward(self, x):
        self.cache["x"] = self.last = x * 2
        return self.norm(self.drop(self.last))


def test_the_module_is_left_as_it_was():
    module = Keeps()
    trace(module, IMAGE)
    assert [part.training for part in module.modules()] == [True, True, False]
    assert module.cache == {}
    assert module.last is None
    assert logging.root.manager.disable == 0
    assert torch.isfinite(module(torch.ones(1, 3, 8, 8))).all()


class RandomDepth(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        y = self.conv(x)
        if self.training:
            y = y * x.new_empty((x.shape[0], 1, 1, 1)).bernoulli_(0.5)
        return x + y


def test_a_module_is_read_as_it_is_evaluated():
    assert from_module(RandomDepth().train(), (1, 3, 8, 8))[0].ops == ("input", "conv1x1", "sum", "output")


class InPlace(nn.Module):
    """Statements in place: on a value, on an input, on a part of a value."""

    def __init__(self, how):
        super().__init__()
        self.how = how
        self.a, self.b = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(3, 4, 1)

    def forward(self, x):
        if self.how == "input":
            x.mul_(2)
        y = self.a(x)
        if self.how == "sum":
            y.add_(self.b(x))
        elif self.how == "module":
            nn.ReLU(inplace=True)(y)
            y = y + self.b(x)
        elif self.how == "part":
            y[:, 1:3].add_(self.b(x)[:, 1:3])
        elif self.how == "view first":
            flat = y.flatten(1)
            y.add_(self.b(x))
            return flat
        else:
            y = y + self.b(x)
        return y


@pytest.mark.parametrize(
    ("how", "ops"),
    [
        ("sum", ["conv3x3-e1.33", "conv1x1-e1.33", "sum"]),
        ("module", ["conv3x3-e1.33-relu", "conv1x1-e1.33", "sum"]),
        ("input", ["product", "conv3x3-e1.33", "conv1x1-e1.33", "sum"]),
        ("view first", ["conv3x3-e1.33", "conv1x1-e1.33", "sum", "reshape"]),
    ],
)
def test_what_is_written_in_place_is_read_by_those_that_come_later(how, ops):
    assert list(from_module(InPlace(how), (1, 3, 8, 8))[0].ops[1:-1]) == ops


def test_a_part_that_is_written_in_place_is_scattered_into_the_whole():
    graph, params = from_module(InPlace("part"), (1, 3, 8, 8))
    assert "scatter" in graph.ops
    assert params == 112 + 16


def test_results_are_tensors_in_any_container_and_nothing_else():
    class Returns(nn.Module):
        def forward(self, x):
            return {"a": [x.relu(), None], "cache": object(), "b": (F.gelu(x), 3)}

    graph = from_module(Returns(), (1, 3, 8, 8))[0]
    assert graph.ops == ("input", "relu", "gelu", "output")


def test_a_parameter_that_the_module_holds_in_a_list_besides_is_found():
    class Listed(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(torch.ones(3, 1, 1))
            self.all = [self.scale]

        def forward(self, x):
            return x * self.all[0]

    assert from_module(Listed(), (1, 3, 8, 8))[1] == 3


# refusals


class Depends(nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else -x


def test_flow_that_depends_on_data_is_refused_with_its_statement(capfd):
    with pytest.raises(
        InputError, match=r"depends on the data at test_program.py:\d+: return x if x.sum\(\) > 0"
    ) as error:
        trace(Depends(), IMAGE)
    assert len(str(error.value).splitlines()) == 1
    assert capfd.readouterr() == ("", "")


def test_inputs_that_do_not_fit_are_refused_with_the_statement(capfd):
    with pytest.raises(InputError, match=r"--shape 1,5,8,8:float32 .*test_program.py:\d+: y = self.a\(x\)"):
        trace(InPlace("sum"), [ExampleInput((1, 5, 8, 8))])
    with pytest.raises(InputError, match="positional argument"):
        trace(InPlace("sum"), [*IMAGE, *IMAGE])
    assert capfd.readouterr() == ("", "")


def test_only_what_reads_before_a_statement_in_place_reads_the_old_value():
    class Between(nn.Module):
        def forward(self, x):
            y = x + 1
            before = y * 3
            y.relu_()
            return before + y

    assert operators(Between()) == ["add", "mul", "relu", "add"]
    graph = from_module(Between(), (1, 3, 8, 8))[0]
    assert graph.ops == ("input", "product", "relu", "sum", "output")
    assert graph.edges == [(0, 1), (0, 2), (1, 3), (2, 3), (3, 4)]
