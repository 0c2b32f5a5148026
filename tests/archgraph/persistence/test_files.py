"""Files, written whole or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from safetensors import SafetensorError

from archgraph import InputError
from archgraph.persistence.files import atomic_path, check_plain, choosing, probe, writable_folder, write_text
from archgraph.persistence.folders import check_folder


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    target = tmp_path / "a.txt"
    write_text(target, "old")

    def fail_half_way():
        with atomic_path(target) as temporary:
            temporary.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert target.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_path_that_cannot_be_written_is_named(tmp_path):
    for path in (tmp_path, tmp_path / "missing" / "a.txt"):
        with pytest.raises(InputError, match=str(path)):
            probe(path)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="it is a file"):
        writable_folder(tmp_path / "file")


def test_what_a_symbolic_link_leads_to_is_replaced_and_the_link_stays(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "x.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to("folder/x.txt")
    write_text(tmp_path / "link.txt", "new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "folder" / "x.txt").read_text() == "new"
    (tmp_path / "dangling.txt").symlink_to("folder/y.txt")
    write_text(tmp_path / "dangling.txt", "made")
    assert (tmp_path / "folder" / "y.txt").read_text() == "made"


def test_a_device_or_pipe_is_neither_written_nor_read(tmp_path):
    os.mkfifo(tmp_path / "pipe.txt")
    for path in (tmp_path / "pipe.txt", Path("/dev/null"), Path("/dev/zero")):
        with pytest.raises(InputError, match="no plain file"):
            write_text(path, "x")
        with pytest.raises(InputError, match="no plain file"):
            check_plain(path)
    assert (tmp_path / "pipe.txt").is_fifo()


@pytest.mark.parametrize("length", [200, 247, 251])
def test_a_name_as_long_as_the_system_takes_is_written(tmp_path, length):
    write_text(tmp_path / f"{'a' * length}.txt", "x")
    assert [len(path.name) for path in tmp_path.iterdir()] == [length + 4]


def test_a_longer_name_is_refused_in_one_line(tmp_path):
    with pytest.raises(InputError, match="too long"):
        write_text(tmp_path / ("a" * 300), "x")
    with pytest.raises(InputError, match="too long"):
        check_plain(tmp_path / ("a" * 300))


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("[enforce fail] . PytorchStreamWriter failed writing file data/0"),
        SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)"),
    ],
)
def test_what_libraries_make_of_a_full_disk_is_the_systems_error_again(tmp_path, error):
    with pytest.raises(OSError, match="No space left") as told, atomic_path(tmp_path / "x"):
        raise error
    assert told.value.errno == errno.ENOSPC
    assert not list(tmp_path.iterdir())


def test_other_errors_stay_what_they_are(tmp_path):
    with pytest.raises(RuntimeError, match="shapes"), atomic_path(tmp_path / "x"):
        raise RuntimeError("shapes differ")


def test_a_symbolic_link_that_leads_back_to_itself_is_refused(tmp_path):
    (tmp_path / "loop.txt").symlink_to("loop.txt")
    for write in (lambda path: write_text(path, "new"), lambda path: check_folder(path, "encoder")):
        with pytest.raises(InputError, match=r"loop\.txt: its symbolic links lead in a circle"):
            write(tmp_path / "loop.txt")


@pytest.mark.parametrize(
    ("number", "kind"), [(errno.EACCES, InputError), (errno.ENOSPC, OSError), (errno.EIO, OSError)]
)
def test_a_full_or_failing_disk_is_no_wrong_choice_of_a_place(number, kind, tmp_path):
    with pytest.raises(kind) as raised, choosing(tmp_path / "out.parquet"):
        raise OSError(number, "as the system says it")
    assert isinstance(raised.value, InputError) == (kind is InputError)
