"""The hyper-architecture of cells whose choices are open: mixtures of cells that hold mixtures."""

from __future__ import annotations

import re
from dataclasses import replace

from archgraph.networks.blueprint import Blueprint
from archgraph.networks.macro_skeleton import MacroSkeleton, hyper_of
from archgraph.spaces.open_cells import OpenCells

_INSIDE = re.compile(r"row(\d+)_cell(\d+)_node(\d+)")


def network_of_choices(opened: OpenCells, skeleton: MacroSkeleton) -> Blueprint:
    """The hyper-architecture whose rows offer all cells, each with its choices open.

    The cells of row i are mixed by the architecture parameters `row{i}`, what stands at a choice inside by those that
    `mixture_name` names; copies of a `repeat` share theirs.

    Raises:
        CompileError: a node cannot be compiled; the text names it.
    """
    made = hyper_of(skeleton, [opened.cells] * skeleton.rows)
    for number, layer in enumerate(made.layers):
        if layer.join == "mixture" and (inside := _INSIDE.fullmatch(layer.name)):
            row, cell, node = map(int, inside.groups())
            named = mixture_name(row, opened.mixtures[cell][node])
            made.layers[number] = replace(layer, mixture=named)
    return made


def mixture_name(row: int, number: int) -> str:
    """The name of the architecture parameters of a choice in a row."""
    return f"row{row}_choice{number}" if number > 0 else f"row{row}"
