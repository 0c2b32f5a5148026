"""NetworkBuilder: what networks are written into, layer by layer; and the one that only counts what they cost."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any, Literal, Self, TypeVar

from archgraph.errors import CompileError
from archgraph.networks.steps import Cost, Shape, Step

Join = Literal["sum", "concat", "product", "mixture"]
"""How several values become one; `product` is elementwise, `mixture` their sum weighted by architecture parameters."""
_MAX_KNOWN = 1 << 16
_known: dict[Any, tuple[int, int, Shape]] = {}
"""Part and shapes of its inputs -> its parameters, multiply-adds and shape; of those that functions write."""


class NetworkBuilder(ABC):
    """Takes layers in the order in which they run, and knows the shape of each one's value and the cost of all.

    A network's file writes it into a builder: `Blueprint` keeps the layers, `CostCounter` only what they cost.

    Args:
        inputs: (channels, height, width) of each value that the layers read, of the image as a rule.

    Attributes:
        shapes: of each layer's value, in the order of their numbers, the inputs first.
        stage: layers of equal stage run side by side where many networks run together.
        output: number of the layer that is the network's output; the one added last unless set.
    """

    def __init__(self, *inputs: Shape) -> None:
        self.shapes: list[Shape] = list(inputs)
        self.stage = 0
        self.output = 0
        self._params = self._flops = 0

    @property
    def cost(self) -> Cost:
        """What all layers added so far cost."""
        return Cost(self._params, self._flops)

    def add(
        self,
        name: str,
        sources: int | Sequence[int],
        *steps: Step,
        join: Join = "sum",
        cut: int = 0,
        mixture: str = "",
    ) -> int:
        """Add a layer and return its number. What would only pass on one value unchanged is no layer of its own.

        Args:
            name: unique within the network; letters, digits and underscores.
            sources: numbers of the layers that it reads.
            steps: what is done to the joined value.
            join: how several sources become one value.
            cut: only the first so many channels of each source are read; 0 for all.
            mixture: name of the architecture parameters that weight a mixture; default the layer's.

        Raises:
            CompileError: the sources do not fit together or the image has become too small; the text names the layer.
        """
        read = (sources,) if isinstance(sources, int) else tuple(sources)
        shape = self.shapes[read[0]]
        if len(read) == 1 and not steps and join != "mixture" and cut in (0, shape[0]):
            self.output = read[0]
            return self.output
        if len(read) > 1 or cut:
            shape = _joined(name, [self.shapes[source] for source in read], join, cut)
        for step in steps:
            shape = step.shape(shape)
            if min(shape) < 1:
                raise CompileError(
                    f"{name}: an image of {self.shapes[0][1]}x{self.shapes[0][2]} is too small for "
                    f"{step.kind}; take larger images or fewer poolings"
                )
            cost = step.cost(shape)
            self._params += cost.params
            self._flops += cost.flops
        self.keep(name, read, steps, join, cut, mixture or name)
        return self.append(shape)

    def append(self, shape: Shape) -> int:
        """Number a new value of this shape, which becomes the output."""
        self.shapes.append(shape)
        self.output = len(self.shapes) - 1
        return self.output

    def barrier(self) -> None:
        """What is added from here on runs after all that was added before."""
        self.stage += 1

    @abstractmethod
    def keep(
        self, name: str, sources: tuple[int, ...], steps: tuple[Step, ...], join: Join, cut: int, mixture: str
    ) -> None:
        """Keep what there is to keep of a layer that is being added.

        Raises:
            CompileError: there is a layer of that name.
        """

    @abstractmethod
    def part(self, build: Callable[..., int], name: str, sources: tuple[int, ...], *args: object) -> int:
        """Add a part of several layers by `build(self, name, *sources, *args)` and return the number of its last one.

        Parts of one `build`, equal `args` and sources of equal shapes must have equal layers but for their names, so
        that a `CostCounter` need count only the first. `build` and `args` are hashable.
        """

    @abstractmethod
    def prune(self) -> Self:
        """The network without the layers on which its output does not depend."""


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
        known, shapes = _known if isinstance(build, FunctionType) else self._own, self.shapes
        read = shapes[sources[0]] if len(sources) == 1 else tuple([shapes[source] for source in sources])
        key = (build, args, read)
        if (found := known.get(key)) is None:
            params, flops = self._params, self._flops
            number = build(self, name, *sources, *args)
            if len(known) >= _MAX_KNOWN:
                known.clear()
            known[key] = (self._params - params, self._flops - flops, shapes[number])
            return number
        params, flops, shape = found
        self._params += params
        self._flops += flops
        return self.append(shape)

    def prune(self) -> CostCounter:
        """The counter itself: what the output does not depend on is counted, as the benchmarks count it."""
        return self


def _joined(name: str, shapes: list[Shape], join: Join, cut: int) -> Shape:
    if cut:
        shapes = [(min(cut, shape[0]), *shape[1:]) for shape in shapes]
    if join == "concat" and len({shape[1:] for shape in shapes}) == 1:
        return (sum(shape[0] for shape in shapes), *shapes[0][1:])
    if shapes.count(shapes[0]) != len(shapes):
        sizes = ", ".join("x".join(map(str, shape)) for shape in sorted(set(shapes)))
        raise CompileError(f"{name}: cannot join values of different shapes: {sizes}")
    return shapes[0]


B = TypeVar("B", bound=NetworkBuilder)
"""The kind of builder that a network's function is given and returns."""
