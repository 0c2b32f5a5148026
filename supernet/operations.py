"""Operations for many nodes at once: S nodes that carry the same operation run as one grouped operation.

Tensors are [batch, S * channels, height, width]; node s owns channels `s * channels` to `(s + 1) * channels`.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from archgraph.errors import CompileError
from archgraph.ops import Operation


class ParallelConv(nn.Module):
    """S convolutions of equal shape, stride and window, each with its own weights, as one grouped convolution.

    Args:
        count: S, the convolutions.
        inputs, outputs: channels of each of them.
        shared: all S read the same `inputs` channels, so the input is [batch, inputs, height, width].
    """

    def __init__(self, count: int, inputs: int, outputs: int, operation: Operation, shared: bool = False) -> None:
        super().__init__()
        self.count, self.operation, self.shared = count, operation, shared
        kernel = operation.kernel
        self.weight = nn.Parameter(torch.empty(count, outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(count, outputs))
        # The norm has neither scale nor shift, as in DARTS' search phase.
        self.norm = nn.BatchNorm2d(count * outputs, affine=False) if operation.norm else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        if self.operation.activation == "pre":
            x = F.relu(x)
        x = F.conv2d(
            x,
            self.weight.flatten(0, 1),
            self.bias.flatten(),
            padding=self.operation.dilation * (self.operation.kernel // 2),
            dilation=self.operation.dilation,
            groups=1 if self.shared else self.count,
        )
        x = self.norm(x)
        return F.relu(x) if self.operation.activation == "post" else x

    def reset(self, member: int, generator: torch.Generator) -> None:
        """Draw the weights of one of the S convolutions: He's normal initialisation, zero bias."""
        fan_in = self.weight[0, 0].numel()
        with torch.no_grad():
            self.weight[member].normal_(0.0, (2.0 / fan_in) ** 0.5, generator=generator)
            self.bias[member].zero_()

    def extra_repr(self) -> str:
        return f"{self.count} x {self.operation.name}, weight={tuple(self.weight.shape[1:])}"


class Pool(nn.Module):
    """A pooling of stride 1 that keeps the image's size; the padding is not averaged in."""

    def __init__(self, operation: Operation) -> None:
        super().__init__()
        self.operation = operation

    def forward(self, x: Tensor) -> Tensor:
        kernel = self.operation.kernel
        if self.operation.kind == "max_pool":
            return F.max_pool2d(x, kernel, 1, kernel // 2)
        return F.avg_pool2d(x, kernel, 1, kernel // 2, count_include_pad=False)


BUILDERS: dict[str, Callable[[int, int, Operation], nn.Module]] = {
    "conv": lambda count, channels, operation: ParallelConv(count, channels, channels, operation),
    "max_pool": lambda count, channels, operation: Pool(operation),
    "avg_pool": lambda count, channels, operation: Pool(operation),
    "identity": lambda count, channels, operation: nn.Identity(),
    "sum": lambda count, channels, operation: nn.Identity(),
    "output": lambda count, channels, operation: nn.Identity(),
}
"""Kind of operation -> module for `count` nodes of `channels` channels each. A node's inputs are summed before it."""


def check_compilable(operation: Operation, node: int, where: str) -> None:
    """Check that a module exists for a node's operation.

    Raises:
        CompileError: none exists; the text names the node.
    """
    if operation.kind not in BUILDERS or operation.stride != 1 or operation.groups != 1 or operation.kernel % 2 == 0:
        raise CompileError(
            f"{where}, node {node}: operation {operation.name} cannot be compiled into a cell; a cell holds "
            f"{', '.join(BUILDERS)} of stride 1, odd kernel and dense channels"
        )
