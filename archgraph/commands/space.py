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
        typer.echo(json.dumps({name: text for name, (_, text) in spaces.SPACES.items()}))
    else:
        print_table(("space", "what it is"), ((name, text) for name, (_, text) in spaces.SPACES.items()))


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
    import numpy as np

    from archgraph import spaces
    from archgraph.table.table import ArchTable

    check_output(output)
    found = spaces.get(space)
    graphs = found.sample(n, np.random.default_rng(seed))
    write_graphs(ArchTable.from_graphs(graphs, space=found.name, ids=[found.to_native(g) for g in graphs]), output)


@app.command()
def neighbors(space: SpaceName, graphs: Graphs, output: OutGraphs = None) -> None:
    """Write the members one edit away from each graph; `id` names the graph and the neighbour's number."""
    from archgraph import spaces
    from archgraph.errors import InputError
    from archgraph.table.table import ArchTable

    check_output(output)
    found = spaces.get(space)
    table = ArchTable.read(graphs)
    near, ids = [], []
    for i, graph in zip(table.ids, table, strict=True):
        try:
            around = found.neighbors(graph)
        except InputError as error:
            raise InputError(f"{graphs}, graph {i}: {error}") from error
        near += around
        ids += [f"{i}/{n}" for n in range(len(around))]
    write_graphs(ArchTable.from_graphs(near, space=found.name, ids=ids), output)
