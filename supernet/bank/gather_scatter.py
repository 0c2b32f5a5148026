"""Routing: how values travel between groups, each copied or added once, forward and back.

The plain tensor functions (`index_select`, `cat`, `index_add`) read and write memory up to three times where once is
enough: on a CPU they took a quarter of a bank's step (tests/benchmarks/RESULTS.md).
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


class Routing(nn.Module):
    """Where the slots of some parts go in a whole; what goes to one slot is summed.

    Args:
        targets: for each part the slot of the whole that each of its slots goes to.
        count: slots of the whole.

    Shapes:
        a part [batch, slots, ...]; the whole [batch, count, ...]
    """

    index: Tensor

    def __init__(self, targets: Sequence[Sequence[int]], count: int) -> None:
        super().__init__()
        self.count = count
        self.spans = [(t[0], len(t)) if list(t) == list(range(t[0], t[0] + len(t))) else None for t in targets]
        self.steps: list[tuple[int, int, int, int, bool]] = []  # part, first slot, first target, slots, adds
        filled: set[int] = set()
        for part, own in enumerate(targets):
            for slot, target in enumerate(own):
                step = (part, slot, target, 1, target in filled)
                filled.add(target)
                last = self.steps[-1] if self.steps else None
                if last and step[0] == part == last[0] and step[4] == last[4] and target == last[2] + last[3]:
                    self.steps[-1] = (*last[:3], last[3] + 1, last[4])
                else:
                    self.steps.append(step)
        self.empty = sorted(set(range(count)) - filled)
        self.sizes = [len(own) for own in targets]
        self.register_buffer("index", torch.tensor(list(chain(*targets)), dtype=torch.long), persistent=False)

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
        if parts[0].is_cuda:  # few launches count for more than traffic of memory
            return parts[0].new_zeros(size, dtype=dtype).index_add_(1, self.index, torch.cat(list(parts), 1).to(dtype))
        whole = parts[0].new_empty(size, dtype=dtype)
        for part, slot, first, slots, adds in self.steps:
            source, target = parts[part].narrow(1, slot, slots), whole.narrow(1, first, slots)
            target.add_(source) if adds else target.copy_(source)
        for slot in self.empty:
            whole.select(1, slot).zero_()
        return whole

    def separate(self, whole: Tensor) -> list[Tensor]:
        indices = self.index.split(self.sizes)
        return [
            whole.index_select(1, index) if span is None else whole.narrow(1, *span)
            for span, index in zip(self.spans, indices, strict=True)
        ]

    def extra_repr(self) -> str:
        return f"{sum(self.sizes)} slots of {len(self.sizes)} parts to {self.count}"


class _Gather(Function):
    @staticmethod
    def forward(ctx: Any, routing: Routing, *parts: Tensor) -> Tensor:
        ctx.routing = routing
        return routing.combine(parts)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        return None, *ctx.routing.separate(grad)


class _Scatter(Function):
    @staticmethod
    def forward(ctx: Any, routing: Routing, whole: Tensor) -> tuple[Tensor, ...]:
        ctx.routing = routing
        return tuple(routing.separate(whole))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[None, Tensor]:
        return None, ctx.routing.combine(grads)
