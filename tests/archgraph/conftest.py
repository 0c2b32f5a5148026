"""What several test files share."""

import pytest

from archgraph.cli.main import run


@pytest.fixture
def archgraph(capsys):
    """Runs the command; gives exit code, stdout and stderr."""

    def call(*arguments):
        with pytest.raises(SystemExit) as stop:
            run([str(a) for a in arguments])
        out, err = capsys.readouterr()
        return stop.value.code, out, err

    return call
