"""Journals that a kill cut short, or that are held back."""

import json

import optuna

from archgraph.storages.journals import HeldStorage, flush
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
