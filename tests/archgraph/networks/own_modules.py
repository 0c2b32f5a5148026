"""Modules that operations bring in these tests, and what breaks their contract."""

from __future__ import annotations

import torch
from torch import nn


class Hops(nn.Module):
    """A layer of a graph network on the grid of an image: each position joined with its neighbours, so often."""

    def __init__(self, shape, hops=1):
        super().__init__()
        self.own, self.others = nn.Conv2d(shape[0], shape[0], 1), nn.Conv2d(shape[0], shape[0], 1)
        self.norm, self.hops = nn.BatchNorm2d(shape[0]), hops

    def forward(self, x):
        for _ in range(self.hops):
            around = torch.nn.functional.avg_pool2d(x, 3, 1, 1)
            x = self.norm(self.own(x) + self.others(around)).relu()
        return x


class Halving(nn.Module):
    """A layer with a rule of shapes and a cost."""

    def __init__(self, shape):
        super().__init__()
        self.layer = nn.Conv2d(shape[0], 2 * shape[0], 2, 2)

    def forward(self, x):
        return self.layer(x)

    @staticmethod
    def output_shape(shape):
        return 2 * shape[0], shape[1] // 2, shape[2] // 2

    @staticmethod
    def cost(shape):
        return 8 * shape[0] ** 2 + 2 * shape[0], 2 * shape[0] ** 2 * shape[1] * shape[2]


class WrongShape(Hops):
    @staticmethod
    def output_shape(shape, hops=1):
        return shape[0], shape[1] + 1, shape[2]


class WrongCost(Hops):
    @staticmethod
    def cost(shape, hops=1):
        return 7, 7


class Idle(Hops):
    """A parameter that nothing reads."""

    def __init__(self, shape, hops=1):
        super().__init__(shape, hops)
        self.idle = nn.Parameter(torch.zeros(3))


class Noisy(Hops):
    def forward(self, x):
        return super().forward(x) + torch.randn(())


class Mixing(Hops):
    def forward(self, x):
        return super().forward(x) + x.mean(0)


def no_module(shape):
    return "nothing"


not_callable = 7
