"""Bank: many networks, or the many candidates of one, as a module that runs group by group instead of one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import prod

import torch
from torch import Tensor, nn

from archgraph.errors import CompileError
from archgraph.networks.blueprint import Blueprint
from supernet.bank.forward import BatchedForward, ForwardPass, SequentialForward
from supernet.bank.groups import GroupRun, Share
from supernet.bank.schedule import IMAGE, schedule, spent
from supernet.layers import draw_weights

LARGE = 40_000
"""Numbers in a slot's values, on average, from which on slots run one by one on a CPU (tests/benchmarks/RESULTS.md)."""


class Bank(nn.Module):
    """M networks side by side on the same images, with the numbers that `Network` gives for each.

    Training one on a CPU frees and takes the same large tensors step after step, which is up to twice as fast once
    malloc keeps them: call `supernet.keep_freed_memory()` before, as the commands do. A bank changes nothing itself.

    Args:
        blueprints: the networks; mixtures of equal name share their architecture parameters.
        seeds: seed of each network's initial weights.
        own_images: each network reads images of its own, [batch, M, channels, height, width].

    Attributes:
        alphas: architecture parameters of each mixture, initially 0.

    Shapes:
        images [batch, channels, height, width] -> [batch, M, *shape of the output]; logits [batch, M, classes]

    Raises:
        CompileError: the networks differ in the shapes of their images or outputs.

    Example:
        >>> import torch
        >>> from archgraph import spaces
        >>> from supernet import Bank, blueprint
        >>> graphs = [spaces.get("macro").from_native(native) for native in ("00000000", "00000001")]
        >>> made = [blueprint(graph, "macro", (3, 32, 32), 10, channels=8) for graph in graphs]
        >>> bank = Bank(made, seeds=[0, 1]).eval()
        >>> bank(torch.zeros(4, 3, 32, 32)).shape
        torch.Size([4, 2, 10])
    """

    def __init__(self, blueprints: Sequence[Blueprint], seeds: Sequence[int], own_images: bool = False) -> None:
        super().__init__()
        if not blueprints or len(seeds) != len(blueprints):
            raise CompileError(f"a bank holds at least one network, each with a seed, but got {len(blueprints)}")
        groups = schedule(blueprints, own_images)
        self.count, self.own_images = len(blueprints), own_images
        self.runs = [GroupRun(group, groups[: i + 1]) for i, group in enumerate(groups[1:])]
        self.groups = nn.ModuleList(self.runs)
        self.shares = [Share(group, groups[i + 1 :], i) for i, group in enumerate(groups[:-1])]
        self.sharing = nn.ModuleList(self.shares)
        self._spent = spent(groups)
        sizes = [prod(group.shape) for group in groups[1:] for _ in group.slots]
        self._size = sum(sizes) / len(sizes)  # of a slot's values of one image
        mixtures = {name: n for blueprint in blueprints for name, n in blueprint.mixtures.items()}
        self.alphas = nn.ParameterDict({name: torch.zeros(n) for name, n in mixtures.items()})
        self._slots = {key: (g, i) for g, group in enumerate(groups[1:]) for i, key in enumerate(group.slots)}
        self._blueprints = list(blueprints)
        with torch.no_grad():
            for network, seed in enumerate(seeds):
                self._reset(network, torch.Generator().manual_seed(seed))

    def forward(self, images: Tensor, mixtures: Mapping[str, Tensor] | None = None) -> Tensor:
        """The outputs, under the given mixtures (one weight a source); default softmax of `alphas`."""
        return self.begin(images).finish(self.weighted(mixtures))

    def begin(self, images: Tensor) -> ForwardPass:
        """A forward pass before its first group runs."""
        if self.own_images or images.device.type != "cpu" or self._size * len(images) < LARGE:
            return BatchedForward(self.runs, self.shares, images if self.own_images else images[:, None])
        return SequentialForward(self.runs, self._spent, {IMAGE: images})

    def weighted(self, mixtures: Mapping[str, Tensor] | None = None) -> dict[str, Tensor]:
        """The weights of all mixtures: the given, and softmax of `alphas` for the others."""
        return {name: alpha.softmax(0) for name, alpha in self.alphas.items()} | dict(mixtures or {})

    def group_of(self, layer: str, network: int = 0) -> int:
        """Number of the group in which a network's layer runs."""
        names = [layer.name for layer in self._blueprints[network].layers]
        return self._slots[network, names.index(layer)][0]

    @property
    def before_mixtures(self) -> int:
        """How many groups run before the first mixture."""
        return min(number for number, run in enumerate(self.runs) if run.mixtures)

    def weights(self) -> Iterator[nn.Parameter]:
        """All parameters but the architecture parameters."""
        return (p for name, p in self.named_parameters() if not name.startswith("alphas."))

    def state(self, network: int = 0) -> dict[str, Tensor]:
        """Weights and statistics of one network under the names that `Network` has for them."""
        return {name: value[i].detach().clone() for name, value, i in self.tensors(network)}

    def load_state(self, state: Mapping[str, Tensor], network: int = 0) -> None:
        """Take over weights and statistics from a `Network` or another bank, by name.

        Raises:
            CompileError: a tensor is missing or has another shape.
        """
        with torch.no_grad():
            for name, value, i in self.tensors(network):
                if name not in state or state[name].shape != value[i].shape:
                    raise CompileError(f"weights of {name} are missing or of another shape")
                value[i].copy_(state[name])

    def owners(self) -> list[tuple[nn.Parameter, list[int]]]:
        """Each stacked parameter with the network that owns each of its slots."""
        return [(parameter, run.networks) for run in self.runs for parameter in run.steps.parameters()]

    def tensors(self, network: int = 0) -> Iterator[tuple[str, Tensor, int]]:
        """Name in `Network`, stacked tensor and slot in it of each weight and statistic of one network."""
        for number, layer in enumerate(self._blueprints[network].layers):
            if (network, number) in self._slots:
                group, slot = self._slots[network, number]
                for name, value in self.runs[group].steps.state_dict(keep_vars=True).items():
                    yield f"layers.{layer.name}.{name}", value, slot

    def _reset(self, network: int, generator: torch.Generator) -> None:
        """Draw the weights of one network, as `Network` does."""
        for number, layer in enumerate(self._blueprints[network].layers):
            group, slot = self._slots.get((network, number), (None, 0))
            for i, step in enumerate(layer.steps):
                for name, value in draw_weights(step, generator).items():
                    if group is not None:
                        self.runs[group].steps[i].get_parameter(name)[slot].copy_(value)

    def extra_repr(self) -> str:
        return f"{self.count} networks in {len(self.runs)} groups"
