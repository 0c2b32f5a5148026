"""The table of a grammar's networks that ships: members under their own names, and seeds that agree."""

from pathlib import Path

from archgraph import ArchTable, spaces

FILE = Path(__file__).parents[2] / "data" / "digits_grammar" / "digits_grammar.parquet"


def test_its_rows_are_different_members_under_their_native_forms():
    table, space = ArchTable.read(FILE), spaces.get("grammar:vision")
    assert len(table) == len(set(table.hashes())) == 600
    named = ArchTable.from_columns(space.from_natives(list(table.ids)), space=space.name)
    assert named.hashes() == table.hashes()
    assert [space.to_native(table[row]) for row in range(0, 600, 60)] == list(table.ids)[::60]


def test_one_seed_ranks_as_another():
    metrics = ArchTable.read(FILE).metrics
    for metric in ("val_acc", "val_loss", "test_acc", "test_loss"):
        assert metrics[f"{metric}_0"].corr(metrics[f"{metric}_1"], method="spearman") > 0.9
