"""NAS-Bench-201: four vertices, one of five operations on each of the six edges.

Dong and Yang, "NAS-Bench-201: Extending the Scope of Reproducible Neural Architecture Search" (ICLR 2020).

The native form is the official string, as in `|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|avg_pool_3x3~2|`.
Every edge keeps a node, also one that carries `none` (a `zero` node), so nothing is lost on the way to a graph and
back and all 15,625 codes are distinct; `simplify` says which of them are the same function.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from archgraph.errors import InputError
from archgraph.ops import OPS
from archgraph.spaces.template import Code, TemplateSpace, complete_cell

if TYPE_CHECKING:
    from archgraph.graph import ArchGraph

OPERATIONS = {
    "none": OPS["zero"],
    "skip_connect": OPS["identity"],
    "nor_conv_1x1": OPS["relu-conv1x1-bn"],
    "nor_conv_3x3": OPS["relu-conv3x3-bn"],
    "avg_pool_3x3": OPS["avgpool3x3"],
}
"""Official name -> operation, in the official order of the indices 0 to 4."""

_NAMES = list(OPERATIONS)
_PATTERN = re.compile(
    r"\+".join(r"\|" + "".join(rf"({'|'.join(_NAMES)})~{s}\|" for s in range(t)) for t in (1, 2, 3)), re.ASCII
)


class NASBench201Space(TemplateSpace):
    """The 15,625 cells of NAS-Bench-201; a code lists the edges 0-1, 0-2, 1-2, 0-3, 1-3, 2-3.

    `known` are the cells that no cell of fewer parameters outdoes in the published validation accuracy on CIFAR-10.

    Example:
        >>> from archgraph.spaces import NASBench201Space
        >>> space = NASBench201Space()
        >>> space.size(), list(space.choices)
        (15625, ['0->1', '0->2', '1->2', '0->3', '1->3', '2->3'])
    """

    usual_network = "pooled"
    known = (
        "|nor_conv_1x1~0|+|avg_pool_3x3~0|none~1|+|skip_connect~0|skip_connect~1|none~2|",
        "|nor_conv_1x1~0|+|none~0|none~1|+|skip_connect~0|nor_conv_1x1~1|skip_connect~2|",
        "|nor_conv_1x1~0|+|none~0|nor_conv_1x1~1|+|skip_connect~0|nor_conv_1x1~1|avg_pool_3x3~2|",
        "|none~0|+|skip_connect~0|skip_connect~1|+|nor_conv_3x3~0|none~1|skip_connect~2|",
        "|nor_conv_3x3~0|+|avg_pool_3x3~0|skip_connect~1|+|skip_connect~0|nor_conv_1x1~1|none~2|",
        "|nor_conv_1x1~0|+|nor_conv_3x3~0|none~1|+|skip_connect~0|nor_conv_1x1~1|nor_conv_1x1~2|",
        "|avg_pool_3x3~0|+|nor_conv_3x3~0|none~1|+|skip_connect~0|none~1|nor_conv_3x3~2|",
        "|avg_pool_3x3~0|+|nor_conv_3x3~0|none~1|+|skip_connect~0|nor_conv_1x1~1|nor_conv_3x3~2|",
        "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_1x1~2|",
    )

    def __init__(self) -> None:
        choices = [[operation.name for operation in OPERATIONS.values()]] * 6
        super().__init__("nasbench201", *complete_cell(4), choices)

    def native(self, code: Sequence[int]) -> str:
        o = [_NAMES[c] for c in code]
        return f"|{o[0]}~0|+|{o[1]}~0|{o[2]}~1|+|{o[3]}~0|{o[4]}~1|{o[5]}~2|"

    def parse(self, native: str) -> Code:
        match = _PATTERN.fullmatch(native)
        if not match:
            raise InputError(
                "a NAS-Bench-201 cell is written like |nor_conv_3x3~0|+|none~0|skip_connect~1|+|..., "
                f"but got {native[:64]!r}"
            )
        return tuple(_NAMES.index(name) for name in match.groups())

    def simplify(self, graph: ArchGraph) -> str:
        """The benchmark's own text of what the cell computes: 6,466 different texts in the whole space.

        What leaves a zero is zero, skips vanish, and summands are sorted. Cells with the same text are the same
        network. The converse does not hold: the benchmark keeps a zero among other summands, and sorts a sum that a
        skip passed on as one summand.
        """
        return simplified(self.encode(graph))


def simplified(code: Sequence[int]) -> str:
    """`NASBench201Space.simplify` for a code."""
    vertex = ["0"]
    edges = iter(code)
    for t in range(1, 4):
        vertex.append("+".join(sorted(_term(_NAMES[next(edges)], vertex[s]) for s in range(t))))
    return vertex[-1]


def _term(name: str, source: str) -> str:
    if name == "none" or source == "#":
        return "#"
    return source if name == "skip_connect" else f"({source})@{name}"
