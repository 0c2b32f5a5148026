"""What several test files share."""

import os
from pathlib import Path

import pytest

from archgraph.cli.main import run


@pytest.fixture(scope="session")
def nasbench() -> Path:
    """The folder of published benchmark tables; tests that need it are skipped without it."""
    folder = os.environ.get("ARCHGRAPH_NASBENCH")
    if not folder or not Path(folder).is_dir():
        pytest.skip("set ARCHGRAPH_NASBENCH to the folder of benchmark tables to run this test")
    return Path(folder)


@pytest.fixture
def archgraph(capsys):
    """Runs the command; gives exit code, stdout and stderr."""

    def call(*arguments):
        with pytest.raises(SystemExit) as stop:
            run([str(a) for a in arguments])
        out, err = capsys.readouterr()
        return stop.value.code, out, err

    return call
