"""What all tests share."""

import os
from pathlib import Path

import pytest

# Threads that spin while they wait make tests crawl where anything else runs; read when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


@pytest.fixture(scope="session")
def nasbench() -> Path:
    """The folder of published benchmark tables; tests that need it are skipped without it."""
    folder = os.environ.get("ARCHGRAPH_NASBENCH")
    if not folder or not Path(folder).is_dir():
        pytest.skip("set ARCHGRAPH_NASBENCH to the folder of benchmark tables to run this test")
    return Path(folder)
