"""`archgraph search` as it is started on clusters: under other host names, and in containers with process numbers of
their own, made by `unshare`. The same command line is started again each time."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter

import optuna
import pytest
from small_searches import table

from archgraph.storages.opening import open_existing
from search.studies.study import HASH

SOON = (
    "import time; from archgraph.storages import liveness; liveness.EVERY, liveness.SILENCE = 1, {silence}; "
    "from search.objectives.table import TableObjective as T; ask = T.__call__; "
    "T.__call__ = lambda *given: (time.sleep({seconds}), ask(*given))[1]; "
    "from archgraph.cli.main import run; run()"
)
"""The command, with more frequent signs of life, and an objective that takes its time."""
NUMBERS = ["--pid", "--fork", "--mount-proc", "--kill-child"]
TRIALS = 6

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    """A folder with a table, where namespaces can be made."""
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare (Debian: util-linux)")
    if subprocess.run(["unshare", "--uts", *NUMBERS, "true"], capture_output=True).returncode:
        pytest.skip("only root can make namespaces, and not in every container")
    monkeypatch.chdir(tmp_path)
    table().write("t.parquet")


def started(url, host, numbers=False, seconds=0.5, silence=4):
    """The command under a host name, with process numbers of its own or not."""
    own = NUMBERS if numbers else []
    command = ["search", "random", "--space", "dag:1-4", "--objective", "table:t.parquet:acc", "--trials", str(TRIALS)]
    command += ["--storage", url, "--study", "s", "--quiet"]
    code = SOON.format(silence=silence, seconds=seconds)
    inside = ["sh", "-c", 'hostname "$0"; exec "$@"', host, sys.executable, "-c", code, *command]
    return subprocess.Popen(["unshare", "--uts", *own, *inside], stdout=subprocess.DEVNULL)


def trials(url):
    try:
        return optuna.load_study(study_name="s", storage=open_existing(url)).trials
    except (KeyError, ValueError):  # not there yet
        return []


def in_training(process, url, done):
    """Wait until so many trials are complete and the next one runs."""
    for _ in range(400):
        states = Counter(trial.state.name for trial in trials(url))
        if states["COMPLETE"] >= done and states["RUNNING"]:
            return
        assert process.poll() is None
        time.sleep(0.5)
    raise AssertionError("no training began")


def check(url, given_up):
    """The study has ended with all its trials, none of them twice."""
    found = trials(url)
    assert Counter(trial.state.name for trial in found) == Counter(COMPLETE=TRIALS) + Counter(FAIL=given_up)
    done = [trial.user_attrs[HASH] for trial in found if trial.state.name == "COMPLETE"]
    assert len(set(done)) == TRIALS
    assert [t.user_attrs["given_up"] for t in found if t.state.name == "FAIL"] == ["its worker is gone"] * given_up
    return found


@pytest.mark.parametrize("numbers", [False, True], ids=["another machine", "the number is taken"])
def test_what_a_killed_command_left_is_taken_up_by_the_next(storage_url, numbers):
    """By one under another host name; or by one whose host has another process of the dead one's number, 1."""
    first = started(storage_url, os.uname().nodename if numbers else "pod-a", numbers, seconds=60.0)
    in_training(first, storage_url, 0)
    first.send_signal(signal.SIGKILL)
    first.wait()
    second = started(storage_url, os.uname().nodename if numbers else "pod-b")
    assert second.wait(300) == 0
    found = check(storage_url, 1)
    hosts = {trial.user_attrs["worker"].split(":")[0] for trial in found}
    assert hosts == ({os.uname().nodename} if numbers else {"pod-a", "pod-b"})


def test_two_containers_of_one_name_and_number_leave_each_other_their_trials(storage_url):
    both = [started(storage_url, "gpubox", numbers=True, seconds=1.5, silence=60) for _ in range(2)]
    assert [one.wait(300) for one in both] == [0, 0]
    found = [trial for trial in trials(storage_url) if trial.state.name != "FAIL"]
    assert {trial.state.name for trial in found} == {"COMPLETE"}
    assert TRIALS <= len({trial.user_attrs[HASH] for trial in found}) == len(found) <= TRIALS + 1
    workers = {trial.user_attrs["worker"] for trial in found}
    assert len(workers) == 2
    assert all(name.startswith("gpubox:1:") for name in workers)
    assert not [t for t in trials(storage_url) if t.user_attrs.get("given_up") == "its worker is gone"]


def test_six_commands_start_at_once_on_a_storage_that_is_not_there_yet(storage_url):
    all_six = [started(storage_url, f"pod-{i}", seconds=1.0, silence=60) for i in range(6)]
    assert [one.wait(300) for one in all_six] == [0] * 6
    found = [trial for trial in trials(storage_url) if trial.state.name != "FAIL"]
    assert {trial.state.name for trial in found} == {"COMPLETE"}
    assert TRIALS <= len({trial.user_attrs[HASH] for trial in found}) == len(found) < TRIALS + 6
