"""The table of a grammar's networks that ships: members under their own names, and seeds that agree."""

from pathlib import Path

import numpy as np
import pytest

from archgraph import ArchTable, spaces

FILE = Path(__file__).parents[2] / "data" / "digits_grammar" / "digits_grammar.parquet"


def test_its_rows_are_different_members_under_their_native_forms():
    table, space = ArchTable.read(FILE), spaces.get("grammar:vision")
    assert len(table) == len(set(table.hashes())) == 600
    named = ArchTable.from_columns(space.from_natives(list(table.ids)), space=space.name)
    assert named.hashes() == table.hashes()
    assert [space.to_native(table[row]) for row in range(0, 600, 60)] == list(table.ids)[::60]


@pytest.mark.parametrize("metric", ["val_acc", "val_loss", "test_acc", "test_loss"])
def test_halves_of_the_four_seeds_rank_alike(metric):
    metrics = ArchTable.read(FILE).metrics
    for half in ([0, 1], [0, 2], [0, 3]):
        own = metrics[[f"{metric}_{seed}" for seed in half]].mean(axis=1)
        other = metrics[[f"{metric}_{seed}" for seed in range(4) if seed not in half]].mean(axis=1)
        assert own.corr(other, method="spearman") > 0.9
    assert np.allclose(metrics[metric], metrics[[f"{metric}_{seed}" for seed in range(4)]].mean(axis=1), atol=1e-6)
