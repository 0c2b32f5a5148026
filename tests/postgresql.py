"""A PostgreSQL server of Debian's packages that lives as long as a block."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from glob import glob
from importlib.util import find_spec
from pathlib import Path


def missing() -> str:
    """Why no server can be started here; empty where one can."""
    if not _program("initdb"):
        return "PostgreSQL is not installed (Debian: apt-get install postgresql)"
    return "" if find_spec("psycopg") else "the package psycopg is not installed (pip install 'archgraph[search]')"


def _program(name: str) -> str:
    versions = sorted(glob(f"/usr/lib/postgresql/*/bin/{name}"), key=lambda path: int(Path(path).parts[4]))
    return versions[-1] if versions else shutil.which(name) or ""


@contextmanager
def server() -> Iterator[str]:
    """Start a server, and stop it; the URL of its databases, without their names."""
    as_user = {"user": "postgres"} if os.geteuid() == 0 else {}  # it refuses to be run by root
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = Path(tempfile.gettempdir(), f"archgraph-postgresql-{port}")
    make = [_program("initdb"), "-D", str(folder), "-U", "tester", "-A", "trust", "--no-sync"]
    subprocess.run(make, check=True, capture_output=True, **as_user)
    control = [_program("pg_ctl"), "-D", str(folder), "-w"]
    options = f"-p {port} -h 127.0.0.1 -k {folder} -F -c max_connections=200"
    begin = [*control, "-o", options, "-l", f"{folder}/log", "start"]
    subprocess.run(begin, check=True, stdout=subprocess.DEVNULL, **as_user)
    try:
        yield f"postgresql://tester@127.0.0.1:{port}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=True, capture_output=True, **as_user)
        shutil.rmtree(folder)


def new_database(server: str, name: str) -> str:
    """An empty database of a server; its URL."""
    import psycopg

    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return f"{server}/{name}"
