"""The space around a network: its file, its weights, and its members as networks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch
import yaml
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from archgraph.errors import CompileError, InputError
from archgraph.formats.traced.program import ExampleInput
from archgraph.graph import ArchGraph
from archgraph.networks.steps import Cost
from archgraph.persistence.files import atomic_path, probe, write_text
from archgraph.spaces.base import Space
from archgraph.spaces.module.space import ModuleSpace, load
from supernet.imported.member import ImportedMember, cost, member
from supernet.imported.network import MAX_NUMBERS, ImportedNetwork, value_shapes
from supernet.imported.places import DEPTH, Layout, Place, Value, meta
from supernet.imported.program import NetworkProgram, program_of
from supernet.imported.program_json import MAX_TEXT, from_json, to_json

WEIGHTS = ".safetensors"
MAX_FILE = 1 << 33
"""Bytes of a network with its weights."""
EQUAL = 1e-5
"""Largest difference of outputs that are the same but for rounding, as a share of the largest of them."""
_HEAD = """# The space around {title}, written by `archgraph space from-module`; meant to be edited.
# Each line is a block of the network, in the order in which they run. It takes one value of each list; the first is
# that of the network as it is. Delete values or whole lists, or add values; they are checked when the space is used.
#   depth: alike blocks one after another (0 leaves it out)    width, inner: channels behind and inside a block
#   kernel, groups: of its convolutions                        activation: relu, hardswish, gelu or silu
name: {name}
network: {network}
blocks:
"""


class NetworkSpace:
    """A space together with the network that it stands around, whose weights members inherit.

    Args:
        space: as its file describes it.

    Attributes:
        layout: the network with its places.
        state: its weights.

    Raises:
        InputError: the space stands around no network, its file is missing or damaged, or the space names places or
            values that it has not.

    Example:
        >>> import numpy as np
        >>> from torch import nn
        >>> from supernet import NetworkSpace, from_module
        >>> network = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1), nn.ReLU())
        >>> around = NetworkSpace(from_module(network, (1, 3, 8, 8), "network.yaml"))
        >>> [graph] = around.space.sample(1, np.random.default_rng(0))
        >>> type(around.member(graph).network()).__name__
        'ImportedNetwork'
    """

    def __init__(self, space: Space) -> None:
        if space.network is None:
            raise InputError(f"weights are inherited in a space module:FILE, but got {space.name}")
        self.space = space
        program, self.state = read_network(space.network)
        self.layout = Layout(program, self.state)
        for name, values in space.choices.items():
            if name not in self.layout.places:
                raise InputError(
                    f"{space.name}: the network has no place {name}; it has {', '.join(self.layout.places)}"
                )
            for value in values:
                self.layout.places[name].check(value)

    @property
    def image(self) -> tuple[int, ...]:
        """Sides of one input."""
        [example] = self.layout.program.inputs.values()
        return example.shape[1:]

    @property
    def outputs(self) -> int:
        """Numbers that the network gives for one input."""
        shape = self.layout.shapes[self.layout.program.outputs[0]]
        return int(shape[-1])

    def chosen(self, graph: ArchGraph) -> dict[str, Value]:
        """The values of a member by place.

        Raises:
            GraphError: the graph is no member.
        """
        return {name: value for name, value in self.space.to_choices(graph).items() if not isinstance(value, bool)}

    def member(self, graph: ArchGraph) -> ImportedMember:
        """The network of a member, with inherited weights.

        Raises:
            GraphError: the graph is no member.
            CompileError: what it chooses does not fit together, or would fill the memory.
        """
        chosen = self.chosen(graph)
        numbers = sum(value.numel() for value in member(self.layout, meta(self.state), chosen).state.values())
        if numbers > MAX_NUMBERS:
            raise CompileError(f"it has {numbers} numbers in its weights, more than {MAX_NUMBERS}")
        return member(self.layout, self.state, chosen)

    def check_images(self, image: Sequence[int], classes: int = 0) -> None:
        """Check that images and classes suit the network.

        Raises:
            InputError: the images are of another shape, or there are more classes than outputs.
        """
        if self.image != tuple(image) or self.outputs < classes:
            raise InputError(
                f"{self.space.name} is around a network for images {self.image} and {self.outputs} classes, but the "
                f"data have {tuple(image)}" + (f" and {classes}" if classes else "")
            )

    def cost(self, graph: ArchGraph) -> Cost:
        """Parameters of a member, and multiply-adds of its convolutions and linear layers for one input.

        Raises:
            GraphError, CompileError: as `member`.
        """
        return cost(self.layout, self.state, self.chosen(graph))


def from_module(
    module: nn.Module,
    shape: str | Sequence[int],
    path: Path | str,
    title: str = "a network",
    progress: Callable[[str], object] = lambda name: None,
) -> ModuleSpace:
    """Write the space around a module: PATH, which is meant to be edited, and beside it the network with its weights.

    Repeated blocks are found, and a choice is proposed wherever one alone gives a network that runs; blocks are
    repeated only where that leaves the outputs as they were.

    Args:
        module: takes one input; it is left as it was.
        shape: of the input, `1,3,224,224` or as a sequence.
        path: the file, `.yaml`.
        title: what the file says that it is around.
        progress: called with the name of each place that was checked.

    Returns:
        The space.

    Raises:
        InputError: the module cannot be read or has nothing that can change, or the files cannot be written.

    Example:
        >>> from torch import nn
        >>> from supernet import from_module
        >>> network = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1), nn.ReLU())
        >>> from_module(network, (1, 3, 8, 8), "network.yaml").size()
        16
    """
    file = Path(path)
    if file.suffix not in (".yaml", ".yml"):
        raise InputError(f"a space is written to a .yaml file, but got {file}")
    probe(file)
    given = ExampleInput.parse(shape) if isinstance(shape, str) else ExampleInput(tuple(map(int, shape)))
    program, state = program_of(module, [given])
    layout = Layout(program, state)
    choices = _choices(layout, state, progress)
    if not choices:
        raise InputError("the network has no place that can change: no width, window or block that is known here")
    beside = file.with_suffix(WEIGHTS)
    with atomic_path(beside) as temporary:
        kept = {name: value.detach().cpu().clone().contiguous() for name, value in state.items()}
        save_file(kept, temporary, metadata={"program": json.dumps(to_json(program))})
    write_text(file, _text(layout, choices, file, title))
    return load(file)


def _choices(layout: Layout, state: Mapping[str, Tensor], progress: Callable[[str], object]) -> dict[str, list[Value]]:
    """Name of each place -> what is proposed and runs."""
    images = torch.randn(
        2, *next(iter(layout.program.inputs.values())).shape[1:], generator=torch.Generator().manual_seed(0)
    )
    found = {}
    for name, place in layout.places.items():
        values = [place.now] + [value for value in place.proposed()[1:] if _runs(layout, state, place, value, images)]
        if len(values) > 1:
            found[name] = values
        progress(name)
    return found


def _runs(layout: Layout, state: Mapping[str, Tensor], place: Place, value: Value, images: Tensor) -> bool:
    try:
        made = member(layout, meta(state), {place.name: value})
        value_shapes(made.program, made.state)
    except CompileError:
        return False
    if place.kind != DEPTH or not isinstance(place.now, int) or int(value) < place.now:
        return True
    first = next(iter(layout.program.inputs.values()))
    if first.kind != "float32":
        return True
    with torch.no_grad():
        deeper = member(layout, state, {place.name: value}).network().eval()(images)
        plain = ImportedNetwork(layout.program, state).eval()(images)
    return same(plain, deeper)


def same(first: Tensor | tuple[Tensor, ...], second: Tensor | tuple[Tensor, ...]) -> bool:
    """Whether two outputs are equal but for rounding."""
    one, two = (value if isinstance(value, Tensor) else value[0] for value in (first, second))
    return float((one - two).abs().max()) <= EQUAL * max(float(one.abs().max()), 1e-30)


def _text(layout: Layout, choices: Mapping[str, Sequence[Value]], file: Path, title: str) -> str:
    lines = []
    for stage in layout.stages:
        own = [
            (place.kind, choices[name])
            for name, place in layout.places.items()
            if place.stage == stage.name and name in choices
        ]
        plain = yaml.safe_load(stage.name) == stage.name
        parts = [f"block: {stage.name if plain else json.dumps(stage.name)}"]
        parts += [f"{kind}: [{', '.join(map(str, values))}]" for kind, values in own]
        lines.append(f"  - {{{', '.join(parts)}}}\n")
    head = _HEAD.format(title=" ".join(title.split())[:80], name=file.stem, network=file.with_suffix(WEIGHTS).name)
    return head + "".join(lines)


def read_network(path: Path) -> tuple[NetworkProgram, dict[str, Tensor]]:
    """The program and the weights in a file.

    Raises:
        InputError: the file is missing or damaged.
    """
    try:
        if path.stat().st_size > MAX_FILE:
            raise InputError(f"a network of a space takes at most {MAX_FILE >> 30} GiB")
        with safe_open(path, "pt") as opened:
            text = (opened.metadata() or {}).get("program", "")
        if len(text) > MAX_TEXT:
            raise InputError(f"the program of a network has at most {MAX_TEXT} characters")
        program, state = from_json(json.loads(text)), load_file(path)
    except (OSError, SafetensorError, ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise InputError(f"{path}: {error}") from error
        raise InputError(f"{path} holds no network of a space ({str(error)[:100]})") from error
    if missing := [name for name in program.state_names() if name not in state]:
        raise InputError(f"{path}: the weights of {missing[0][:64]} are missing")
    return program, state
