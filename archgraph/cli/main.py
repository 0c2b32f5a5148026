"""The door: gathers the command groups, and turns errors into one line and an exit code."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

# Threads that spin while they wait bring a machine that does other work too to a halt. Read when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from archgraph.cli import graphs, imports, space
from archgraph.cli.common import fail
from encoders.commands import delta, encoder, generate
from search.commands import compare, demo, search
from supernet.commands import export, supernet

app = typer.Typer(
    name="archgraph",
    help="Neural architectures as graphs: encode, generate, rank and search them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(space.app, name="space")
app.add_typer(encoder.app, name="encoder")
app.add_typer(delta.app, name="delta")
app.add_typer(supernet.app, name="supernet")
for command in (
    graphs.info,
    graphs.draw,
    encoder.encode,
    generate.generate,
    search.search,
    compare.compare,
    export.export,
    demo.demo,
):
    app.command()(command)
app.command("import")(imports.import_)


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

    try:
        code = app(arguments, standalone_mode=False) or 0
    except InputError as error:
        fail(str(error), 2)
    except ArchGraphError as error:
        fail(str(error), 1)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
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


if __name__ == "__main__":
    run()
