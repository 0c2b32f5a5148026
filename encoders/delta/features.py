"""What a predictor is told about an architecture: statistics, physics, columns of the table, and its embedding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from archgraph.errors import InputError
from archgraph.ops import OPS
from archgraph.table.table import ArchTable
from encoders.embedding.checkpoint import EncoderCheckpoint, load_encoder
from encoders.features.cell_counts import cell_count_names, cell_counts, cell_inputs
from encoders.features.flow import COSTS, physics, physics_names
from encoders.features.padded import chosen_operations
from encoders.features.statistics import statistic_names, statistics


@dataclass(frozen=True)
class Features:
    """The features of architectures of given operations.

    Args:
        operations: names of the operations that are told apart.
        columns: metrics of the table that are known of every graph, such as zero-cost scores.
        encoder: gives each graph its embedding; None leaves that block out.
        live: leave out what carries nothing, such as operations behind a `zero`: an accuracy does not feel them. If
            not, all that is placed counts, and beside it stands what the part costs that carries something.
        inputs: names of the cell inputs by which operations are counted apart.
    """

    operations: tuple[str, ...]
    columns: tuple[str, ...] = ()
    encoder: EncoderCheckpoint | None = None
    live: bool = True
    inputs: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, table: ArchTable, columns: Sequence[str] = (), encoder: EncoderCheckpoint | Path | str | None = None
    ) -> Features:
        """The features that suit a table.

        Raises:
            InputError: a column is missing or not complete, or there is no encoder at that path.
        """
        if isinstance(encoder, str | Path):
            encoder = load_encoder(encoder)
        if encoder is not None:
            _check_spaces(encoder, table)
        met = [OPS[index].name for index in np.unique(table.op_index).tolist()]
        features = cls(tuple(chosen_operations(table)), tuple(columns), encoder, inputs=tuple(cell_inputs(met)))
        features._known(table)
        return features

    def readings(self) -> list[Features]:
        """These features, and where an operation may carry nothing also those of all that is placed."""
        idle = any(OPS[OPS.index(name)].kind == "zero" for name in self.operations)
        return [self, replace(self, live=False)] if idle else [self]

    @property
    def names(self) -> list[str]:
        """Names of the features."""
        latent = self.encoder.pretrained.encoder.latent if self.encoder is not None else 0
        return [*self.plain_names, *(f"z{i}" for i in range(latent))]

    @property
    def plain_names(self) -> list[str]:
        """Names of the features that mean the same to every predictor: all but the embedding."""
        costs = [] if self.live else [f"{name} of what carries something" for name in COSTS]
        return [*self._counted, *physics_names(self.operations), *costs, *self.columns]

    @property
    def _counted(self) -> list[str]:
        return [*statistic_names(self.operations), *cell_count_names(self.operations, self.inputs)]

    @property
    def core(self) -> list[int]:
        """Numbers of the features that mean the same whatever the operations are: all but the statistics."""
        return list(range(len(self._counted), len(self.names)))

    def __call__(self, table: ArchTable) -> NDArray[np.float32]:
        """[len(table), len(names)].

        Raises:
            InputError: a graph holds an operation that is not known here, or a column is missing or not complete.
        """
        blocks = [statistics(table, self.operations, self.live), cell_counts(table, self.operations, self.inputs)]
        blocks.append(physics(table, self.operations, self.live))
        if not self.live:
            blocks.append(physics(table, self.operations)[:, -len(COSTS) :])
        blocks.append(self._known(table))
        if self.encoder is not None:
            blocks.append(self.encoder.pretrained.encoder.encode(table).numpy())
        return np.concatenate(blocks, axis=1, dtype=np.float32)

    def _known(self, table: ArchTable) -> NDArray[np.float32]:
        """The columns, [len(table), columns]."""
        for name in self.columns:
            if name not in table.metrics:
                raise InputError(
                    f"the table lacks the column {name}, from which the predictor reads; add it to the table"
                )
            missing = int(table.metrics[name].isna().sum())
            if missing:
                raise InputError(
                    f"column {name} is empty for {missing} of {len(table)} graphs; it must be known of all"
                )
        return table.metrics[list(self.columns)].to_numpy(np.float32).reshape(len(table), len(self.columns))


def _check_spaces(encoder: EncoderCheckpoint, table: ArchTable) -> None:
    known, met = {space.name for space in encoder.spaces}, {name for name in table.space if name}
    if known and met - known:
        raise InputError(
            f"the encoder was trained on {', '.join(sorted(known))}, but the graphs are of {', '.join(sorted(met))}; "
            "train one on their space with `archgraph encoder train`"
        )
