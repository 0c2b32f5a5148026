"""Groups as modules: what the layers of a group do together, and how their values go to the groups that read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from supernet.grouped_steps import grouped
from supernet.schedule import Group
from supernet.steps import RELU

Port = tuple[int, int]
Inbox = dict[Port, list[Tensor]]
"""(group, port) -> the values that have reached it, [batch, members, channels, ...] each."""


class GroupRun(nn.Module):
    """Joins what has reached a group and runs its steps.

    Args:
        group: the group.
        earlier: the groups before it, in order.
    """

    def __init__(self, group: Group, earlier: Sequence[Group]) -> None:
        super().__init__()
        count, fan = len(group.members), group.fan
        self.count, self.cut, self.join = count, group.layer.cut, group.layer.join
        self.networks = [network for network, _ in group.members]
        self.mixtures = group.mixtures() if self.join == "mixture" else []
        reads = group.reads()
        self.ports = len(reads)
        self.gathers = nn.ModuleList(_Gather(port, group.targets(), earlier) for port in reads)
        made: list[nn.Module] = []
        self.read = []  # for each step how many different values it reads
        for step in group.layer.steps:
            self.read.append(count // fan)
            # What a step has just put out is nobody else's, so a ReLU behind it can work in place.
            made.append(nn.ReLU(inplace=True) if step == RELU and made else grouped(step, count, fan))
            fan = 1 if step.kind == "Conv2d" else fan
        self.steps = nn.Sequential(*made)

    def forward(self, ports: Sequence[list[Tensor]], weights: Mapping[str, Tensor]) -> Tensor:
        """What the shares sent to each port, in order of arrival -> [batch, members, *shape]."""
        if self.cut:
            ports = [[part[:, :, : self.cut] for part in parts] for parts in ports]
        gathered = [gather(parts) for gather, parts in zip(self.gathers, ports, strict=True)]
        value = gathered[0] if len(gathered) == 1 else torch.cat(gathered, dim=2)
        if self.mixtures:
            mixed = torch.stack([weights[name] for name in self.mixtures], dim=-2).to(value.dtype)
            value = value.unflatten(1, mixed.shape[-2:])  # [batch, members, sources, ...]
            value = torch.einsum(f"bsn...,{'b' * (mixed.dim() == 3)}sn->bs...", value, mixed)
        if not len(self.steps):
            return value
        out: Tensor = self.steps(value.flatten(1, 2))
        return out.unflatten(1, (self.count, -1))

    def extra_repr(self) -> str:
        return f"{self.count} members, {self.join}"


class Share(nn.Module):
    """Hands a group's value to the groups that read it: at most one move of memory, none where all is read in order.

    Args:
        group: whose value it is.
        readers: the groups after it.
        first: number of the first of the readers.
    """

    index: Tensor | None

    def __init__(self, group: Group, readers: Sequence[Group], first: int) -> None:
        super().__init__()
        place = {key: i for i, key in enumerate(group.members)}
        self.whole: list[Port] = []
        self.moved: list[Port] = []
        self.sizes: list[int] = []
        index: list[int] = []
        for number, reader in enumerate(readers, start=first):
            for port, keys in enumerate(reader.reads()):
                use = [place[key] for key in keys if key in place]
                if use == list(range(len(place))):
                    self.whole.append((number, port))
                elif use:
                    self.moved.append((number, port))
                    self.sizes.append(len(use))
                    index += use
        in_place = index == list(range(len(place)))
        self.register_buffer("index", None if in_place else torch.tensor(index, dtype=torch.long), persistent=False)

    def forward(self, value: Tensor) -> list[tuple[Port, Tensor]]:
        sent = [(port, value) for port in self.whole]
        if self.moved:
            moved = value if self.index is None else value.index_select(1, self.index)
            sent += zip(self.moved, moved.split(self.sizes, dim=1), strict=True)
        return sent


class _Gather(nn.Module):
    """Puts together what reaches a port, summing what goes to the same target."""

    index: Tensor | None

    def __init__(self, port: Sequence[tuple[int, int]], targets: Sequence[int], earlier: Sequence[Group]) -> None:
        super().__init__()
        arriving: list[list[int]] = []
        for group in earlier:
            own = set(group.members)
            if reached := [target for key, target in zip(port, targets, strict=True) if key in own]:
                arriving.append(reached)
        self.count = max(targets) + 1
        self.sums = sum(map(len, arriving)) > self.count
        # Sums begin with the part that reaches all targets in order, where there is one.
        in_order = [reached == list(range(self.count)) for reached in arriving]
        self.first = in_order.index(True) if self.sums and any(in_order) else None
        for number, reached in enumerate(arriving if self.sums else ()):
            self.register_buffer(f"target{number}", torch.tensor(reached), persistent=False)
        flat = [target for reached in arriving for target in reached]
        index = None if self.sums or flat == list(range(self.count)) else torch.argsort(torch.tensor(flat))
        self.register_buffer("index", index, persistent=False)

    def forward(self, parts: list[Tensor]) -> Tensor:
        if self.sums:
            return self._sum(parts)
        x = parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)
        return x if self.index is None else x.index_select(1, self.index)

    def _sum(self, parts: list[Tensor]) -> Tensor:
        rest = [(number, part) for number, part in enumerate(parts) if number != self.first]
        if self.first is None:
            total = parts[0].new_zeros(len(parts[0]), self.count, *parts[0].shape[2:])
        else:
            number, part = rest.pop(0)
            total = parts[self.first].index_add(1, self.get_buffer(f"target{number}"), part)
        for number, part in rest:
            total.index_add_(1, self.get_buffer(f"target{number}"), part)
        return total
