"""Any torch module as an architecture, through torch.fx or, where that cannot trace it, torch.export.

    archgraph import fx torchvision:resnet18 my_package.models:make_network -o networks.jsonl

A source is `torchvision:NAME` or `PACKAGE.MODULE:FACTORY`, a callable without arguments that gives a module (or the
module itself). Networks of torchvision are made without weights: none is allocated or downloaded.
"""

from __future__ import annotations

import importlib
import re
import warnings
from collections.abc import Sequence
from typing import Any

import torch
from torch import fx, nn
from torch.overrides import TorchFunctionMode

from archgraph.errors import InputError
from archgraph.formats.traced.architecture import to_architecture
from archgraph.formats.traced.fx_graph import steps_of
from archgraph.graph import ArchGraph
from archgraph.table.table import ArchTable

INPUT_SHAPE = (1, 3, 224, 224)
"""Images, channels, height and width of the example that torch.export runs."""


def read_fx(*sources: str, shape: Sequence[int] | str = INPUT_SHAPE) -> ArchTable:
    """The networks that the sources name; the id is the source, the metric `params` counts parameters.

    Args:
        sources: as in the module's text.
        shape: of the example input, for torch.export; also written as on the command line, `1,3,224,224`.

    Raises:
        InputError: the shape is malformed, a source cannot be imported or is no module, or a network cannot be traced.
    """
    shape = _shape(shape) if isinstance(shape, str) else shape
    graphs, params = [], []
    for source in sources:
        try:
            graph, count = from_module(load_module(source), shape)
        except InputError as error:
            raise InputError(f"{source}: {error}") from error
        graphs.append(graph)
        params.append(count)
    return ArchTable.from_graphs(graphs, ids=list(sources), space="", metrics={"params": params})


def _shape(text: str) -> list[int]:
    parts = text.split(",")
    if not all(part.strip().isdecimal() and 0 < int(part) <= 1 << 16 for part in parts):
        raise InputError(f"--shape is written like 1,3,224,224, but got {text[:64]!r}")
    return [int(part) for part in parts]


def from_module(module: nn.Module, shape: Sequence[int] = INPUT_SHAPE) -> tuple[ArchGraph, int]:
    """The architecture of a module, and the parameters in it (a shared one counts once).

    Args:
        module: the network; it is traced as it is, so the heads that only train are there in training mode.
        shape: of the example input, for torch.export.

    Raises:
        InputError: neither torch.fx nor torch.export can trace the module.
    """
    try:
        traced = fx.symbolic_trace(module)
        return to_architecture(steps_of(traced.graph, traced))
    except Exception as error:  # tracing runs the module's own code
        symbolic = error
    try:
        return _exported(module, shape)
    except Exception as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        first = (str(symbolic).splitlines() or [type(symbolic).__name__])[0][:200]
        raise InputError(f"torch.fx cannot trace it ({first}), nor torch.export ({reason})") from error


def _exported(module: nn.Module, shape: Sequence[int]) -> tuple[ArchGraph, int]:
    device = next((p.device for p in module.parameters()), torch.device("cpu"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.export.export(module.eval(), (torch.zeros(tuple(shape), device=device),))
    signature = program.graph_signature
    names = {**signature.inputs_to_parameters, **signature.inputs_to_buffers}
    tensors = {step: program.state_dict.get(name, torch.empty(0)) for step, name in names.items()}
    return to_architecture(steps_of(program.graph, program.graph_module, tensors))


def load_module(source: str) -> nn.Module:
    """The module that `torchvision:NAME` or `PACKAGE.MODULE:FACTORY` names; code of that package runs.

    Raises:
        InputError: there is no such module, or making it fails.
    """
    match = re.fullmatch(r"([\w.]+):([\w.]+)", source, re.ASCII)
    if not match:
        raise InputError("a network is named torchvision:resnet18 or package.module:factory")
    package, name = match.groups()
    try:
        if package == "torchvision":
            return _torchvision(name)
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


def _torchvision(name: str) -> nn.Module:
    from torchvision import models

    if name not in models.list_models():
        raise InputError(f"torchvision has no model {name[:64]!r}; `torchvision.models.list_models()` lists them")
    options = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    with _Weightless():
        module: nn.Module = models.get_model(name, weights=None, **options)
    return module


class _Weightless(TorchFunctionMode):
    """Layers made under it have weights without content: what `torch.empty` would allocate is put on `meta`."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        options = dict(kwargs or {})
        if func is torch.empty:
            options["device"] = "meta"
        return func(*args, **options)
