"""Torch modules as architectures, through torch.export.

    archgraph import fx torchvision:resnet18 my_package.models:make_network -o networks.jsonl

A source is `torchvision:NAME` or `PACKAGE.MODULE:FACTORY`, a callable without arguments that gives a module (or the
module itself). Networks of torchvision are made without weights and without the heads that only train: nothing is
allocated or downloaded.
"""

from __future__ import annotations

import importlib
import inspect
import re
import warnings
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from archgraph.errors import InputError
from archgraph.formats.traced.architecture import FoldedNetwork, fold
from archgraph.formats.traced.program import ExampleInput, Program, trace
from archgraph.formats.traced.program_steps import steps_of
from archgraph.graph import ArchGraph
from archgraph.table.table import ArchTable


@dataclass(frozen=True)
class TracedNetwork:
    """A module as an architecture, and the way back from its nodes to the module.

    Args:
        folded: the architecture and the steps in it.
        program: what the module computes.
        members: node of the program -> the step that it is part of.
    """

    folded: FoldedNetwork
    program: Program
    members: Mapping[Hashable, Hashable]

    @property
    def graph(self) -> ArchGraph:
        """The architecture."""
        return self.folded.graph

    @property
    def params(self) -> int:
        """Parameters in it; one that several layers share counts once."""
        return self.folded.params

    def steps(self, node: int) -> list[str]:
        """The program's nodes that a node of the architecture stands for, in the order in which they run."""
        return [str(name) for name, step in self.members.items() if node in self.folded.nodes.get(step, ())]

    def parameters(self, node: int) -> list[str]:
        """The module's names of the parameters that a node reads first; those of tied ones stand at one node only."""
        names = self.program.parameters()
        return [names[step] for step in self.steps(node) if step in names]


def read_fx(*sources: str, shape: str | Sequence[int] | Sequence[str] = ()) -> ArchTable:
    """The networks that the sources name; the id is the source, the metric `params` counts parameters.

    Args:
        sources: as in the module's text.
        shape: of the input, as on the command line (`1,3,224,224` or `1,16:int64`), or several such, one an input;
            default an image, or what the network's first layer takes.

    Raises:
        InputError: a shape is malformed, a source cannot be imported or is no module, or a network cannot be read.
    """
    inputs = _inputs(shape)
    graphs, params, meta = [], [], []
    for source in sources:
        try:
            network = trace_network(load_module(source), inputs)
        except InputError as error:
            raise InputError(f"{source}: {error}") from error
        graphs.append(network.graph)
        params.append(network.params)
        meta.append({"inputs": [str(example) for example in network.program.inputs]})
    return ArchTable.from_graphs(graphs, ids=list(sources), space="", metrics={"params": params}, meta=meta)


def from_module(module: nn.Module, shape: str | Sequence[int] | Sequence[str] = ()) -> tuple[ArchGraph, int]:
    """The architecture of a module as it is evaluated, and the parameters in it (a shared one counts once).

    Args:
        module: the network; it is left as it was.
        shape: as in `read_fx`.

    Raises:
        InputError: the module cannot be read; the text names the statement.
    """
    network = trace_network(module, _inputs(shape))
    return network.graph, network.params


def _inputs(shape: str | Sequence[int] | Sequence[str]) -> list[ExampleInput]:
    if isinstance(shape, str):
        return [ExampleInput.parse(shape)]
    if all(isinstance(part, str) for part in shape):
        return [ExampleInput.parse(str(part)) for part in shape]
    return [ExampleInput(tuple(map(int, shape)))]


def trace_network(module: nn.Module, inputs: Sequence[ExampleInput] = ()) -> TracedNetwork:
    """A module as an architecture that holds all of its parameters.

    Args:
        module: the network; it is left as it was.
        inputs: what it is called with, in order; default an image, or what its first layer takes.

    Raises:
        InputError: the module cannot be read, or some of its parameters do not reach its output.
    """
    program = trace(module, inputs)
    steps, members = steps_of(program)
    network = TracedNetwork(fold(steps), program, members)
    reached = {name for step, name in program.parameters().items() if step in network.folded.nodes}
    missing = {name: p.numel() for name, p in program.module.named_parameters() if name not in reached}
    if missing:
        raise InputError(
            f"{len(missing)} of its parameters ({sum(missing.values())} numbers) do not reach its output when it is "
            f"evaluated, the first is {next(iter(missing))[:64]}; make it without them"
        )
    if network.params != (count := sum(p.numel() for p in module.parameters())):
        raise InputError(f"its graph has {network.params} parameters and the module {count}")
    return network


def load_module(source: str, device: str = "meta") -> nn.Module:
    """The module that `torchvision:NAME` or `PACKAGE.MODULE:FACTORY` names; code of that package runs.

    Args:
        source: its name.
        device: where networks of torchvision are made.

    Raises:
        InputError: there is no such module, or making it fails.
    """
    match = re.fullmatch(r"([\w.]+):([\w.]+)", source, re.ASCII)
    if not match:
        raise InputError("a network is named torchvision:resnet18 or package.module:factory")
    package, name = match.groups()
    try:
        if package == "torchvision":
            return _torchvision(name, device)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value: Any = importlib.import_module(package)
            for part in name.split("."):
                value = getattr(value, part)
            module = value if isinstance(value, nn.Module) else value()
    except InputError:
        raise
    except Exception as error:  # the code is the user's own
        reason = (str(error).splitlines() or [""])[0][:200]
        raise InputError(f"cannot make the network ({type(error).__name__}: {reason})") from error
    if not isinstance(module, nn.Module):
        raise InputError(f"{name} gives a {type(module).__name__}, not a torch.nn.Module")
    return module


def _torchvision(name: str, device: str) -> nn.Module:
    """A network of torchvision without trained weights."""
    from torchvision import models

    if name not in models.list_models():
        raise InputError(f"torchvision has no model {name[:64]!r}; `torchvision.models.list_models()` lists them")
    taken = inspect.signature(models.get_model_builder(name)).parameters
    options: dict[str, Any] = {"weights_backbone": None} if "weights_backbone" in taken else {}
    if name in ("googlenet", "inception_v3"):
        options |= {"init_weights": False, "aux_logits": False}
    try:
        with _Weightless() if device == "meta" else torch.device(device):
            module: nn.Module = models.get_model(name, weights=None, **options)
    except RuntimeError:  # it is run while it is made
        module = models.get_model(name, weights=None, **options)
    return module.to(device)


class _Weightless(TorchFunctionMode):
    """Layers made under it have weights without content: what `torch.empty` would allocate is put on `meta`."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        options = dict(kwargs or {})
        if func is torch.empty:
            options["device"] = "meta"
        return func(*args, **options)
