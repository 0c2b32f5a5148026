"""Studies are read as they lie, and nothing is changed by it."""

import shutil
import socket

import optuna
import pytest
from optuna.study import StudyDirection
from optuna.trial import TrialState, create_trial

from archgraph import InputError
from archgraph.storages.opening import open_storage
from archgraph.storages.workers import leave, new_worker
from search.studies.records import StudyRecord, read_one, read_studies

OURS = {"method": "random", "space": "macro", "objective": "table:t:acc"}


def record(attributes, *trials, directions=1, named=None):
    for number, trial in enumerate(trials):
        trial.number = number
    return StudyRecord("s", (StudyDirection.MAXIMIZE,) * directions, attributes, trials, named)


@pytest.mark.parametrize(
    ("settings", "known"),
    [
        (OURS, True),
        (OURS | {"seed": 3, "limits": {"params": 5e5}, "network": {"kind": "rows", "settings": {}}}, True),
        ([OURS], False),
        ("text", False),
        (OURS | {"seed": "abc"}, False),
        (OURS | {"method": None}, False),
        (OURS | {"limits": {"params": "many"}}, False),
        (OURS | {"network": {"kind": "rows"}}, False),
        ({"method": "random"}, False),
    ],
)
def test_settings_of_any_other_shape_are_another_programs(settings, known):
    assert record({"settings": settings}).settings == (settings if known else {})


@pytest.mark.parametrize(
    ("settings", "named", "directions", "metrics"),
    [
        (OURS | {"metrics": ["acc"]}, ["other"], 1, ("acc",)),
        (OURS | {"metrics": ["acc", "size"]}, ["other"], 1, ("other",)),
        (None, None, 1, ("value",)),
        (None, None, 2, ("values_0", "values_1")),
    ],
)
def test_metrics_have_the_names_that_a_program_gave_them(settings, named, directions, metrics):
    assert record({"settings": settings}, directions=directions, named=named).metrics == metrics


def test_the_best_has_finite_values():
    trials = [create_trial(value=value) for value in (1.0, float("inf"), 3.0, 3.0)]
    assert [trial.number for trial in record({}, *trials).best] == [2]
    pairs = [create_trial(values=values) for values in ([1.0, 2.0], [2.0, 1.0], [1.0, 1.0])]
    assert [trial.number for trial in record({}, *pairs, directions=2).best] == [0, 1]
    assert record({}).best == []


@pytest.mark.parametrize("url", ["sqlite:///{}/s é%25.db", "journal:{}/s.log"])
def test_a_storage_that_cannot_be_written_can_be_read(url, tmp_path):
    url = url.format(tmp_path)
    study = optuna.create_study(study_name="s", storage=open_storage(url))
    study.add_trial(create_trial(value=1.0))
    tmp_path.chmod(0o555)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    try:
        assert [trial.value for trial in read_one(url).trials] == [1.0]
        assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    finally:
        tmp_path.chmod(0o755)


def test_a_journal_is_read_beside_a_line_that_is_being_written(tmp_path):
    path = tmp_path / "s.log"
    optuna.create_study(study_name="s", storage=open_storage(f"journal:{path}")).add_trial(create_trial(value=1.0))
    path.write_bytes(path.read_bytes() + b'{"op_code": 4, "wor')
    before = path.read_bytes()
    assert len(read_one(f"journal:{path}").trials) == 1
    assert path.read_bytes() == before


def test_a_running_trial_is_stale_when_its_worker_is_known_to_be_gone(tmp_path):
    url = f"sqlite:///{tmp_path / 's.db'}"
    study = optuna.create_study(study_name="s", storage=open_storage(url))
    gone, there = new_worker(), new_worker()
    leave(gone)
    for worker in (gone, there, f"other-{socket.gethostname()}:1"):
        study.add_trial(create_trial(state=TrialState.RUNNING, user_attrs={"worker": worker}))
    assert read_one(url).stale == {0}
    assert [trial.state for trial in read_one(url).trials] == [TrialState.RUNNING] * 3


@pytest.mark.parametrize("content", [b"", b"text", b"SQLite format 3\0 and no more"])
def test_a_file_of_another_kind_is_refused_and_left(content, tmp_path):
    path = tmp_path / "f"
    path.write_bytes(content)
    for kind in ("sqlite:///", *(["journal:"] if content else [])):
        with pytest.raises(InputError, match=r"cannot read studies|no journal"):
            read_studies(f"{kind}{path}")
    assert path.read_bytes() == content
    assert [other.name for other in tmp_path.iterdir()] == ["f"]
    shutil.rmtree(tmp_path)
    with pytest.raises(InputError, match="no storage"):
        read_studies(f"journal:{path}")
    assert not tmp_path.exists()
