"""NATS-Bench's network of the size space: published counts."""

from __future__ import annotations

import pytest

from archgraph import ArchGraph, CompileError
from archgraph.networks.cost import cost
from archgraph.networks.registry import blueprint
from archgraph.spaces import NATSSizeSpace

SPACE = NATSSizeSpace()


def test_the_costs_of_a_member_are_the_published_ones():
    """Architecture 12 of NATS-sss-v1_0, as its authors print it: 0.067378 M parameters, 7.991706 M multiply-adds.

    Theirs count the bias of the linear layer among the multiply-adds: 10.
    """
    found = cost(SPACE.from_native("8:8:8:16:40"), SPACE)
    assert (found.params, found.flops + 10) == (67_378, 7_991_706)


def test_the_costs_of_the_widest_are_those_of_its_layers():
    cell, block = 5 * (9 * 64 * 64 + 128), 2 * (9 * 64 * 64 + 128) + 64 * 64
    stem, head = 27 * 64 + 128, 128 + 640 + 10
    found = cost(SPACE.from_native("64:64:64:64:64"), SPACE)
    assert found.params == 3 * cell + 2 * block + stem + head
    conv = 9 * 64 * 64
    adds = 27 * 64 * 1024 + 5 * conv * (1024 + 256 + 64) + (2 * conv + 64 * 64) * (256 + 64) + 640
    assert found.flops == adds


def test_a_graph_without_widths_is_refused():
    with pytest.raises(CompileError, match="not a chain of 5 layers"):
        blueprint(ArchGraph(["input", "identity", "output"], [(0, 1), (1, 2)]), "nats:size", (3, 32, 32), 10)
