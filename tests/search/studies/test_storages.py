"""Where studies live: journals that are cut, held back or foreign, and messages that are as before."""

import json

import optuna
import pytest

from archgraph import InputError
from search import open_study
from search.studies.storages import HeldStorage, flush, open_existing, open_storage, quiet_optuna


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


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense", "a storage is written like sqlite:///archgraph.db"),
        ("journal:none/s.log", "there is no folder"),
        ("journal:.", "it is a folder; name a file in it"),
        ("journal:other.txt", "it is no journal of studies"),
        ("postgresql://me:secret@127.0.0.1:1/x", "cannot open storage postgresql://…@127.0.0.1:1/x"),
    ],
)
def test_what_is_no_storage_is_said_without_its_password(url, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other.txt").write_text("something else\n")
    with pytest.raises(InputError, match=message) as raised:
        open_storage(url)
    assert "secret" not in str(raised.value)
    assert (tmp_path / "other.txt").read_text() == "something else\n"


@pytest.mark.parametrize("url", ["sqlite:///none.db", "journal:none.log"])
def test_an_existing_storage_is_not_made(url, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="no storage"):
        open_existing(url)
    assert not list(tmp_path.iterdir())


def failing():
    assert optuna.logging.get_verbosity() == optuna.logging.WARNING
    raise ZeroDivisionError


def test_optunas_messages_are_left_as_they_were():
    before = optuna.logging.get_verbosity()
    with pytest.raises(ZeroDivisionError), quiet_optuna():
        failing()
    assert optuna.logging.get_verbosity() == before
