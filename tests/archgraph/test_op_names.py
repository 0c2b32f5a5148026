"""Names of operations that say what they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archgraph import OPS, ArchGraph, InputError, Operation
from archgraph.op_names import describe, parse


@pytest.mark.parametrize(
    ("name", "operation"),
    [
        ("conv3x3", Operation("conv3x3", "conv", kernel=3)),
        ("conv1x7-bn", Operation("conv1x7-bn", "conv", kernel=7, norm=True)),
        (
            "conv3x3-d2-g32-s2-e4-bn-relu",
            Operation(
                "conv3x3-d2-g32-s2-e4-bn-relu",
                "conv",
                **{"kernel": 3, "dilation": 2, "groups": 32, "stride": 2, "expansion": 4.0, "norm": True},
                activation="post",
            ),
        ),
        ("conv5x5-dw", Operation("conv5x5-dw", "conv", kernel=5, groups=0)),
        ("linear-e0.25-gelu", Operation("linear-e0.25-gelu", "linear", expansion=0.25, activation="post")),
        ("maxpool3x3-s2", Operation("maxpool3x3-s2", "max_pool", kernel=3, stride=2)),
        ("bn-relu", Operation("bn-relu", "norm", norm=True, activation="post")),
        ("silu", Operation("silu", "activation", activation="post")),
        ("conv1d9-s2", Operation("conv1d9-s2", "conv", kernel=9, stride=2)),
        ("conv3d1x3x3-dw-bn", Operation("conv3d1x3x3-dw-bn", "conv", kernel=3, groups=0, norm=True)),
        ("attention-h8", Operation("attention-h8", "attention", groups=8)),
        ("sepconv3x3", OPS["sepconv3x3"]),
        ("dilconv5x5", OPS["dilconv5x5"]),
        ("relu-conv1x1-bn", OPS["relu-conv1x1-bn"]),
        ("facconv7x7", Operation("facconv7x7", "factorized_conv", kernel=7, activation="pre", norm=True)),
        ("reducemean", Operation("reducemean", "reduction")),
        ("other:roll", Operation("other:roll", "other")),
    ],
)
def test_a_name_gives_the_features(name, operation):
    assert parse(name) == operation


@pytest.mark.parametrize(
    "name",
    [
        "",
        "conv",
        "frobnicate",
        "conv3x3-s0",
        "conv3x3-e0",
        "other:",
        "other:a b",
        "conv3",
        "CONV3x3\n",
        "conv99999x1",
        "conv1d3x3",
        "conv3d3",
        "conv3x3-h8",
    ],
)
def test_a_name_that_says_too_little_is_unknown(name):
    assert parse(name) is None or name == "conv"


@given(
    st.sampled_from(["conv", "deconv", "maxpool", "avgpool"]),
    st.sampled_from([(9,), (64,), (3, 3), (1, 7), (64, 1), (3, 3, 3), (1, 3, 2)]),
    st.integers(1, 32),
    st.sampled_from([1, 2, 64, "dw"]),
    st.integers(1, 32),
    st.floats(0.001, 5000),
)
def test_what_is_described_is_parsed(word, kernel, dilation, groups, stride, expansion):
    operation = parse(describe(word, kernel, dilation, groups, stride, expansion))
    assert operation is not None
    assert (operation.kernel, operation.dilation, operation.stride) == (max(kernel), dilation, stride)
    assert operation.groups == (0 if groups == "dw" else groups)
    assert operation.expansion == pytest.approx(expansion, rel=0.06)


def test_the_vocabulary_takes_such_names_in_when_it_meets_them():
    name = "conv9x9-d3-s3-gn-mish"
    assert ArchGraph(["input", name, "output"], [(0, 1), (1, 2)]).ops[1] == name
    assert OPS[OPS.index(name)].dilation == 3


def test_the_vocabulary_stays_bounded(monkeypatch):
    monkeypatch.setattr("archgraph.ops.MAX_DESCRIBED", len(OPS))
    with pytest.raises(InputError, match="unknown operation"):
        OPS.index("conv61x61-s7")
