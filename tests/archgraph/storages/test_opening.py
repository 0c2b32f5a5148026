"""Storages by their URLs: what is none is said, without passwords."""

import errno
import sqlite3
import traceback

import pytest
import small_disks
from optuna.exceptions import StorageInternalError
from sqlalchemy.exc import OperationalError

from archgraph import ArchGraphError, InputError
from archgraph.storages import opening
from archgraph.storages.opening import in_use, open_existing, open_storage, shown_url

SECRET = "secret"


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


def full(code: int) -> OperationalError:
    driver = sqlite3.OperationalError("database or disk is full")
    driver.sqlite_errorcode = code
    error = OperationalError("CREATE TABLE", {}, driver)
    error.__cause__ = driver  # as SQLAlchemy raises it
    return error


@pytest.mark.parametrize(
    "error", [full(sqlite3.SQLITE_FULL), full(sqlite3.SQLITE_IOERR_WRITE), OSError(errno.ENOSPC, "No space left")]
)
def test_a_disk_that_fails_is_no_wrong_name(error, monkeypatch):
    def opened(url):
        raise RuntimeError("the tables could not be made") from error

    monkeypatch.setattr(opening, "_database", opened)
    with pytest.raises(ArchGraphError, match=r"studies.db failed: .* the same command goes on from there") as raised:
        open_storage("sqlite:///studies.db")
    assert not isinstance(raised.value, InputError)


def test_on_a_full_disk_a_storage_that_cannot_be_opened_is_no_wrong_name(tmp_path):
    if why := small_disks.missing(tmp_path / "tried"):
        pytest.skip(why)
    with small_disks.small_disk(tmp_path / "disk", 4) as folder:
        (folder / "filler").write_bytes(b"x" * 4096)
        with pytest.raises(ArchGraphError, match="failed") as raised:
            open_storage(f"sqlite:///{folder}/studies.db")
        assert not isinstance(raised.value, InputError)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:se/cr@et@127.0.0.1:1/x",
        "postgresql://me:se/cret@127.0.0.1:1/x",
        "postgresql://me:se%2Fcr%40et@127.0.0.1:1/x",
        "postgresql://127.0.0.1:1/x?user=me&password=se/cr@et",
        "postgresql://me@127.0.0.1:1/x?password=se%2Fcr%40et",
        "postgresql://me:{secret}@127.0.0.1:1/x",
        "postgresql://me:secret",
        "postgresql:me:secret",
        "nonsense://me:secret@host/x",
        "grpc://me:secret@nowhere.invalid:1",
    ],
)
def test_a_password_is_in_no_message_however_it_is_written(url, monkeypatch):
    monkeypatch.setattr(opening, "_WAIT", 0.1)
    with pytest.raises(InputError) as raised:
        open_storage(url)
    told = "".join(traceback.format_exception(raised.value))
    for secret in ("se/cr", "cr@et", "se%2Fcr", "secret", "cret", "cr%40et"):
        assert secret not in str(raised.value)
        assert secret not in shown_url(url)
        assert f"{secret}@" not in told.replace(url, "")


@pytest.mark.parametrize("url", ["sqlite:///none.db", "journal:none.log"])
def test_an_existing_storage_is_not_made(url, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="no storage"):
        open_existing(url)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("SELECT 1", {}, Exception(f"server me:{SECRET} closed the connection")),
        StorageInternalError(f"An exception is raised during the commit: {SECRET}"),
    ],
)
def test_a_storage_that_fails_in_the_middle_of_work_is_told_without_its_password(error):
    said, url = r"storage postgresql://…@host/s failed: .*; finished work is kept", f"postgresql://me:{SECRET}@host/s"
    with pytest.raises(ArchGraphError, match=said) as raised, in_use(url):
        raise error
    assert SECRET not in "".join(traceback.format_exception(raised.value))


def test_other_errors_are_not_a_storages():
    with pytest.raises(ZeroDivisionError), in_use("sqlite:///s.db"):
        raise ZeroDivisionError
