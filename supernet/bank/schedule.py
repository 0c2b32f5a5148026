"""Schedule: which layers of many networks run together, and how their values travel.

Layers of equal stage that come after equally many others of that stage, and do the same, are one group and run as one
operation: many candidates take as many kernel launches as the deepest of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from archgraph.errors import CompileError
from archgraph.networks.blueprint import Blueprint, Layer
from archgraph.networks.steps import Shape

Key = tuple[int, int]
"""(network, layer); (-1, 0) is the image, which all networks read."""
IMAGE: Key = (-1, 0)
OWN_IMAGE = -2
"""(-2, network) is a network's own image."""
_STATEFUL = ("BatchNorm2d", "GroupNorm", "Linear", "Position", "UnitNorm", "Own")  # and convolutions
Depth = tuple[int, int, int]
"""(stage, layers with steps that come before it in the stage, mere joins since the last of them)"""


@dataclass
class Group:
    """Layers that run as one.

    Args:
        layer: one of them, which does what all do.
        shape: of each one's value.
        slots: their keys, in the order in which they lie in memory.
        sources: key -> what it reads.
        names: key -> the architecture parameters of its mixture.
    """

    layer: Layer
    shape: Shape
    slots: list[Key] = field(default_factory=list)
    sources: dict[Key, tuple[Key, ...]] = field(default_factory=dict)
    names: dict[Key, str] = field(default_factory=dict)

    @property
    def fan(self) -> int:
        """How many slots read each distinct source, where it can be read without a copy; else 1."""
        steps = self.layer.steps
        convs = [i for i, step in enumerate(steps) if step.kind == "Conv2d"]
        norms = [i for i, step in enumerate(steps) if step.kind in _STATEFUL]
        plain = self.layer.join == "sum" and not self.layer.cut and all(len(s) == 1 for s in self.sources.values())
        if not plain or not convs or steps[convs[0]]["groups"] > 1 or min(norms, default=convs[0] + 1) < convs[0]:
            return 1
        readers: dict[Key, int] = defaultdict(int)
        for (source,) in self.sources.values():
            readers[source] += 1
        return readers.popitem()[1] if len(set(readers.values())) == 1 else 1

    def reads(self) -> list[list[Key]]:
        """For each port what it reads, in order; a concatenation or product has a port for each of its sources."""
        if self.fan > 1:
            return [list(dict.fromkeys(self.sources[key][0] for key in self.slots))]
        if self.layer.join in ("concat", "product"):
            return [[self.sources[key][i] for key in self.slots] for i in range(len(self.layer.sources))]
        return [[source for key in self.slots for source in self.sources[key]]]

    def targets(self) -> list[int]:
        """For each position of a port the slot of the joined value that it goes to."""
        if self.layer.join == "sum" and self.fan == 1:
            return [i for i, key in enumerate(self.slots) for _ in self.sources[key]]
        return list(range(len(self.reads()[0])))

    def mixtures(self) -> list[str]:
        """The architecture parameters of each slot, for a group of mixtures."""
        return [self.names[key] for key in self.slots]


def schedule(blueprints: Sequence[Blueprint], own_images: bool = False) -> list[Group]:
    """Groups in the order in which they run; the first is the image, the last holds the output of each network.

    Args:
        blueprints: the networks.
        own_images: each network reads images of its own.

    Raises:
        CompileError: the networks' images or outputs differ in shape.
    """
    if len({blueprint.shapes[0] for blueprint in blueprints}) != 1:
        raise CompileError("networks that run together take images of one shape")
    if len({blueprint.shapes[blueprint.output] for blueprint in blueprints}) != 1:
        raise CompileError("networks that run together have outputs of one shape")
    found: dict[tuple[Depth, str], Group] = {}
    for network, blueprint in enumerate(blueprints):
        _collect(network, blueprint, found, (OWN_IMAGE, network) if own_images else IMAGE)
    groups = [found[key] for key in sorted(found)]
    images = [(OWN_IMAGE, network) for network in range(len(blueprints))] if own_images else [IMAGE]
    first = Group(Layer("image", ()), blueprints[0].shapes[0], images, dict.fromkeys(images, ()))
    last = Group(Layer("outputs", ()), blueprints[0].shapes[blueprints[0].output])
    for network, blueprint in enumerate(blueprints):
        last.slots.append((network, -1))
        image = images[network] if own_images else IMAGE
        last.sources[network, -1] = ((network, blueprint.output) if blueprint.output else image,)
    groups = [first, *groups, last]
    for i in range(len(groups) - 2, 0, -1):
        _order(groups[i], groups[i + 1 :])
    return groups


def spent(groups: Sequence[Group]) -> list[list[Key]]:
    """For each group but the first, what it is the last to read."""
    last: dict[Key, int] = {}
    for number, group in enumerate(groups[1:]):
        last |= {source: number for sources in group.sources.values() for source in sources}
    return [[key for key, number in last.items() if number == i] for i in range(len(groups) - 1)]


def _collect(network: int, blueprint: Blueprint, found: dict[tuple[Depth, str], Group], image: Key) -> None:
    depths: dict[int, Depth] = {0: (-1, 0, 0)}
    for number, sources in _read(blueprint).items():
        layer = blueprint.layers[number]
        within = [depths[source] for source in sources if depths[source][0] == layer.stage]
        _, steps, joins = max(within, default=(0, 0, 0))
        depths[number] = (layer.stage, steps + 1, 0) if layer.steps else (layer.stage, steps, joins + 1)
        inputs = [blueprint.shapes[source] for source in sources]
        read = inputs[:1] if layer.join == "sum" and not layer.cut else inputs[0][1:] if layer.cut else inputs
        kind = repr((layer.join, layer.cut, layer.steps, read))
        group = found.setdefault((depths[number], kind), Group(layer, blueprint.shapes[number]))
        group.slots.append((network, number))
        group.names[network, number] = layer.mixture
        group.sources[network, number] = tuple((network, s) if s else image for s in sources)


def _read(blueprint: Blueprint) -> dict[int, list[int]]:
    """What each effective layer reads; a mere sum that only another sum reads is summed there."""
    effective = blueprint.effective
    readers = Counter(source for number in effective for source in blueprint.layers[number].sources)
    plain = {n for n in effective if (layer := blueprint.layers[n]).join == "sum" and not layer.cut}
    mere = {n for n in plain if not blueprint.layers[n].steps and readers[n] == 1 and n != blueprint.output}
    found: dict[int, list[int]] = {}
    for number in effective:
        sources = blueprint.layers[number].sources
        inner = mere if number in plain else set()
        found[number] = [each for s in sources for each in (found[s] if s in inner else [s])]
    read = {source for sources in found.values() for source in sources} | {blueprint.output}
    return {number: sources for number, sources in found.items() if number in read}


def _order(group: Group, readers: Sequence[Group]) -> None:
    """Put slots in the order in which they are read; readers of one source come one after another."""
    own = set(group.slots)
    read = (key for reader in readers for port in reader.reads() for key in port if key in own)
    group.slots = list(dict.fromkeys(read))
    if group.fan > 1:
        first = {source: i for i, source in reversed(list(enumerate(group.sources[k][0] for k in group.slots)))}
        group.slots.sort(key=lambda key: first[group.sources[key][0]])
