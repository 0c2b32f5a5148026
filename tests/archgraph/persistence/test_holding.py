"""One process at a time for an output."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from archgraph import InputError
from archgraph.persistence.holding import holding

HOLD = """
import sys, time
from pathlib import Path
from archgraph.persistence.holding import holding
with holding(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def other(tmp_path):
    """Another process that holds `out`."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, tmp_path / "out"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


def test_a_second_process_says_who_holds_the_output_and_does_nothing(tmp_path, other):
    with pytest.raises(InputError, match=f"out is being written by process {other.pid} on "), holding(tmp_path / "out"):
        raise AssertionError("it must not begin")
    with holding(tmp_path / "another"):
        pass


def test_what_a_killed_process_held_is_free(tmp_path, other):
    os.kill(other.pid, signal.SIGKILL)
    other.wait()
    with holding(tmp_path / "out"):
        assert len(list(tmp_path.iterdir())) == 1
    assert not list(tmp_path.iterdir())


def test_nothing_is_left_after_an_error(tmp_path):
    with pytest.raises(ZeroDivisionError), holding(tmp_path / "out"):
        raise ZeroDivisionError
    assert not list(tmp_path.iterdir())


def test_processes_that_begin_at_once_work_one_after_another(tmp_path):
    code = HOLD.replace("time.sleep(60)", "time.sleep(0.05)")
    log = tmp_path / "log"
    code += f"    with open({str(log)!r}, 'a') as file:\n        file.write('done\\n')\n"
    begun = [
        subprocess.Popen([sys.executable, "-c", code, tmp_path / "out"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    deadline = time.monotonic() + 60
    codes = [process.wait(max(deadline - time.monotonic(), 1)) for process in begun]
    for process in begun:
        process.communicate()
    assert codes.count(0) == log.read_text().count("done")
    assert codes.count(0) >= 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log"]


def test_a_relative_name_where_the_working_folder_is_gone_is_refused(tmp_path, monkeypatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(InputError, match="cannot write out: No such file or directory"), holding(Path("out")):
        pass


def test_folders_that_are_not_there_yet_may_be_made_meanwhile(tmp_path):
    with holding(tmp_path / "missing" / "below" / "out"):
        (tmp_path / "missing" / "below").mkdir(parents=True)
    assert [path.name for path in tmp_path.rglob("*")] == ["missing", "below"]


def test_an_output_is_held_by_whatever_links_it_is_named(tmp_path, other):
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / "alias").symlink_to("out")
    for name in ("link/out", "alias", "link/alias"):
        with pytest.raises(InputError, match=f"being written by process {other.pid} on "), holding(tmp_path / name):
            raise AssertionError("it must not begin")


def test_an_output_is_held_in_folders_that_were_made_since(tmp_path):
    output = tmp_path / "missing" / "below" / "out"
    with holding(output):
        output.mkdir(parents=True)
        code = HOLD.replace("time.sleep(60)", "")
        second = subprocess.run([sys.executable, "-c", code, output], capture_output=True, text=True, check=False)
        assert f"being written by process {os.getpid()} on " in second.stderr
    assert [path.name for path in tmp_path.rglob("*")] == ["missing", "below", "out"]
