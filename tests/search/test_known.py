"""A search starts from evaluations that are known already, for nothing."""

import pytest
from small_searches import closed, table

from archgraph import InputError, spaces
from archgraph.storages.opening import open_storage
from search.known import KNOWN
from search.problem import Problem, Search
from search.run import best_of, run_search
from search.studies.study import HASH


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("known")
    table().write(folder / "all.parquet")
    table()[range(12)].write(folder / "part.parquet")
    return folder


def searched(files, known, trials=4, method="random", storage=None, name=None, seed=0):
    problem = Problem("dag:1-4", f"table:{files / 'all.parquet'}:acc")
    return run_search(problem, Search(method), trials, storage, name, seed, known=known)


@pytest.mark.parametrize("method", ["random", "evolution", "delta", "tpe"])
def test_known_evaluations_are_not_trials_of_the_search_and_never_paid_again(files, method):
    study = searched(files, str(files / "part.parquet"), method=method)
    known = [trial for trial in study.trials if KNOWN in trial.user_attrs]
    assert [trial.user_attrs[HASH] for trial in known] == table()[range(12)].hashes()
    assert [trial.value for trial in known] == table().metrics["acc"][:12].tolist()
    assert {trial.user_attrs["queries"] for trial in known} == {0.0}
    assert len(study.trials) == 16
    assert len({trial.user_attrs[HASH] for trial in study.trials}) == 16
    assert best_of(study)["trials"] == 4


def test_the_same_command_goes_on_and_starts_from_nothing_twice(files, tmp_path):
    known, whole = str(files / "part.parquet"), searched(files, str(files / "part.parquet"), trials=6)
    storage = f"journal:{tmp_path / 's.log'}"
    for trials in (2, 6):
        study = searched(files, known, trials, storage=storage)
    assert [t.user_attrs[HASH] for t in study.trials] == [t.user_attrs[HASH] for t in whole.trials]
    with pytest.raises(InputError, match="start_from"):
        searched(files, None, 8, storage=storage)


def test_another_study_can_be_started_from_by_its_name(files, tmp_path):
    storage = f"journal:{tmp_path / 's.log'}"
    first = searched(files, None, 5, "random", storage, "first")
    there = searched(files, "first", 3, storage=open_storage(storage), name="second")
    elsewhere = searched(files, f"{storage}#first", 3)
    hashes = [trial.user_attrs[HASH] for trial in first.trials]
    for study in (there, elsewhere):
        assert [trial.user_attrs[HASH] for trial in study.trials][:5] == hashes
        assert {trial.user_attrs[KNOWN] for trial in study.trials[:5]} == {"first"}
        assert len(study.trials) == 8


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        ("nowhere", "no study 'nowhere' to start from; a file ends in .parquet or .jsonl"),
        ("nowhere.parquet", "nowhere.parquet"),
    ],
)
def test_what_cannot_be_started_from_is_said_in_one_line(files, known, reason):
    with pytest.raises(InputError, match=reason.replace(".", r"\.")) as refusal:
        searched(files, known)
    assert "\n" not in str(refusal.value)


def test_a_table_without_the_metric_or_of_another_space_is_refused(files, tmp_path):
    made = closed().space.enumerate()
    made.with_metrics(loss=[0.0] * len(made)).write(tmp_path / "other.parquet")
    with pytest.raises(InputError, match="has no metric 'acc' of the search; it has loss"):
        searched(files, str(tmp_path / "other.parquet"))
    macro = spaces.get("macro").enumerate()[range(3)]
    macro.with_metrics(acc=[0.0] * 3).write(tmp_path / "macro.parquet")
    with pytest.raises(InputError, match="holds other architectures"):
        searched(files, str(tmp_path / "macro.parquet"))
