import pytest

from archgraph import InputError
from archgraph.persistence.journal import Journal

SETTINGS = {"seed": 0, "shape": (1, 8, 8)}


def test_finished_work_is_found_again_and_gone_once_it_is_closed(tmp_path):
    path = tmp_path / "a.log"
    Journal(path, SETTINGS).add([{"row": 0, "loss": 0.1 + 0.2}, {"row": 1}])
    again = Journal(path, SETTINGS)
    assert again.entries == [{"row": 0, "loss": 0.1 + 0.2}, {"row": 1}]
    again.add([{"row": 2}])
    assert Journal(path, SETTINGS).entries == again.entries
    again.close()
    assert not list(tmp_path.iterdir())


def test_a_line_cut_short_is_dropped_for_good(tmp_path):
    path = tmp_path / "a.log"
    Journal(path, SETTINGS).add([{"row": 0}])
    with path.open("a") as file:
        file.write('{"row": 1')
    again = Journal(path, SETTINGS)
    again.add([{"row": 2}])
    assert Journal(path, SETTINGS).entries == [{"row": 0}, {"row": 2}]


def test_a_journal_of_another_run_or_a_damaged_one_is_left_alone(tmp_path):
    path = tmp_path / "a.log"
    Journal(path, SETTINGS).add([{"row": 0}])
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"a\.log was begun with other settings \(seed 0, not 1\)"):
        Journal(path, SETTINGS | {"seed": 1})
    assert path.read_bytes() == before
    path.write_bytes(before + b"{\n")
    with pytest.raises(InputError, match=r"a\.log is damaged; remove it"):
        Journal(path, SETTINGS)
    with pytest.raises(InputError, match="cannot write"):
        Journal(tmp_path / "missing" / "a.log", SETTINGS)
