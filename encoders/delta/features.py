"""What a predictor knows of an architecture: statistics, flow features, columns of the table, what a network reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from archgraph.errors import InputError
from archgraph.ops import OPS
from archgraph.table.table import ArchTable
from encoders.delta.components import Components
from encoders.features.cell_counts import cell_count_names, cell_counts, cell_inputs
from encoders.features.flow import COSTS, flow_feature_names, flow_features
from encoders.features.padded import chosen_operations
from encoders.features.statistics import statistic_names, statistics


@dataclass(frozen=True)
class Features:
    """The features of architectures of given operations.

    Args:
        operations: names of the operations that are told apart.
        columns: metrics of the table that are known of every graph, such as zero-cost scores.
        effective: leave out what is on no effective path, such as operations behind a `zero`: an accuracy does not
            feel them. If not, every operation counts, and beside it stands what the effective part costs.
        inputs: names of the cell inputs by which operations are counted apart.
        components: of what a pre-trained graph network reads; None leaves that block out.
    """

    operations: tuple[str, ...]
    columns: tuple[str, ...] = ()
    effective: bool = True
    inputs: tuple[str, ...] = ()
    components: Components | None = None

    @classmethod
    def of(
        cls,
        table: ArchTable,
        columns: Sequence[str] = (),
        components: Components | None = None,
    ) -> Features:
        """The features that suit a table.

        Raises:
            InputError: a column is missing or not complete.
        """
        met = [OPS[index].name for index in np.unique(table.op_index).tolist()]
        inputs = tuple(cell_inputs(met))
        features = cls(tuple(chosen_operations(table)), tuple(columns), inputs=inputs, components=components)
        features._known(table)
        return features

    def variants(self) -> list[Features]:
        """These features, and where an operation may be a zero also those of all operations, effective or not."""
        idle = any(OPS[OPS.index(name)].kind == "zero" for name in self.operations)
        return [self, replace(self, effective=False)] if idle else [self]

    @property
    def names(self) -> list[str]:
        """Names of the features."""
        components = self.components.names if self.components is not None else []
        return [*self.plain_names, *components]

    @property
    def plain_names(self) -> list[str]:
        """Names of the features that mean the same to every predictor: all but the components, which come last."""
        costs = [] if self.effective else [f"{name} on effective paths" for name in COSTS]
        return [*self._counted, *flow_feature_names(self.operations), *costs, *self.columns]

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
        return self._joined(_Blocks(self, table))

    def of_variants(self, table: ArchTable) -> list[NDArray[np.float32]]:
        """What each of `variants` gives for a table; what they share is computed once."""
        blocks = _Blocks(self, table)
        return [variant._joined(blocks) for variant in self.variants()]

    def _joined(self, blocks: _Blocks) -> NDArray[np.float32]:
        table, operations = blocks.table, self.operations
        flow = blocks.effective_flow if self.effective else flow_features(table, operations, effective=False)
        costs = [] if self.effective else [blocks.effective_flow[:, -len(COSTS) :]]
        parts = [statistics(table, operations, self.effective), blocks.cell_counts, flow, *costs, *blocks.known]
        return np.concatenate(parts, axis=1, dtype=np.float32)

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


class _Blocks:
    """Blocks of the features of a table that do not depend on the variant, each computed once."""

    def __init__(self, features: Features, table: ArchTable) -> None:
        self.features, self.table = features, table

    @cached_property
    def cell_counts(self) -> NDArray[np.float32]:
        return cell_counts(self.table, self.features.operations, self.features.inputs)

    @cached_property
    def effective_flow(self) -> NDArray[np.float32]:
        return flow_features(self.table, self.features.operations)

    @cached_property
    def known(self) -> list[NDArray[np.float32]]:
        """The columns of the table, and the components where there are any."""
        components = self.features.components
        read = [components(self.table)] if components is not None else []
        return [self.features._known(self.table), *read]
