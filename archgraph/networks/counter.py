"""CostCounter: what a network costs, without its layers."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

from archgraph.networks.builder import Join, NetworkBuilder
from archgraph.networks.steps import Shape, Step

_MAX_KNOWN = 1 << 16
_known: dict[Any, tuple[int, int, Shape]] = {}
"""Part and shapes of its inputs -> its parameters, multiply-adds and shape; of those that functions write."""


class CostCounter(NetworkBuilder):
    """Counts what is written into it, parts that were counted before from memory.

    Networks repeat their parts: the cells of a stage cost the same, and so does an operation at a given shape in every
    architecture of a space. Counting is therefore many times as fast as writing a `Blueprint`, with the same result.
    A part that a function writes is remembered for all networks; one that an object writes, such as the cell of a
    graph, for its own network.

    Args:
        inputs: (channels, height, width) of each value that the layers read, of the image as a rule.

    Example:
        >>> from archgraph.networks.steps import RELU, conv
        >>> counter = CostCounter((3, 8, 8))
        >>> number = counter.add("stem", 0, conv(3, 4, 3), RELU)
        >>> counter.cost
        Cost(params=108, flops=6912)
    """

    def __init__(self, *inputs: Shape) -> None:
        super().__init__(*inputs)
        self._own: dict[Any, tuple[int, int, Shape]] = {}

    def keep(
        self, name: str, sources: tuple[int, ...], steps: tuple[Step, ...], join: Join, cut: int, mixture: str
    ) -> None:
        pass

    def part(self, build: Callable[..., int], name: str, sources: tuple[int, ...], *args: object) -> int:
        known = _known if isinstance(build, FunctionType) else self._own
        key = (build, args, *[self.shapes[source] for source in sources])
        found = known.get(key)
        if found is None:
            params, flops = self._params, self._flops
            number = build(self, name, *sources, *args)
            if len(known) >= _MAX_KNOWN:
                known.clear()
            known[key] = (self._params - params, self._flops - flops, self.shapes[number])
            return number
        params, flops, shape = found
        self._params += params
        self._flops += flops
        return self.append(shape)

    def prune(self) -> CostCounter:
        """The counter itself: what the output does not depend on is counted, as the benchmarks count it."""
        return self
