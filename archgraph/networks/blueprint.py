"""Blueprint: a network as a list of layers, before it becomes a module.

A layer joins the values of earlier layers and passes the result through a chain of steps. All networks, published or
searched, are written in this one form; `supernet.network` runs it layer by layer, `supernet.bank.bank` many of them
together, and `supernet.export.python` writes it as Python.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from archgraph.errors import CompileError
from archgraph.networks.builder import Join, NetworkBuilder
from archgraph.networks.steps import Shape, Step


@dataclass(frozen=True)
class Layer:
    """One layer.

    Args:
        name: unique within the blueprint; letters, digits and underscores.
        sources: numbers of the layers that it reads; layer 0 is the image.
        join: how several sources become one value; `product` is elementwise, `mixture`
            is their sum weighted by architecture parameters.
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


class Blueprint(NetworkBuilder):
    """Layers in the order in which they run, with the shape of each one's value.

    Args:
        image: (channels, height, width) of the input.

    Attributes:
        layers: the layers; layer 0 is the image.

    Example:
        >>> from archgraph.networks.steps import RELU, conv
        >>> from supernet import Blueprint
        >>> made = Blueprint((3, 8, 8))
        >>> made.add("stem", 0, conv(3, 4, 3), RELU)
        1
        >>> made
        Blueprint(1 layers, 108 parameters, 6912 multiply-adds)
    """

    def __init__(self, image: Shape) -> None:
        super().__init__(image)
        self.layers = [Layer("image", ())]
        self._names = {"image"}

    def keep(
        self, name: str, sources: tuple[int, ...], steps: tuple[Step, ...], join: Join, cut: int, mixture: str
    ) -> None:
        if name in self._names:
            raise CompileError(f"two layers are called {name}")
        self._names.add(name)
        self.layers.append(Layer(name, sources, join, steps, cut, mixture, self.stage))

    def part(self, build: Callable[..., int], name: str, sources: tuple[int, ...], *args: object) -> int:
        return build(self, name, *sources, *args)

    @property
    def mixtures(self) -> dict[str, int]:
        """Name and length of each vector of architecture parameters."""
        return {layer.mixture: len(layer.sources) for layer in self.layers if layer.join == "mixture"}

    @property
    def effective(self) -> list[int]:
        """Numbers of the layers on which the output depends, in order; layer 0 is left out."""
        found = {self.output}
        for number in range(self.output, 0, -1):
            if number in found:
                found.update(self.layers[number].sources)
        return sorted(found - {0})

    @property
    def depth(self) -> int:
        """Convolutions and linear layers on the longest path from the image to the output."""
        depths = {0: 0}
        for number in self.effective:
            layer = self.layers[number]
            weighted = sum(step.kind in ("Conv2d", "Linear", "Own") for step in layer.steps)
            depths[number] = weighted + max(depths[source] for source in layer.sources)
        return depths[self.output]

    def prune(self) -> Blueprint:
        return self.select({})

    def select(self, choice: Mapping[str, int]) -> Blueprint:
        """The stand-alone network that takes one source of each mixture; layers keep their names.

        Layers on which its output does not depend are left out.

        Args:
            choice: mixture -> number of the source.

        Raises:
            CompileError: a mixture has no choice, or none with this number.
        """
        layers, effective = list(self.layers), {self.output}
        for number in range(self.output, 0, -1):
            if number in effective:
                if layers[number].join == "mixture":
                    layers[number] = _taken(layers[number], choice)
                effective.update(layers[number].sources)
        made, number_of = Blueprint(self.shapes[0]), {0: 0}
        for number in sorted(effective - {0}):
            layer = layers[number]
            made.stage, sources = layer.stage, [number_of[source] for source in layer.sources]
            number_of[number] = made.add(
                layer.name, sources, *layer.steps, join=layer.join, cut=layer.cut, mixture=layer.mixture
            )
        made.output = number_of[self.output]
        return made

    def __len__(self) -> int:
        """Number of layers, the image not counted."""
        return len(self.layers) - 1

    def __repr__(self) -> str:
        return f"Blueprint({len(self)} layers, {self.cost.params} parameters, {self.cost.flops} multiply-adds)"


def _taken(mixture: Layer, choice: Mapping[str, int]) -> Layer:
    """The sum of the one chosen source."""
    number = choice.get(mixture.mixture, -1)
    if not 0 <= number < len(mixture.sources):
        raise CompileError(f"{mixture.mixture}: choose 0 to {len(mixture.sources) - 1}, but got {number}")
    return replace(mixture, sources=(mixture.sources[number],), join="sum")
