"""The door: finds commands by entry point, and turns errors into one line and an exit code.

A distribution announces a command in the entry point group `archgraph.commands`, as a function with typer's annotations
or a `typer.Typer` of several; a function may have a `command_class` of its own. It is loaded when it is called or
described. `GROUP.COMMAND` adds a command to those of another package, as `space.from-module` does.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib.metadata import EntryPoint, entry_points
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

from archgraph.cli.common import fail

GROUP = "archgraph.commands"


class Door(TyperGroup):
    """The commands that installed distributions announce."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Their names."""
        return sorted(name for name in entry_points(group=GROUP).names if "." not in name)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """One of them, loaded now; None where there is none of this name."""
        found = list(entry_points(group=GROUP, name=cmd_name))
        return _loaded(found[0]) if found else None


def _loaded(point: EntryPoint) -> Any:
    """What an entry point announces, as a command; one that cannot be loaded says so when it is called."""
    try:
        announced = point.load()
    except (ImportError, AttributeError) as error:
        announced = _broken(point, error)
    if isinstance(announced, typer.Typer):
        command: Any = get_group(announced)
        for further in entry_points(group=GROUP):
            group, _, name = further.name.partition(".")
            if group == point.name and name:
                command.add_command(_loaded(further), name)
    else:
        alone = typer.Typer(rich_markup_mode=None, add_completion=False)  # the door has completion
        alone.command(point.name, cls=getattr(announced, "command_class", None))(announced)
        command = get_command(alone)
    command.name = point.name
    return command


def _broken(point: EntryPoint, error: Exception) -> Any:
    from archgraph.errors import InputError

    owner = point.dist.name if point.dist else point.module
    reason = f"{owner} announces the command {point.name}, but it cannot be loaded: {error}"

    def command() -> None:
        raise InputError(reason)

    command.__doc__ = f"Cannot be loaded ({owner})."
    return command


app = typer.Typer(
    name="archgraph",
    cls=Door,
    help="Neural architectures as graphs: encode, generate, rank and search them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(value: bool) -> None:
    if value:
        import archgraph

        typer.echo(f"archgraph {archgraph.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


def run(arguments: list[str] | None = None) -> None:
    """Run the command line; exits with 0 done, 1 the work failed, 2 bad arguments or input, 130 interrupted."""
    from archgraph.errors import ArchGraphError, InputError

    _open_what_is_closed()
    # Threads that spin while they wait bring a machine that does other work too to a halt. Read when torch is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        code = app(arguments, standalone_mode=False) or 0
        sys.stdout.flush()
    except InputError as error:
        fail(str(error), 2)
    except ArchGraphError as error:
        fail(str(error), 1)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:
        if error.errno is None:
            raise
        _forget_output()
        said = os.strerror(error.errno) + (f": {error.filename}" if error.filename else "")
        fail(f"the system says {said}; finished work is kept, the same command goes on from there", 1)
    except Exception as error:
        # Typer carries its own copy of click, whose usage errors are known by what they offer.
        if not hasattr(error, "format_message"):
            raise
        if type(error).__name__ == "NoArgsIsHelpError":  # its message is the help
            typer.echo(error.format_message(), err=True)
            sys.exit(2)
        fail(f"{error.format_message().rstrip('.')}; see --help", 2)
    if code == 130:  # Ctrl-C, as Typer reports it
        fail("interrupted; finished work is kept, the same command goes on from there", 130)
    sys.exit(code)


def _open_what_is_closed() -> None:
    """Let nothing be where stdin, stdout or stderr is closed: the next files to be opened would take their places, and
    what a library says on stderr would be written into them."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(number, True)  # so that workers have it too
    os.close(number)
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - as long as the process
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def _forget_output() -> None:
    """Let what could not be written to stdout go, which Python would try again at its end."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    run()
