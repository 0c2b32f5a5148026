"""Moves: how values travel between groups, each copied or added once, forward and back.

The plain tensor functions (`index_select`, `cat`, `index_add`) cost up to three passes over memory for what one can do:
on a CPU they took a quarter of a bank's step (tests/benchmarks/RESULTS.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd import Function
from torch.autograd.function import once_differentiable


class Moves(nn.Module):
    """Where the members of some parts go in a whole, members of equal place being summed.

    Args:
        places: for each part the place of each of its members in the whole.
        count: members of the whole.

    Shapes:
        a part [batch, members, ...]; the whole [batch, count, ...]
    """

    index: Tensor

    def __init__(self, places: Sequence[Sequence[int]], count: int) -> None:
        super().__init__()
        self.count = count
        self.spans = [(p[0], len(p)) if list(p) == list(range(p[0], p[0] + len(p))) else None for p in places]
        self.steps: list[tuple[int, int, int, int, bool]] = []  # part, first member, first place, members, adds
        filled: set[int] = set()
        for part, targets in enumerate(places):
            for member, place in enumerate(targets):
                step = (part, member, place, 1, place in filled)
                filled.add(place)
                last = self.steps[-1] if self.steps else None
                if last and step[0] == part == last[0] and step[4] == last[4] and place == last[2] + last[3]:
                    self.steps[-1] = (*last[:3], last[3] + 1, last[4])
                else:
                    self.steps.append(step)
        self.empty = sorted(set(range(count)) - filled)
        self.sizes = [len(targets) for targets in places]
        self.register_buffer("index", torch.tensor(list(chain(*places)), dtype=torch.long), persistent=False)

    @property
    def alone(self) -> bool:
        """The whole is the only part."""
        return self.spans == [(0, self.count)]

    def gather(self, parts: Sequence[Tensor]) -> Tensor:
        """The whole, differentiable once."""
        if self.alone:
            return parts[0].contiguous()
        out: Tensor = _Gather.apply(self, *parts)
        return out

    def scatter(self, whole: Tensor) -> Sequence[Tensor]:
        """The parts of a whole, differentiable once; views where they lie in order."""
        if self.alone:
            return (whole,)
        out: Sequence[Tensor] = _Scatter.apply(self, whole)
        return out

    def combine(self, parts: Sequence[Tensor]) -> Tensor:
        dtype = reduce(torch.promote_types, {part.dtype for part in parts})
        size = (len(parts[0]), self.count, *parts[0].shape[2:])
        if parts[0].is_cuda:  # few launches count for more than passes over memory
            return parts[0].new_zeros(size, dtype=dtype).index_add_(1, self.index, torch.cat(list(parts), 1).to(dtype))
        whole = parts[0].new_empty(size, dtype=dtype)
        for part, member, place, members, adds in self.steps:
            source, target = parts[part].narrow(1, member, members), whole.narrow(1, place, members)
            target.add_(source) if adds else target.copy_(source)
        for place in self.empty:
            whole.select(1, place).zero_()
        return whole

    def separate(self, whole: Tensor) -> list[Tensor]:
        indices = self.index.split(self.sizes)
        return [
            whole.index_select(1, index) if span is None else whole.narrow(1, *span)
            for span, index in zip(self.spans, indices, strict=True)
        ]

    def extra_repr(self) -> str:
        return f"{sum(self.sizes)} members of {len(self.sizes)} parts to {self.count} places"


class _Gather(Function):
    @staticmethod
    def forward(ctx: Any, moves: Moves, *parts: Tensor) -> Tensor:
        ctx.moves = moves
        return moves.combine(parts)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        return None, *ctx.moves.separate(grad)


class _Scatter(Function):
    @staticmethod
    def forward(ctx: Any, moves: Moves, whole: Tensor) -> tuple[Tensor, ...]:
        ctx.moves = moves
        return tuple(moves.separate(whole))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[None, Tensor]:
        return None, ctx.moves.combine(grads)
