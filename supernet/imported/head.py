"""As many outputs as there are classes: the last layer of a network from elsewhere, cut or made longer."""

from __future__ import annotations

from dataclasses import replace

import torch

from archgraph.errors import CompileError
from supernet.imported.member import ImportedMember
from supernet.imported.program import STATE, Ref


def with_outputs(made: ImportedMember, outputs: int) -> ImportedMember:
    """The same network with so many outputs: the first of those that it has, and zeros behind them.

    Args:
        made: of which the output is a linear layer with weights of its own.
        outputs: how many.

    Raises:
        CompileError: its output is something else.

    Example:
        >>> with_outputs(space.member(graph), 10).network()(images).shape[1]
        10
    """
    program, state = made.program, dict(made.state)
    call = {call.name: call for call in program.calls}.get(program.outputs[0])
    names = [arg.name.removeprefix(STATE) for arg in call.args[1:] if isinstance(arg, Ref)] if call else []
    if call is None or call.short != "linear" or any(name not in state for name in names):
        what = "its input" if call is None else call.short
        raise CompileError(f"its outputs cannot become {outputs}: they are made by {what}, not by a linear layer")
    if state[names[0]].shape[0] == outputs:
        return made
    uses = [name.removeprefix(STATE) for other in program.calls for name in other.refs()]
    for name in names:
        if uses.count(name) > 1:
            raise CompileError(f"its outputs cannot become {outputs}: {name} has other readers")
        kept = state[name][:outputs]
        rest = torch.zeros(outputs - len(kept), *kept.shape[1:], dtype=kept.dtype, device=kept.device)
        state[name] = torch.cat([kept, rest])
    return replace(made, state=state, preserving=False)
