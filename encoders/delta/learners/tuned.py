"""The pre-trained graph network, trained on to the labels: the learner that reads the graphs themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from archgraph.columns import GraphColumns
from archgraph.persistence.arrays import groups
from archgraph.seeds import derive_seed, seeded
from archgraph.table.table import ArchTable
from encoders.delta.learners.one_cycle import OneCycleAdamW
from encoders.graph_network.checkpoint import of_sizes, with_todays_features
from encoders.graph_network.graphs import DenseGraphs
from encoders.graph_network.network import GraphNetwork

_BATCH, _SMALLEST = 128, 8  # labels in a batch, and of graphs however long
_PAIRS = 1 << 21  # pairs of nodes in a batch at most, which bounds the memory
_EPOCHS, _FOLD_EPOCHS, _FEWEST, _MOST = 100, 60, 200, 3000
_RATE, _DECAY, _DROPOUT = 1e-3, 0.05, 0.1  # chosen on validation labels (tests/benchmarks/RESULTS.md)
_USUAL, _NARROWEST = 2000, 0.02  # architectures that say what is usual; what deviations are at least
_VALUES = 0.5  # weight of absolute values beside differences
Floats = NDArray[np.float64]
Standard = tuple[Tensor, Tensor]


class TunedNetwork(nn.Module):
    """A graph network whose readout, standardised, gives one score (reconstruction).

    A head with a hidden layer and standardised inputs is worth .02 to .04 of Kendall's tau with 100 labels beside a
    linear one (tests/benchmarks/RESULTS.md).

    Args:
        network: where it starts from.
        usual: mean and deviation of what is read out of the table's architectures, [readout] each.

    Shapes:
        graphs -> [G]
    """

    center: Tensor
    scale: Tensor

    def __init__(self, network: GraphNetwork, usual: Standard) -> None:
        super().__init__()
        self.network = network
        for name, value in zip(("center", "scale"), usual, strict=True):
            self.register_buffer(name, value.clone())
        hidden = 2 * network.hidden
        self.head = nn.Sequential(
            nn.Dropout(_DROPOUT),
            nn.Linear(network.readout, hidden),
            nn.SiLU(),
            nn.Dropout(_DROPOUT),
            nn.Linear(hidden, 1),
        )

    def forward(self, graphs: DenseGraphs) -> Tensor:
        return self._scores(self.network(graphs))

    @torch.no_grad()
    def read_columns(self, columns: GraphColumns, effective: bool) -> Tensor:
        """The score of each graph, [len(columns)], in one thread."""
        return self._scores(self.network.read_columns(columns, effective))

    def _scores(self, read: Tensor) -> Tensor:
        found: Tensor = self.head((read - self.center) / self.scale)[:, 0]
        return found


def standard(network: GraphNetwork, table: ArchTable, effective: bool) -> Standard:
    """Mean and deviation of what a network reads out of some of a table's architectures, [readout] each."""
    some = np.linspace(0, len(table) - 1, min(len(table), _USUAL)).astype(np.intp)
    read = network.read(table[some], effective)
    return read.mean(0), read.std(0, correction=0) + _NARROWEST


@dataclass(frozen=True)
class TunedNetworks:
    """Members that started from the same pre-trained network.

    Attributes:
        members: what they say is averaged.
        effective: whether they read only what is on effective paths.
    """

    members: tuple[TunedNetwork, ...]
    effective: bool

    @classmethod
    def fit(
        cls,
        start: GraphNetwork,
        usual: Standard,
        table: ArchTable,
        y: Floats,
        effective: bool,
        seed: int,
        fold: int | None = None,
        device: str = "cpu",
    ) -> TunedNetworks:
        """One member that learned the labels.

        Args:
            start: the pre-trained network, which stays as it is.
            usual: what is usual of its readout, as of `standard`.
            table: the labelled architectures.
            y: their targets, [len(table)], of variance about 1.
            effective: as the attribute.
            seed: of every random choice.
            fold: the number of the labels that are held back, if any are. All folds start from the same head, and see
                their labels less often.
            device: where it is trained; it comes back to the CPU.
        """
        goal, every = torch.from_numpy(y).float(), fold is None
        with seeded(derive_seed(seed, "head", every)):
            network = GraphNetwork(**start.sizes, dropout=_DROPOUT)
            network.load_state_dict(start.state_dict())
            member = TunedNetwork(network, usual).to(device)
        with seeded(derive_seed(seed, "tuned", -1 if fold is None else fold)):
            epochs = _EPOCHS if every else _FOLD_EPOCHS
            return cls((_tuned(member, table.columns, goal, effective, epochs, device),), effective)

    @classmethod
    def joined(cls, folds: Sequence[TunedNetworks], every: TunedNetworks) -> TunedNetworks:
        """Two members: one of all folds, and the one that learned every label.

        The first has the mean weights of the folds' members. What starts from the same weights ends near enough for
        that (Wortsman et al., "Model soups", ICML 2022): it says what they say on average, at the price of one encoding
        an architecture.
        """
        members = [member for fold in folds for member in fold.members]
        mean, weights = deepcopy(members[0]), [member.state_dict() for member in members]
        mean.load_state_dict({name: torch.stack([own[name] for own in weights]).mean(0) for name in weights[0]})
        return cls((mean, *every.members), every.effective)

    def predict(self, table: ArchTable) -> Floats:
        """The members' mean score of each architecture, [len(table)]."""
        said = [member.read_columns(table.columns, self.effective) for member in self.members]
        return torch.stack(said).double().mean(0).numpy()

    def arrays(self) -> dict[str, Any]:
        """The weights of each member, by its number."""
        return {
            str(number): {name: value.numpy() for name, value in member.state_dict().items()}
            for number, member in enumerate(self.members)
        }

    @property
    def settings(self) -> dict[str, Any]:
        """What beside the arrays makes them again, in JSON's values."""
        return {"network": self.members[0].network.sizes, "effective": self.effective}

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[Any]], settings: Mapping[str, Any], kinds: Sequence[str]
    ) -> TunedNetworks:
        """The members whose `arrays`, flat, and `settings` these are.

        Args:
            arrays: the weights.
            settings: as written.
            kinds: of operations that there were when they were written.
        """
        members = []
        for _, weights in sorted(groups(arrays).items()):
            own = {name: torch.from_numpy(value) for name, value in weights.items()}
            network = of_sizes(settings["network"], _DROPOUT)
            member = TunedNetwork(network, (own["center"], own["scale"]))
            member.load_state_dict(with_todays_features(kinds, own, "network.node.weight"))
            members.append(member.eval())
        return cls(tuple(members), settings["effective"])


def _tuned(
    member: TunedNetwork, columns: GraphColumns, y: Tensor, effective: bool, epochs: int, device: str
) -> TunedNetwork:
    """The member, trained: squared error of all differences within random batches, and less of the values."""
    count, nodes = len(y), int(np.diff(columns.node_ptr).max())
    size = min(count, _BATCH, max(_SMALLEST, _PAIRS // nodes**2))
    steps = int(np.clip(epochs * count // size, _FEWEST, _MOST))
    optimizer = OneCycleAdamW(member.train().parameters(), _RATE, steps + 1, weight_decay=_DECAY)
    left = torch.empty(0, dtype=torch.int64)
    for _ in range(steps):
        if len(left) < size:
            left = torch.randperm(count)
        rows, left = left[:size], left[size:]
        graphs = DenseGraphs.of(columns.take(rows.numpy()), effective, device)
        wrong = member(graphs) - y[rows].to(device)
        loss = wrong.var(correction=0) + _VALUES * wrong.square().mean()  # half the mean over all pairs, and values
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return member.cpu().eval()
