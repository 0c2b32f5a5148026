"""MacroSkeleton: what surrounds the cells of a network of rows, and the networks made with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from archgraph.errors import CompileError
from archgraph.graph import ArchGraph
from archgraph.networks.blueprint import Blueprint
from archgraph.networks.builder import B, Join, NetworkBuilder
from archgraph.networks.steps import Shape

CellPath = Sequence[ArchGraph]
"""A discrete architecture: one cell a row."""


class MacroSkeleton(Protocol):
    """What surrounds the cells of networks of d rows: FaDE's `Skeleton`, NAS-Bench-Macro's `NASBenchMacroSkeleton`."""

    @property
    def rows(self) -> int:
        """Number of rows, d."""
        ...

    @property
    def image(self) -> Shape:
        """(channels, height, width) of an image."""
        ...

    @property
    def classes(self) -> int:
        """Number of classes."""
        ...

    def begin(self, made: NetworkBuilder) -> int:
        """What stands before the first row."""
        ...

    def enter(self, made: NetworkBuilder, row: int, source: int) -> int:
        """What all candidates of a row read."""
        ...

    def candidate(self, made: NetworkBuilder, row: int, source: int, cell: ArchGraph, prefix: str) -> int:
        """One cell of a row, up to where candidates are mixed."""
        ...

    def leave(self, made: NetworkBuilder, row: int, source: int) -> int:
        """What stands behind a row's mixture."""
        ...

    def finish(self, made: NetworkBuilder, source: int) -> int:
        """The head."""
        ...


class CountedSkeleton(MacroSkeleton, Protocol):
    """A skeleton that says what hyper-architectures made with it cost: FaDE's, and that of whole networks."""

    @property
    def has_width(self) -> bool:
        """Whether the channels of its network follow from the setting `width`."""
        ...

    @property
    def head_macs(self) -> int:
        """Multiply-adds of one image's pass through the head."""
        ...

    def macs(self, rows: Sequence[CellPath]) -> int:
        """Multiply-adds of one image's pass through all candidates of all rows."""
        ...

    def row_macs(self, row: int, cells: CellPath) -> int:
        """Multiply-adds of one image's pass through one row with these candidates."""
        ...


def network_of(skeleton: MacroSkeleton, path: CellPath) -> Blueprint:
    """The stand-alone network of one cell a row.

    Raises:
        CompileError: the number of cells is not the skeleton's, or a node cannot be compiled; the text names it.
    """
    return write_path(Blueprint(skeleton.image), skeleton, path)


def hyper_of(skeleton: MacroSkeleton, rows: Sequence[CellPath]) -> Blueprint:
    """The hyper-architecture of these candidates: row i's are mixed by the architecture parameters `row{i}`.

    Layers of candidate j of row i are called `row{i}_cell{j}_...`; `Blueprint.select` gives a path's own network.

    Raises:
        CompileError: a row is missing or has no candidate, or a node cannot be compiled; the text names it.
    """
    made = Blueprint(skeleton.image)
    _write(made, skeleton, rows, "mixture")
    return made


def write_path(made: B, skeleton: MacroSkeleton, path: CellPath) -> B:
    """Write the stand-alone network of one cell a row, as `network_of`."""
    _write(made, skeleton, [[cell] for cell in path], "sum")
    return made.prune()


def _write(made: NetworkBuilder, skeleton: MacroSkeleton, rows: Sequence[CellPath], join: Join) -> None:
    if len(rows) != skeleton.rows:
        raise CompileError(
            f"a network of this skeleton has candidates for each of {skeleton.rows} rows, but got {len(rows)}"
        )
    if empty := [i for i, cells in enumerate(rows) if not cells]:
        raise CompileError(f"row {empty[0]} has no candidate; give each row at least one cell")
    x = skeleton.begin(made)
    for i, cells in enumerate(rows):
        made.barrier()
        x = skeleton.enter(made, i, x)
        made.barrier()
        outputs, before, after = [], made.stage, made.stage
        for j, cell in enumerate(cells):
            made.stage = before  # candidates stand side by side
            try:
                outputs.append(skeleton.candidate(made, i, x, cell, f"row{i}_cell{j}_"))
            except CompileError as error:
                raise CompileError(f"row {i}, cell {j}, {error}") from None
            after = max(after, made.stage)
        made.stage = after + 1
        x = made.add(f"row{i}", outputs, join=join)
        x = skeleton.leave(made, i, x)
    made.barrier()
    skeleton.finish(made, x)
