"""Journals that a kill cut short, or that are held back."""

import json
import time
from pathlib import Path

import optuna
import pytest
from optuna.storages.journal import JournalStorage

from archgraph._compat import storage_of
from archgraph.storages.journals import HeldStorage, JournalFile, StoredJournal, _WholeLines, flush
from archgraph.storages.study import open_study


def add(study, *values):
    for value in values:
        study.add_trial(optuna.create_trial(value=value))


def test_the_beginning_of_a_line_that_a_kill_left_is_cut_off(tmp_path):
    path = tmp_path / "s.log"
    add(open_study(f"journal:{path}", "s", {}), 1.0, 2.0)
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"op_code": 4, "wor')
    study = open_study(f"journal:{path}", "s", {})
    assert [trial.value for trial in study.trials] == [1.0, 2.0]
    assert path.read_bytes()[: len(whole)] == whole


@pytest.mark.parametrize("moved", [False, True])
def test_what_a_killed_worker_locked_by_a_relative_path_is_free_after_a_while(tmp_path, monkeypatch, moved):
    monkeypatch.chdir(tmp_path)
    Path("here").mkdir()
    add(open_study("journal:here/s.log", "s", {}), 1.0)
    _WholeLines(Path("here/s.log")).acquire()  # and no release
    if moved:
        Path("here").rename("there")
    waiting = _WholeLines(Path("there/s.log" if moved else "here/s.log"))
    waiting.grace_period = 1
    begun = time.monotonic()
    assert waiting.acquire()
    assert 1 < time.monotonic() - begun < 20
    waiting.release()


def test_a_held_storage_writes_when_it_is_flushed(tmp_path):
    path = tmp_path / "s.log"
    study = open_study(HeldStorage(path), "s", {})
    add(study, 1.0)
    assert [trial.value for trial in study.trials] == [1.0]
    assert not path.exists() or not path.read_bytes()
    flush(study)
    assert [trial.value for trial in open_study(f"journal:{path}", "s", {}).trials] == [1.0]
    size = path.stat().st_size
    flush(study)
    assert path.stat().st_size == size
    assert all(json.loads(line) for line in path.read_text().splitlines())


def test_all_trials_of_a_journal_are_those_that_optunas_own_storage_reads(tmp_path):
    study = optuna.create_study(storage=StoredJournal(JournalFile(tmp_path / "s.log")), study_name="s")
    other = optuna.load_study(study_name="s", storage=JournalStorage(JournalFile(tmp_path / "s.log")))
    for number in range(4):
        study.tell(study.ask(), float(number))
        assert study.get_trials(deepcopy=False) == other.get_trials(deepcopy=False)
    with pytest.raises(KeyError):
        storage_of(study).get_all_trials(99, deepcopy=False)
