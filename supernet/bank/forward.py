"""The forward pass of a bank, which can stop between two groups and go on, as often as wanted, from there.

There are two ways through the groups, with the same numbers but for rounding. `BatchedForward` runs all slots of a
group as one operation, which is what counts where the work of one is small, and on a GPU. `SequentialForward` runs one
slot after another with channels last in memory, and copies nothing: for large images on a CPU, whose convolutions are
so fastest.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from copy import copy
from typing import Self

import torch
from torch import Tensor

from supernet.bank.groups import GroupRun, Inbox, Share
from supernet.bank.schedule import Key

MixtureWeights = Mapping[str, Tensor]
"""Mixture -> one weight a source, [sources] or [batch, sources]."""


class ForwardPass(ABC):
    """A forward pass of which so many groups are done.

    Args:
        runs: the groups that run, in order.
    """

    def __init__(self, runs: Sequence[GroupRun]) -> None:
        self.runs, self.done = runs, 0

    def advance(self, weights: MixtureWeights, stop: int) -> None:
        """Run the groups before number `stop` that have not run yet."""
        for number in range(self.done, stop):
            self.step(number, weights)
        self.done = max(stop, self.done)

    def finish(self, weights: MixtureWeights) -> Tensor:
        """Run all that is left and return the outputs, [batch, slots of the last group, *shape]."""
        self.advance(weights, len(self.runs))
        return self.outputs()

    @abstractmethod
    def clone(self) -> Self:
        """Another forward pass of which as much is done."""

    @abstractmethod
    def repeat(self, times: int) -> None:
        """Go on with so many copies of all images, one whole batch after another."""

    @abstractmethod
    def step(self, number: int, weights: MixtureWeights) -> None:
        """Run one group."""

    @abstractmethod
    def outputs(self) -> Tensor:
        """The values of the last group."""


class BatchedForward(ForwardPass):
    """All slots of a group as one operation.

    Args:
        runs: the groups that run, in order.
        shares: for each of the values that travel, the image's first, who reads it.
        images: [batch, 1 or networks, channels, height, width].
    """

    def __init__(self, runs: Sequence[GroupRun], shares: Sequence[Share], images: Tensor) -> None:
        super().__init__(runs)
        self.shares, self.value = shares, images
        self.inbox: Inbox = {}
        self._send(0)

    def step(self, number: int, weights: MixtureWeights) -> None:
        run = self.runs[number]
        self.value = run([self.inbox.pop((number, port)) for port in range(run.ports)], weights)
        if number + 1 < len(self.runs):
            self._send(number + 1)

    def outputs(self) -> Tensor:
        return self.value

    def clone(self) -> Self:
        clone = copy(self)
        clone.inbox = {port: list(parts) for port, parts in self.inbox.items()}
        return clone

    def repeat(self, times: int) -> None:
        self.inbox = {port: [torch.cat([part] * times) for part in parts] for port, parts in self.inbox.items()}

    def _send(self, number: int) -> None:
        for port, part in self.shares[number](self.value):
            self.inbox.setdefault(port, []).append(part)


class SequentialForward(ForwardPass):
    """One slot after another.

    Args:
        runs: the groups that run, in order.
        spent: for each of them what nobody reads after it.
        values: the images, [batch, channels, height, width] each.
    """

    def __init__(self, runs: Sequence[GroupRun], spent: Sequence[Sequence[Key]], values: Mapping[Key, Tensor]) -> None:
        super().__init__(runs)
        self.spent = spent
        self.values = {key: value.contiguous(memory_format=torch.channels_last) for key, value in values.items()}

    def step(self, number: int, weights: MixtureWeights) -> None:
        self.values |= self.runs[number].one_by_one(self.values, weights)
        for key in self.spent[number]:
            del self.values[key]

    def outputs(self) -> Tensor:
        return torch.stack([self.values[key] for key in self.runs[-1].group.slots], dim=1)

    def clone(self) -> Self:
        clone = copy(self)
        clone.values = dict(self.values)
        return clone

    def repeat(self, times: int) -> None:
        self.values = {key: torch.cat([value] * times) for key, value in self.values.items()}
