"""`archgraph encoder train`, `archgraph encode` and `archgraph generate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from archgraph.cli.common import (
    Device,
    Graphs,
    Json,
    OutGraphs,
    Quiet,
    Seed,
    check_output,
    print_result,
    progress_bar,
    resolve_device,
    write_graphs,
)

app = typer.Typer(help="The encoder of the embedding space.", no_args_is_help=True, rich_markup_mode=None)
Encoder = Annotated[Path, typer.Option("--encoder", help="Folder of a trained encoder.")]


@app.command()
def train(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder of the encoder to write.")],
    graphs: Annotated[list[Path] | None, typer.Argument(help="Graphs to train on.", metavar="[GRAPHS]...")] = None,
    space: Annotated[str | None, typer.Option(help="Train on this space instead of files of graphs.")] = None,
    latent: Annotated[int, typer.Option(help="Coordinates of the embedding.", min=1, max=512)] = 8,
    epochs: Annotated[int, typer.Option(help="Passes over the graphs.", min=1)] = 200,
    buckets: Annotated[int, typer.Option(help="Buckets of the embedding space.", min=1)] = 64,
    seed: Seed = 0,
    device: Device = "auto",
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Train an encoder without labels, and fill buckets with the graphs it was trained on."""
    import numpy as np

    from archgraph import spaces
    from archgraph.errors import InputError
    from archgraph.table import ArchTable
    from encoders.buckets import BucketGenerator
    from encoders.checkpoint import EncoderCheckpoint, check_place
    from encoders.pretrain import PretrainConfig, pretrain

    if bool(graphs) == bool(space):
        raise InputError("give either files of graphs or --space SPACE")
    check_place(output)
    where = resolve_device(device)
    if space:
        found = spaces.get(space)
        if found.size() is None:
            sampled = ArchTable.from_graphs(found.sample(10_000, np.random.default_rng(seed)), space=found.name)
            members = sampled[np.unique(sampled.hashes(), return_index=True)[1]]
        else:
            members = found.enumerate()
    else:
        members = ArchTable.concatenate([ArchTable.read(path) for path in graphs or []])
    buckets = min(buckets, len(members))
    with progress_bar(quiet) as bar:
        task = bar.add_task("epochs", total=epochs)
        config = PretrainConfig(latent=latent, epochs=epochs)
        trained = pretrain(members, config, seed, where, lambda done: bar.update(task, completed=done))
    trained.encoder.cpu()
    trained.decoder.cpu()
    generator = BucketGenerator(members, trained.encoder.encode(members).double().numpy(), buckets, seed)
    EncoderCheckpoint(trained, generator, space or "").save(output)
    print_result({"encoder": str(output), "graphs": len(members), **trained.metrics}, as_json)


def encode(
    graphs: Graphs,
    encoder: Encoder,
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write, .parquet.")],
    device: Device = "auto",
) -> None:
    """Write the embedding of each graph: columns `id`, `z0`, `z1`, ..., in the file's order."""
    import pandas as pd

    from archgraph.errors import InputError
    from archgraph.files import atomic_path, probe
    from archgraph.table import ArchTable
    from encoders.checkpoint import load_encoder

    if output.suffix.lower() != ".parquet":
        raise InputError(f"{output}: embeddings are written to a .parquet file")
    probe(output)
    where = resolve_device(device)
    table = ArchTable.read(graphs)
    z = load_encoder(encoder).pretrained.encoder.to(where).encode(table).numpy()
    frame = pd.DataFrame(z, columns=[f"z{i}" for i in range(z.shape[1])])
    frame.insert(0, "id", table.ids)
    with atomic_path(output) as temporary:
        frame.to_parquet(temporary, index=False)


def generate(
    encoder: Encoder,
    n: Annotated[int, typer.Option("-n", help="How many graphs.", min=1, max=10_000_000)] = 10,
    seed: Seed = 0,
    output: OutGraphs = None,
) -> None:
    """Draw graphs: a typical point of the embedding space, the bucket it falls in, a graph of that bucket."""
    import numpy as np

    from encoders.checkpoint import load_encoder

    check_output(output)
    generator = load_encoder(encoder).generator
    write_graphs(generator.members[generator.sample(n, np.random.default_rng(seed))], output)
