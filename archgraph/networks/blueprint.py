"""Blueprint: a network as a list of layers, before it becomes a module.

A layer joins the values of earlier layers and passes the result through a chain of steps. All networks, published or
searched, are written in this one form; `supernet.network` runs it layer by layer, `supernet.bank.bank` many of them
together, and `supernet.export` writes it as Python.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from archgraph.errors import CompileError
from archgraph.networks.layers import Cost
from archgraph.networks.steps import Shape, Step

Join = Literal["sum", "concat", "mixture"]


@dataclass(frozen=True)
class Layer:
    """One layer.

    Args:
        name: unique within the blueprint; letters, digits and underscores.
        sources: numbers of the layers that it reads; layer 0 is the image.
        join: how several sources become one value; `mixture` is their sum weighted by architecture parameters.
        steps: what is done to the joined value.
        cut: only the first so many channels of each source are read; 0 for all.
        mixture: name of the architecture parameters that weight a mixture; layers may share them.
        stage: layers of equal stage run side by side where many networks run together.
    """

    name: str
    sources: tuple[int, ...]
    join: Join = "sum"
    steps: tuple[Step, ...] = ()
    cut: int = 0
    mixture: str = ""
    stage: int = 0


class Blueprint:
    """Layers in the order in which they run, with the shape of each one's value.

    Args:
        image: (channels, height, width) of the input.

    Attributes:
        output: number of the layer that is the network's output; the one added last unless set.
    """

    def __init__(self, image: Shape) -> None:
        self.layers = [Layer("image", ())]
        self.shapes: list[Shape] = [image]
        self.cost = Cost()
        self.stage = 0
        self.output = 0
        self._names = {"image"}

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

        Raises:
            CompileError: the sources do not fit together or the image has become too small; the text names the layer.
        """
        sources = (sources,) if isinstance(sources, int) else tuple(sources)
        if len(sources) == 1 and not steps and join != "mixture" and cut in (0, self.shapes[sources[0]][0]):
            self.output = sources[0]
            return sources[0]
        return self.append(Layer(name, sources, join, steps, cut, mixture or name, self.stage))

    def append(self, layer: Layer) -> int:
        """Add a layer as it is and return its number."""
        if layer.name in self._names:
            raise CompileError(f"two layers are called {layer.name}")
        shape = self._joined(layer)
        for step in layer.steps:
            shape = step.shape(shape)
            if min(shape) < 1:
                raise CompileError(
                    f"{layer.name}: an image of {self.shapes[0][1]}x{self.shapes[0][2]} is too small for "
                    f"{step.kind}; take larger images or fewer poolings"
                )
            self.cost += step.cost(shape)
        self._names.add(layer.name)
        self.layers.append(layer)
        self.shapes.append(shape)
        self.output = len(self.layers) - 1
        return self.output

    def barrier(self) -> None:
        """What is added from here on runs after all that was added before."""
        self.stage += 1

    @property
    def mixtures(self) -> dict[str, int]:
        """Name and length of each vector of architecture parameters."""
        return {layer.mixture: len(layer.sources) for layer in self.layers if layer.join == "mixture"}

    def select(self, choice: Mapping[str, int]) -> Blueprint:
        """The stand-alone network that takes one source of each mixture; layers keep their names.

        Args:
            choice: mixture -> number of the source.

        Raises:
            CompileError: a mixture has no choice, or none with this number.
        """
        live, layers = {self.output}, dict(enumerate(self.layers))
        for number in range(self.output, 0, -1):
            if number in live:
                if (layer := layers[number]).join == "mixture":
                    taken = choice.get(layer.mixture, -1)
                    if not 0 <= taken < len(layer.sources):
                        raise CompileError(f"{layer.mixture}: choose 0 to {len(layer.sources) - 1}, but got {taken}")
                    layers[number] = replace(layer, sources=(layer.sources[taken],), join="sum")
                live |= set(layers[number].sources)
        made, place = Blueprint(self.shapes[0]), {0: 0}
        for number in sorted(live - {0}):
            layer = replace(layers[number], sources=tuple(place[s] for s in layers[number].sources))
            plain = layer.join == "sum" and len(layer.sources) == 1 and not layer.steps and not layer.cut
            place[number] = layer.sources[0] if plain else made.append(layer)
        made.output = place[self.output]
        return made

    def _joined(self, layer: Layer) -> Shape:
        shapes = [self.shapes[source] for source in layer.sources]
        if layer.cut:
            shapes = [(min(layer.cut, shape[0]), *shape[1:]) for shape in shapes]
        if layer.join == "concat" and len({shape[1:] for shape in shapes}) == 1:
            return (sum(shape[0] for shape in shapes), *shapes[0][1:])
        if len(set(shapes)) != 1:
            sizes = ", ".join("x".join(map(str, shape)) for shape in sorted(set(shapes)))
            raise CompileError(f"{layer.name}: cannot join values of different shapes: {sizes}")
        return shapes[0]

    def __len__(self) -> int:
        """Number of layers, the image not counted."""
        return len(self.layers) - 1

    def __repr__(self) -> str:
        return f"Blueprint({len(self)} layers, {self.cost.params} parameters, {self.cost.flops} multiply-adds)"
