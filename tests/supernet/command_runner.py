"""Commands as the door calls them, but for what is installed."""

import typer
from typer.testing import CliRunner


def run_command(command, *arguments):
    """The result of a command; what it raises comes through."""
    app = typer.Typer(rich_markup_mode=None)
    app.command()(command)
    texts = [str(argument) for argument in arguments]
    return CliRunner().invoke(app, texts, catch_exceptions=False, standalone_mode=False)
