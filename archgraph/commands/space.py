"""`archgraph space`: list, enumerate and sample spaces."""

from __future__ import annotations

from typing import Annotated

import typer

from archgraph.cli.common import Graphs, Json, OutGraphs, Seed, check_output, print_table, write_graphs

app = typer.Typer(help="The spaces of architectures.", no_args_is_help=True, rich_markup_mode=None)
SpaceName = Annotated[str, typer.Argument(help="A space, as `archgraph space list` names it.", metavar="SPACE")]


@app.command("list")
def list_spaces(as_json: Json = False) -> None:
    """List the spaces."""
    import json

    from archgraph import spaces

    if as_json:
        typer.echo(json.dumps(spaces.listed()))
    else:
        print_table(("space", "what it is"), spaces.listed().items())


@app.command()
def enumerate(space: SpaceName, output: OutGraphs = None) -> None:
    """Write all members of a finite space, each once up to isomorphism."""
    from archgraph import spaces

    check_output(output)
    write_graphs(spaces.get(space).enumerate(), output)


@app.command()
def sample(
    space: SpaceName,
    n: Annotated[int, typer.Option("-n", help="How many.", min=1, max=10_000_000)] = 10,
    seed: Seed = 0,
    output: OutGraphs = None,
) -> None:
    """Write N members drawn independently."""
    from archgraph import spaces

    check_output(output)
    write_graphs(spaces.sample_table(spaces.get(space), n, seed), output)


@app.command()
def neighbors(space: SpaceName, graphs: Graphs, output: OutGraphs = None) -> None:
    """Write the members one edit away from each graph; `id` names the graph and the neighbour's number."""
    from archgraph import spaces
    from archgraph.errors import InputError
    from archgraph.table.table import ArchTable

    check_output(output)
    found, table = spaces.get(space), ArchTable.read(graphs)
    try:
        write_graphs(spaces.neighbors_table(found, table), output)
    except InputError as error:
        raise InputError(f"{graphs}, {error}") from error
