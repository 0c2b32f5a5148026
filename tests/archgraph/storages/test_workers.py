"""Who a worker is, and whether it is there."""

import multiprocessing
import re
import subprocess
import sys

import pytest

from archgraph.storages import workers
from archgraph.storages.workers import is_there, leave, new_worker

CODE = "import time; from archgraph.storages.workers import new_worker; print(new_worker(), flush=True); time.sleep(60)"


@pytest.fixture
def other():
    """A worker in another process, and that process."""
    process = subprocess.Popen([sys.executable, "-c", CODE], stdout=subprocess.PIPE, text=True)
    yield process.stdout.readline().strip(), process
    process.kill()
    process.wait()


def test_workers_of_one_process_have_names_of_their_own_and_leave_one_by_one():
    first, second = new_worker(), new_worker()
    assert first != second
    leave(first)
    assert is_there(first) is False
    assert is_there(second) is True


def test_a_worker_is_there_until_its_process_ends_reaped_or_not(other):
    name, process = other
    assert is_there(name) is True
    process.kill()
    process.stdout.read()  # ends with the process, which nobody has waited for yet
    for _ in range(1000):
        if is_there(name) is False:
            break
    assert is_there(name) is False
    process.wait()
    assert is_there(name) is False


def test_a_process_that_got_the_number_of_another_is_not_that_one(other):
    name, _ = other
    before, start, number = name.rsplit("-", 2)
    assert is_there(f"{before}-{int(start) - 1}-{number}") is False


@pytest.mark.parametrize(("part", "changed"), [(0, "elsewhere"), (2, "0"), (3, "1")])
def test_of_another_host_boot_or_container_nothing_is_known(other, part, changed):
    """Neither of one whose process number is taken here, nor of one whose number is not."""
    parts = re.split("([:-])", other[0])
    parts[2 * part] = changed
    name = "".join(parts)
    assert is_there(name) is None
    parts[2] = "4194304"
    assert is_there("".join(parts)) is None


def test_of_names_of_another_kind_nothing_is_known():
    assert is_there("gpubox:1") is None
    assert is_there("") is None


def test_without_a_kernel_that_tells_nothing_is_known(other, monkeypatch, tmp_path):
    monkeypatch.setattr(workers, "_PROC", tmp_path)
    assert is_there(other[0]) is None
    assert is_there(new_worker()) is True


def test_a_forked_process_is_another_worker():
    name = new_worker()
    with multiprocessing.get_context("fork").Pool(1) as pool:
        child = pool.apply(new_worker)
        assert is_there(child) is True
        assert child.split(":")[1] != name.split(":")[1]
    assert is_there(child) is False
