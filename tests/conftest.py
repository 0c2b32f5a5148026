"""What all tests share."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import postgresql
import pytest
from hypothesis import settings

# Threads that spin while they wait make tests crawl where anything else runs; read when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# How long one example takes is the machine's affair; a busy one is no fault of what is tested.
settings.register_profile("archgraph", deadline=None)
settings.load_profile("archgraph")


@pytest.fixture(scope="session")
def nasbench() -> Path:
    """The folder of published benchmark tables; tests that need it are skipped without it."""
    folder = os.environ.get("ARCHGRAPH_NASBENCH")
    if not folder or not Path(folder).is_dir():
        pytest.skip("set ARCHGRAPH_NASBENCH to the folder of benchmark tables to run this test")
    return Path(folder)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A PostgreSQL server; tests that need it are skipped without its programs."""
    if why := postgresql.missing():
        pytest.skip(why)
    with postgresql.server() as url:
        yield url


@pytest.fixture(params=["sqlite", "journal", "postgresql"])
def storage_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A storage of each kind that is not there yet; of PostgreSQL an empty database."""
    if request.param == "postgresql":
        return postgresql.new_database(request.getfixturevalue("postgresql_server"), uuid.uuid4().hex)
    return {"sqlite": f"sqlite:///{tmp_path}/studies.db", "journal": f"journal:{tmp_path}/studies.log"}[request.param]
