"""`archgraph encoder train | pretrain | list | evaluate | draw` and `archgraph encode`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archgraph.cli.common import (
    Device,
    Graphs,
    Json,
    Quiet,
    Seed,
    check_file,
    print_result,
    resolve_device,
    working_on,
)

if TYPE_CHECKING:
    from rich.progress import Progress
    from torch import Tensor

Losses = Callable[[int, dict[str, float]], None]
app = typer.Typer(help="The encoder of the embedding space.", no_args_is_help=True, rich_markup_mode=None)
EncoderArgument = Annotated[Path, typer.Argument(help="Folder of a trained encoder.", metavar="ENCODER")]


@app.command()
def train(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder of the encoder to write.")],
    graphs: Annotated[list[Path] | None, typer.Argument(help="Graphs to train on.", metavar="[GRAPHS]...")] = None,
    space: Annotated[
        list[str] | None, typer.Option(help="Train on this space, too; may stand several times. See `space list`.")
    ] = None,
    start: Annotated[
        str, typer.Option(help="Encoder to start from: one that ships, a folder, or none.", metavar="ENCODER")
    ] = "base",
    latent: Annotated[int, typer.Option(help="Coordinates of the embedding.", min=2, max=512)] = 64,
    steps: Annotated[
        int, typer.Option(help="Mini-batches at most; it stops early when nothing improves.", min=1)
    ] = 6000,
    batch_size: Annotated[int, typer.Option(help="Graphs in a mini-batch.", min=1)] = 512,
    buckets: Annotated[
        int | None, typer.Option(help="Buckets of the embedding space; default one for 8 graphs, at most 1024.", min=1)
    ] = None,
    sample: Annotated[int, typer.Option(help="Members drawn of a space of more than a million.", min=10)] = 100_000,
    tensorboard: Annotated[Path | None, typer.Option(help="Folder for TensorBoard, with the losses.")] = None,
    seed: Seed = 0,
    device: Device = "auto",
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Train an encoder without labels, and fill buckets with the graphs it was trained on.

    Its graph network starts from that of another encoder. Stopped at any time, the same command goes on where it was.
    """
    from encoders.embedding.pretrain import PretrainConfig
    from encoders.embedding.training import train_encoder

    where = resolve_device(device)
    config = PretrainConfig(latent=latent, steps=steps, batch_size=batch_size)
    with working_on(output, quiet) as bar, _writer(tensorboard) as write:
        shown = _progress(bar, steps, write)
        begun = None if start == "none" else start
        trained = train_encoder(output, graphs or [], space or [], config, buckets, sample, seed, where, shown, begun)
    result = {"encoder": str(output), "members": len(trained.generator.members), **trained.pretrained.metrics}
    print_result(result, as_json)


@app.command()
def pretrain(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder of the encoder to write.")],
    space: Annotated[
        list[str] | None, typer.Option(help="Read this space; may stand several times. Default all that ship.")
    ] = None,
    steps: Annotated[int, typer.Option(help="Mini-batches.", min=1)] = 6000,
    sample: Annotated[int, typer.Option(help="Members drawn of each space that has more.", min=100)] = 40_000,
    seed: Seed = 0,
    device: Device = "auto",
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Train the graph network that `delta train` starts from, without labels, on members of many spaces.

    It learns to predict what is known of every graph for nothing. Stopped at any time, the same command goes on where
    it was. Without options it makes the encoder `base`, which ships.
    """
    from archgraph.spaces import EXAMPLES
    from encoders.teaching.base import pretrain_network
    from encoders.teaching.teach import LessonConfig

    where = resolve_device(device)
    with working_on(output, quiet) as bar:
        shown = _progress(bar, steps, lambda step, losses: None)
        made = pretrain_network(output, space or EXAMPLES, LessonConfig(steps=steps), sample, seed, where, shown)
    errors = {name: known["error"] for name, known in made.trained["lessons"].items()}
    print_result({"encoder": str(output), **errors}, as_json)


@app.command("list")
def list_shipped(as_json: Json = False) -> None:
    """The encoders that ship, by the names that `--encoder` takes, and the spaces that they have read."""
    from encoders.graph_network.checkpoint import load_network
    from encoders.shipped import shipped

    read = {name: (lesson.partition(",")[0] for lesson in load_network(name).trained["lessons"]) for name in shipped()}
    print_result({name: ", ".join(dict.fromkeys(spaces)) for name, spaces in read.items()}, as_json)


@app.command()
def evaluate(
    encoder: EncoderArgument,
    graphs: Annotated[Path | None, typer.Argument(help="Labelled graphs, for --metric.", metavar="[GRAPHS]")] = None,
    metric: Annotated[str | None, typer.Option(help="Metric whose labels a Gaussian process learns from.")] = None,
    score: Annotated[str | None, typer.Option(help="Metric that it is scored against; default the same.")] = None,
    labels: Annotated[int, typer.Option(help="Labels that it learns from.", min=4)] = 100,
    seeds: Annotated[int, typer.Option(help="Random sets of labels.", min=1)] = 5,
    draws: Annotated[int, typer.Option(help="PointArray drawn from the prior.", min=1)] = 10_000,
    pairs: Annotated[int, typer.Option(help="Pairs of graphs within 6 edits.", min=10)] = 2_000,
    as_json: Json = False,
) -> None:
    """Measure an encoder: what comes back, what the prior gives, how smooth it is, and what it knows of a metric."""
    from encoders.evaluation.encoder import evaluate_encoder

    print_result(evaluate_encoder(encoder, graphs, metric, score, labels, seeds, draws, pairs), as_json)


@app.command()
def draw(
    encoder: EncoderArgument,
    output: Annotated[Path, typer.Option("-o", "--output", help="Picture to write, .svg, .png or .pdf.")],
    graphs: Annotated[
        Path | None, typer.Argument(help="Graphs to show; default the members.", metavar="[GRAPHS]")
    ] = None,
    metric: Annotated[str | None, typer.Option(help="Metric that colours the points; default the nodes.")] = None,
    seed: Seed = 0,
) -> None:
    """Draw the embedding space in two dimensions, coloured by a metric, with some of the graphs."""
    from archgraph.persistence.files import atomic_path
    from archgraph.table.table import ArchTable
    from encoders.embedding.checkpoint import load_encoder
    from encoders.evaluation.picture import embedding_picture

    check_file(output, "a picture", ".svg", ".png", ".pdf")
    checkpoint = load_encoder(encoder)
    table = ArchTable.read(graphs) if graphs else checkpoint.generator.members
    figure = embedding_picture(table, checkpoint.pretrained.encoder.encode(table).numpy(), metric, seed)
    with atomic_path(output) as temporary:
        figure.savefig(temporary, dpi=150)


def encode(
    graphs: Graphs,
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write, .parquet.")],
    encoder: Annotated[
        Path, typer.Option("--encoder", help="Folder of a trained encoder, or the name of one that ships.")
    ] = Path("base"),
    device: Device = "auto",
) -> None:
    """Write the embedding of each graph: columns `id`, `z0`, `z1`, ..., in the file's order."""
    import pandas as pd

    from archgraph.table.number_tables import write_numbers
    from archgraph.table.streams import read_parts
    from archgraph.table.table import ArchTable
    from encoders.embedding.checkpoint import load_encoder
    from encoders.graph_network.checkpoint import is_network, load_network

    check_file(output, "a table of embeddings", ".parquet")
    where = resolve_device(device)
    read: Callable[[ArchTable], Tensor]
    if is_network(encoder):
        read = load_network(encoder).network.to(where).read
    else:
        read = load_encoder(encoder).pretrained.encoder.to(where).encode

    def embedded(table: ArchTable) -> pd.DataFrame:
        z = read(table).numpy()
        return pd.DataFrame({"id": table.ids, **{f"z{i}": z[:, i] for i in range(z.shape[1])}})

    write_numbers(output, map(embedded, read_parts(graphs)))


def _progress(bar: Progress, steps: int, write: Losses) -> Losses:
    """Shows the steps that are done, and passes the losses on."""
    task = bar.add_task("training", total=steps)

    def progress(done: int, losses: dict[str, float]) -> None:
        text = " ".join(f"{name} {value:.3g}" for name, value in losses.items())
        bar.update(task, completed=done, description=f"training {text}")
        write(done, losses)

    return progress


@contextmanager
def _writer(folder: Path | None) -> Iterator[Losses]:
    """Writes losses for TensorBoard where a folder is given."""
    if folder is None:
        yield lambda step, losses: None
        return
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        from archgraph.errors import InputError

        raise InputError("--tensorboard needs the package tensorboard: pip install 'archgraph[tensorboard]'") from error
    with ExitStack() as stack:
        writers: list[SummaryWriter] = []

        def write(step: int, losses: dict[str, float]) -> None:
            if not writers:  # made once there is something to write
                writers.append(stack.enter_context(SummaryWriter(str(folder))))
            for name, value in losses.items():
                writers[0].add_scalar(name, value, step)

        yield write
