"""Storages that break the contract are found."""

import optuna
import pytest
from optuna.storages import InMemoryStorage, JournalStorage
from optuna.storages.journal import JournalFileBackend
from suites import broken_promises

from archgraph import InputError
from archgraph.testing import StorageContract


def begin(storage, name, settings, directions):
    study = optuna.create_study(storage=storage, study_name=name, directions=directions, load_if_exists=True)
    begun = study.user_attrs.get("settings", settings)
    if begun != settings:
        raise InputError(f"begun with another {[name for name in settings if begun.get(name) != settings[name]]}")
    if [direction.name.lower() for direction in study.directions] != directions:
        raise InputError(f"begun with {study.directions[0].name.lower()}")
    study.set_user_attr("settings", settings)
    return study


def forgetful(storage, name, settings, directions):
    return optuna.create_study(storage=storage, study_name=name, directions=directions, load_if_exists=True)


def nameless(storage, name, settings, directions):
    return begin(storage, "one", settings, directions)


def suite(open_it, begin_it=begin):
    class Suite(StorageContract):
        def open(self, folder):
            return open_it(folder)

        def begin(self, storage, name, settings, directions):
            return begin_it(storage, name, settings, directions)

    return Suite()


class Stale(JournalFileBackend):
    """Reads what others wrote when it was opened, and no later."""

    def __init__(self, path):
        super().__init__(path)
        self.own = False

    def read_logs(self, log_number_from):
        if self.own:
            return
        self.own = True
        yield from super().read_logs(log_number_from)


def journal(folder):
    return JournalStorage(JournalFileBackend(str(folder / "studies.log")))


def test_a_storage_that_keeps_the_contract_passes(tmp_path):
    assert broken_promises(suite(journal), tmp_path) == set()


@pytest.mark.parametrize(
    ("storage", "begun", "promises"),
    [
        (
            lambda folder: InMemoryStorage(),
            begin,
            {"test_trials_survive_reopening", "test_two_handles_see_each_others_trials", "test_a_trial_ends_once"},
        ),
        (
            lambda folder: JournalStorage(Stale(str(folder / "studies.log"))),
            begin,
            {"test_two_handles_see_each_others_trials", "test_a_trial_that_runs_is_seen_as_such"},
        ),
        (
            journal,
            forgetful,
            {"test_settings_are_kept_as_they_are", "test_other_settings_and_directions_are_refused"},
        ),
        (journal, nameless, {"test_studies_of_different_names_are_apart"}),
    ],
    ids=["in memory", "stale", "without settings", "one study"],
)
def test_what_breaks_the_contract_is_found(storage, begun, promises, tmp_path):
    assert broken_promises(suite(storage, begun), tmp_path) >= promises
