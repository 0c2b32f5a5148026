"""What a pre-trained graph network reads out of architectures, as features; it is not trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from archgraph.errors import InputError
from archgraph.persistence.arrays import groups
from archgraph.table.table import ArchTable
from encoders.graph_network.checkpoint import of_sizes, with_todays_features
from encoders.graph_network.network import GraphNetwork

_COUNT = 32
_POPULATION = 5000  # architectures at most whose principal components are taken


@dataclass(frozen=True)
class Components:
    """Principal components of a graph network's readout (reconstruction).

    Attributes:
        network: reads what is on effective paths.
        center: mean of the readout, [R].
        basis: of the components, the largest first, [R, K].
    """

    network: GraphNetwork
    center: NDArray[np.float32]
    basis: NDArray[np.float32]

    @classmethod
    def of(cls, network: GraphNetwork | None, table: ArchTable) -> Components:
        """The components that tell a table's architectures apart.

        Args:
            network: pre-trained; it stays as it is.
            table: one architecture at least.

        Raises:
            InputError: there is no network.
        """
        if network is None:
            raise InputError("an encoder is what is frozen, such as base; `archgraph encoder list` names some")
        some = np.linspace(0, len(table) - 1, min(len(table), _POPULATION)).astype(np.intp)
        read = network.read(table[some], effective=True).numpy()
        center = read.mean(axis=0)
        _, vectors = np.linalg.eigh(np.cov(read - center, rowvar=False, bias=True))
        largest = vectors[:, ::-1][:, :_COUNT]
        sign = np.sign(largest[np.abs(largest).argmax(axis=0), np.arange(largest.shape[1])])
        return cls(network, center.astype(np.float32), np.ascontiguousarray(largest * sign, dtype=np.float32))

    def __call__(self, table: ArchTable) -> NDArray[np.float32]:
        """The components of each architecture, [len(table), K]."""
        read = self.network.read_columns(table.columns, effective=True).numpy()  # in one thread: tables come in parts
        return ((read - self.center) @ self.basis).astype(np.float32, copy=False)

    @property
    def names(self) -> list[str]:
        """Names of the components, K of them."""
        return [f"component {number}" for number in range(self.basis.shape[1])]

    def arrays(self) -> dict[str, Any]:
        """The attributes by name, the network as its weights."""
        weights = {name: value.numpy() for name, value in self.network.state_dict().items()}
        return {"center": self.center, "basis": self.basis, "network": weights}

    @property
    def settings(self) -> dict[str, int]:
        """What beside the arrays makes them again, in JSON's values."""
        return self.network.sizes

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[Any]], settings: Mapping[str, int], kinds: Sequence[str]
    ) -> Components:
        """The components whose `arrays`, flat, and `settings` these are; `kinds` of operations as of then."""
        network = of_sizes(settings)
        weights = {name: torch.from_numpy(value) for name, value in groups(arrays)["network"].items()}
        network.load_state_dict(with_todays_features(kinds, weights))
        return cls(network.eval(), arrays["center"], arrays["basis"])
