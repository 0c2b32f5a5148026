"""A network that was made elsewhere as a Python module that needs nothing but torch: its program, call by call."""

from __future__ import annotations

import keyword
import re
from collections.abc import Sequence
from typing import Any

from torch import Tensor

from archgraph.errors import InputError
from supernet.export.deployment import Deployment
from supernet.export.python import filled
from supernet.imported.network import ImportedNetwork, value_shapes
from supernet.imported.program import STATE, NetworkProgram, ProgramCall, Ref, Word

_TORCH = ("sym_max", "sym_min", "sym_float", "sym_int", "sym_sum")


def weights_by_number(network: ImportedNetwork) -> dict[str, Tensor]:
    """Weights and statistics under the names that the Python module has for them."""
    state = network.state_dict()
    names = network.program.state_names()
    return {f"weights.{number}": state[name].detach().cpu().contiguous() for number, name in enumerate(names)}


def program_source(
    network: ImportedNetwork, name: str, title: str, image: Sequence[int], deployment: Deployment | None = None
) -> str:
    """The network as a Python module.

    Args:
        network: of one input and one output; its weights lie in a file beside.
        name: of the file.
        title: first line of its docstring.
        image: (channels, height, width) of an image.
        deployment: what it says of itself; None for a network that takes images as they come.

    Raises:
        InputError: it has several inputs or outputs, or calls operators that torch alone lacks.
    """
    program, state = network.program, network.state_dict()
    if len(program.inputs) != 1 or len(program.outputs) != 1:
        raise InputError("a Python file holds a network of one input and one output; export it as pt2")
    if others := [call.op for call in program.calls if call.op.startswith("torchvision.")]:
        raise InputError(f"a Python file needs torch alone, but the network calls {others[0]}; export it as pt2")
    weights = [(weight, state[weight], weight in program.trainable) for weight in program.state_names()]
    init = ["        self.weights = nn.ParameterList(", "            ["]
    init += [
        f"                nn.Parameter(torch.empty({list(value.shape)}, dtype={value.dtype}), {trained}),  # {weight}"
        for weight, value, trained in weights
    ]
    init += ["            ]", "        )"]
    names = _names(program)
    forward = [f"        w, {names[next(iter(program.inputs))]} = self.weights, x"]
    forward += [f"        {names[call.name]} = {_code(call, names)}" for call in program.calls]
    [end] = program.outputs
    classes = value_shapes(program, state)[end][-1]
    return filled(title, name, image, classes, init, forward, names[end], deployment, "import operator\n")


def _names(program: NetworkProgram) -> dict[str, str]:
    """Name in the program -> expression in Python; no two alike."""
    found = {STATE + weight: f"w[{number}]" for number, weight in enumerate(program.state_names())}
    taken = {"x", "w", "self", "torch", "nn", "operator"}
    for name in [*program.inputs, *(call.name for call in program.calls)]:
        plain = base = re.sub(r"\W", "_", f"v_{name}" if name[:1].isdigit() or keyword.iskeyword(name) else name)
        number = 2
        while plain in taken:
            plain, number = f"{base}_{number}", number + 1
        taken.add(plain)
        found[name] = plain
    return found


def _code(call: ProgramCall, names: dict[str, str]) -> str:
    given = [_value(arg, names) for arg in call.args]
    given += [f"{name}={_value(value, names)}" for name, value in (call.kwargs or {}).items()]
    owner = "torch.ops" if "." in call.op else "torch" if call.op in _TORCH else "operator"
    return f"{owner}.{call.op}({', '.join(given)})"


def _value(value: Any, names: dict[str, str]) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_value(item, names) for item in value)}]"
    if isinstance(value, Ref):
        return names[value.name]
    if isinstance(value, Word):
        return "x.device" if value.kind == "device" else f"torch.{value.name}"
    return f'float("{value}")' if isinstance(value, float) and repr(value) in ("inf", "-inf", "nan") else repr(value)
