"""Skeleton: what surrounds the cells of a FaDE network, and what it costs.

Row i is Conv3x3 to `channels[i]`, the row's cell (or candidate cells), and max pooling by `pools[i]`; then the image is
flattened into a linear layer (FaDE, first author's research code). What is normalised is `norm`:

* `cells`: each cell's output, to mean 0 and variance 1 a channel (reconstruction: with it the softmax weights of a row
  compare like with like).
* `sums`: the sum at every vertex of a cell, its sources and its output among them, by its L2 norm over the batch, and
  the row's mixture likewise, without a gradient through that norm (the research code, which tries it with and without).
* `none`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archgraph.checks import check_choice, check_whole
from archgraph.errors import CompileError, InputError
from archgraph.graph import ArchGraph
from archgraph.networks.builder import B, CostCounter, NetworkBuilder
from archgraph.networks.cells import CellBuilder
from archgraph.networks.macro_skeleton import write_path
from archgraph.networks.steps import FLATTEN, RELU, conv, linear, max_pool, norm, unit_norm
from archgraph.ops import OPS
from archgraph.spaces.rows import ROW

MAX_ROWS = 16
NORMS = ("cells", "sums", "none")
WIDTH = 64
"""Channels of the last row of a network, F, where nothing else is said."""


@dataclass(frozen=True)
class Skeleton:
    """What surrounds the cells of a network of d rows, a `MacroSkeleton`.

    Args:
        image: (channels, height, width) of an input image; height and width in pixels.
        classes: number of classes.
        channels: channels of each row, d numbers.
        pools: factor by which each row shrinks the image, d numbers.
        norm: what is normalised, one of `cells`, `sums` and `none`.

    Raises:
        InputError: there is no such norm, too many rows or none, a size that makes no sense, or an image too small for
            the poolings.

    Example:
        >>> from supernet import Skeleton
        >>> skeleton = Skeleton.fade((3, 32, 32), classes=10, rows=3, width=32)
        >>> skeleton.channels, skeleton.pools
        ((8, 16, 32), (4, 2, 2))
    """

    image: tuple[int, int, int]
    classes: int
    channels: tuple[int, ...]
    pools: tuple[int, ...]
    norm: str = "cells"

    def __post_init__(self) -> None:
        check_choice(NORMS, norm=self.norm)
        if not 1 <= len(self.channels) == len(self.pools) <= MAX_ROWS:
            raise InputError(f"a network has 1 to {MAX_ROWS} rows, each with its channels and pooling")
        check_whole(1, classes=self.classes, image=min(self.image), channels=min(self.channels), pools=min(self.pools))
        if min(self.sizes[-1]) < 1:
            raise InputError(f"an image of {self.image[1]}x{self.image[2]} is too small for poolings {self.pools}")

    @classmethod
    def fade(cls, image: tuple[int, int, int], classes: int, rows: int, width: int, norm: str = "cells") -> Skeleton:
        """The published shape: channels double from row to row up to `width`; poolings share out the image.

        With 32x32 images it is the authors' own: d = 2: pools 4, 4 and F/4, F; d = 3: 4, 2, 2 and F/4, F/2, F; d = 4:
        2, 2, 2, 2 and F/8 to F. Smaller images take poolings of 2 while they last (reconstruction).

        Raises:
            InputError: there is no such norm, too many rows or none, or a size that makes no sense.
        """
        check_whole(1, width=width, image=min(image))
        if not 1 <= rows <= MAX_ROWS:
            raise InputError(f"a network has 1 to {MAX_ROWS} rows, but got {rows}")
        if rows == 2:
            channels = (max(width // 4, 1), width)
        else:
            channels = tuple(max(width // 2 ** (rows - 1 - row), 1) for row in range(rows))
        halvings = min(4 if min(image[1:]) >= 16 else rows, min(image[1:]).bit_length() - 1)
        pools = tuple(2 ** (halvings // rows + (row < halvings % rows)) for row in range(rows))
        return cls(image, classes, channels, pools, norm)

    @property
    def has_width(self) -> bool:
        """Its channels follow from the width of the last row."""
        return True

    @property
    def rows(self) -> int:
        """Number of rows, d."""
        return len(self.channels)

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """Height and width at the entry of each row, then after the last, d + 1 pairs."""
        sizes = [self.image[1:]]
        for pool in self.pools:
            sizes.append((sizes[-1][0] // pool, sizes[-1][1] // pool))
        return sizes

    @property
    def features(self) -> int:
        """Inputs of the linear layer."""
        return self.channels[-1] * self.sizes[-1][0] * self.sizes[-1][1]

    def begin(self, made: NetworkBuilder) -> int:
        """Nothing stands before the first row."""
        return 0

    def enter(self, made: NetworkBuilder, row: int, source: int) -> int:
        """A row's convolution."""
        return made.part(_stem, f"row{row}_stem", (source,), self.channels[row])

    def candidate(self, made: NetworkBuilder, row: int, source: int, cell: ArchGraph, prefix: str) -> int:
        """One cell, and the norm of its output."""
        sums = (unit_norm(),) if self.norm == "sums" else ()
        output = made.part(CellBuilder(cell, sums=sums, normed=self.norm == "cells"), prefix, (source,))
        if self.norm != "cells":
            return output
        made.barrier()
        return made.add(f"{prefix}norm", output, norm(self.channels[row], affine=False))

    def leave(self, made: NetworkBuilder, row: int, source: int) -> int:
        """The norm of a row's mixture, if any, and the row's pooling."""
        pool = self.pools[row]
        steps = [unit_norm(detach=True)] if self.norm == "sums" else []
        steps += [max_pool(pool, pool)] if pool > 1 else []
        return made.add(f"row{row}_pool", source, *steps)

    def finish(self, made: NetworkBuilder, source: int) -> int:
        """The linear layer on all pixels."""
        return made.add("head", source, FLATTEN, linear(self.features, self.classes))

    def macs(self, rows: Sequence[Sequence[ArchGraph]]) -> int:
        """Multiply-adds of one image's forward pass through all cells of all rows, as in a hyper-architecture.

        Args:
            rows: the cells of each row; one a row for a stand-alone network.
        """
        return self.head_macs + sum(self.row_macs(i, cells) for i, cells in enumerate(rows))

    def row_macs(self, row: int, cells: Sequence[ArchGraph]) -> int:
        """Multiply-adds of one image's pass through one row: its stem and all its cells.

        Raises:
            CompileError: a node of a cell cannot be compiled; the text names it.
        """
        counter = CostCounter(((self.image[0], *self.channels)[row], *self.sizes[row]))
        stem = self.enter(counter, row, 0)
        for cell in cells:
            self.candidate(counter, row, stem, cell, "")
        return counter.cost.flops

    @property
    def head_macs(self) -> int:
        """Multiply-adds of the linear layer."""
        counter = CostCounter((self.channels[-1], *self.sizes[-1]))
        self.finish(counter, 0)
        return counter.cost.flops


def network(made: B, graph: ArchGraph, classes: int, width: int = WIDTH) -> B:
    """Write the network of an architecture of one row or more; `width` are the channels of the last row (F)."""
    cells = split(graph)
    return write_path(made, Skeleton.fade(made.shapes[0], classes, len(cells), width), cells)


def split(graph: ArchGraph) -> list[ArchGraph]:
    """The cells of an architecture of rows, whatever their operations.

    Raises:
        CompileError: an edge leaps over the end of a row.
    """
    names, x, edge_index = graph.ops, graph.x, graph.edge_index
    cells, start, sources = [], 0, edge_index[0]
    for end in [i for i, name in enumerate(names) if name in (ROW.name, "output")]:
        edges = edge_index[:, (sources >= start) & (sources < end)] - start
        if edges.max() > end - start:
            raise CompileError(f"node {end} ({names[end]}): an edge leaps over the end of a row")
        operations = x[start : end + 1].clone()
        operations[0], operations[-1] = OPS.index("input"), OPS.index("output")
        cells.append(ArchGraph(x=operations, edge_index=edges))  # a part of an architecture between two cuts is one
        start = end
    return cells


def _stem(made: NetworkBuilder, name: str, source: int, channels: int) -> int:
    return made.add(name, source, conv(made.shapes[source][0], channels, 3, bias=True), RELU)
