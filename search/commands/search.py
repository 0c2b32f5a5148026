"""`archgraph search`: outer searches as Optuna studies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from archgraph.cli.common import AllowCode, Device, Json, Quiet, Seed, check_output, print_result, progress_bar, say
from supernet.commands.options import DownloadOption, RootOption, SizeOption, TrainSizeOption

_NAMED = "archgraph.arguments"


class MethodCommand(TyperCommand):
    """A command whose help, behind the name of a method, lists the settings of that method."""

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        """Remember what is named, before the help is shown."""
        ctx.meta[_NAMED] = list(args)
        return super().parse_args(ctx, args)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Behind the options."""
        from search.problem import all_methods, settings_of

        names = all_methods()
        method = next((one for one in ctx.meta[_NAMED] if one in names), None)
        if method is None:
            return
        found = settings_of(method)
        with formatter.section(f"Settings of {method}, each given as --set NAME=VALUE"):
            rows = [(one.name, f"{one.meaning} [{one.default or 'needed'}]".strip()) for one in found]
            formatter.write_dl(rows or [("none", "there is nothing to set")])


def search(
    method: Annotated[
        str,
        typer.Argument(
            help="random, evolution, local, tpe, gp, fade or delta; also cmaes, nsga2, and global, which scores all "
            "of a space that is small enough; `search METHOD --help` lists the settings of one.",
            metavar="METHOD",
        ),
    ],
    trials: Annotated[int, typer.Option(help="Trials to finish, those of an earlier run counted in.", min=1)],
    space: Annotated[str, typer.Option(help="The space; with --rows that of a row's cells.")] = "dag",
    objective: Annotated[
        str,
        typer.Option(
            help="train:DATA trains each architecture, the validation loss counts; DATA as in `supernet train`; "
            "train:DATA,-params minimises a cost too (params, flops, latency_ms, depth) and gives a Pareto front. "
            "tune:DATA trains members of a space module:FILE a little, from the weights that they inherit. "
            "table:FILE:METRIC looks it up: higher metrics are better, with -METRIC lower; METRIC,-METRIC searches a "
            "Pareto front.",
        ),
    ] = "train:digits",
    storage: Annotated[
        str, typer.Option(help="sqlite:///FILE, postgresql://..., or journal:FILE; any number of workers can share it.")
    ] = "sqlite:///archgraph.db",
    study: Annotated[str | None, typer.Option(help="Name of the study; default METHOD-SEED.")] = None,
    encoder: Annotated[
        Path | None,
        typer.Option(help="Folder of an encoder: fade draws cells from it, samplers search its embedding space."),
    ] = None,
    rows: Annotated[
        int | None,
        typer.Option(
            help="Rows of cells of a dag space (train's default is 3) or of a grammar's cells.", min=1, max=16
        ),
    ] = None,
    network: Annotated[
        str,
        typer.Option(
            help="train: in which network an architecture is trained: published, that of its space (FaDE's rows for "
            "dag); rows, FaDE's rows for any space; or pooled, for any cell one that is trained in little time. `fit`, "
            "`supernet train` and `export` build the same one."
        ),
    ] = "published",
    network_set: Annotated[
        list[str] | None,
        typer.Option("--network-set", help="train: a change to the network, as in --network-set channels=8."),
    ] = None,
    width: Annotated[
        int | None, typer.Option(help="train: channels of the last row of rows; default 32.", min=1, max=4096)
    ] = None,
    size: SizeOption = None,
    train_size: TrainSizeOption = None,
    epochs: Annotated[int | None, typer.Option(help="train: epochs of each training; default 12.", min=1)] = None,
    recipe: Annotated[
        list[str] | None,
        typer.Option(help="train: how networks are trained, as in --recipe learning_rate=0.01; see `Recipe`."),
    ] = None,
    augment: Annotated[
        bool, typer.Option("--augment", help="train: random crops, and flips where the data set allows them.")
    ] = False,
    precision: Annotated[str | None, typer.Option(help="train: float32 or bfloat16 (mixed).")] = None,
    inherit: Annotated[
        bool, typer.Option("--inherit", help="train: with the weights that members inherit, tune:DATA for train:DATA.")
    ] = False,
    limit: Annotated[
        list[str] | None,
        typer.Option(
            help="What an architecture may cost at most, as in --limit params=500k: params, flops (multiply-adds of an "
            "image), latency_ms (of an image on the device) or depth (layers with weights). Repeat for more; they hold "
            "before anything is trained."
        ),
    ] = None,
    batch: Annotated[
        int, typer.Option(help="Trials that are proposed together and trained side by side.", min=1, max=4096)
    ] = 1,
    pruner: Annotated[
        str,
        typer.Option(
            help="Stop poor evaluations early: none, or Optuna's median or hyperband, which compare what trainings "
            "report after each epoch, and a table at each --fidelity. The next proposal takes the place of one that "
            "is stopped, --batch stay side by side, and only what was done is paid for."
        ),
    ] = "none",
    pruner_settings: Annotated[
        list[str] | None,
        typer.Option("--pruner-set", help="A setting of the pruner, as in --pruner-set reduction_factor=4."),
    ] = None,
    fidelity: Annotated[
        list[str] | None,
        typer.Option(
            help="table with --pruner: a column after a shorter training, as in --fidelity 36=val_36 --fidelity "
            "108=val_108, where 108 are the epochs of the objective's own METRIC. Each is a training of its own and "
            "costs its epochs."
        ),
    ] = None,
    max_failures: Annotated[
        int,
        typer.Option(
            help="Evaluations that may fail in a row, each a trial with its reason, before the search stops.", min=1
        ),
    ] = 20,
    start_from: Annotated[
        str | None,
        typer.Option(
            help="Evaluations that are known already and cost nothing, for a new study: a file of graphs with the "
            "objectives as metrics; a study in the same storage by its name, or in another as STORAGE#NAME."
        ),
    ] = None,
    artifacts: Annotated[
        Path | None,
        typer.Option(
            help="Folder for drawings of each new best, which `optuna-dashboard STORAGE --artifact-dir FOLDER` shows; "
            "default FILE-artifacts beside a storage that is a file."
        ),
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="A setting of the method, as in --set parents=4.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            help="Where to write the best architectures, or the Pareto front: graphs with metrics and, in `meta`, the "
            "network, the recipe and the data.",
        ),
    ] = None,
    top: Annotated[int, typer.Option(help="How many of the best to write.", min=1)] = 5,
    root: RootOption = Path("images"),
    download: DownloadOption = False,
    seed: Seed = 0,
    device: Device = "auto",
    quiet: Quiet = False,
    as_json: Json = False,
    allow_code: AllowCode = False,
) -> None:
    """Search for architectures; the same command goes on with a study that was stopped, on this device or another.

    A trial pays for one evaluation; a trial of fade for one step: it trains one hyper-architecture, and by themselves
    the architectures that its ranks put first. What fails is a failed trial with its reason, and not tried again.
    Workers that are started with the same command on one storage share the study, and none evaluates what another has;
    of fade, what another has finished.
    """
    from functools import partial

    from archgraph.storages.quiet import quiet_optuna
    from search.problem import Problem, Search
    from search.run import best_of, run_search
    from search.written import inheriting, read_settings, training_settings
    from supernet.bank.malloc import keep_freed_memory

    check_output(output)
    objective = inheriting(objective) if inherit else objective
    chosen = Search(method, read_settings(settings or []), encoder, batch, pruner, read_settings(pruner_settings or []))
    given = training_settings(recipe or [], network_set or [], limit or [], epochs, augment, precision, fidelity or [])
    where = {"device": device, "root": root, "download": download}
    problem = Problem.of(
        space, objective, rows, width=width, train_size=train_size, network=network, size=size, **given, **where
    )
    keep_freed_memory()
    with quiet_optuna(), progress_bar(quiet) as bar:
        update = partial(bar.update, bar.add_task("trials", total=trials))
        done = run_search(
            problem,
            chosen,
            trials,
            storage,
            study,
            seed,
            progress=lambda n: update(completed=n),
            winners=output,
            top=top,
            say=say,
            max_failures=max_failures,
            known=start_from,
            artifacts=artifacts,
        )
        result = best_of(done)
    print_result(result, as_json)


search.command_class = MethodCommand  # type: ignore[attr-defined]  # which the door asks for
