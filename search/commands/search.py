"""`archgraph search`: outer searches as Optuna studies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from archgraph.cli.common import Json, Quiet, Seed, print_result, progress_bar


def search(
    method: Annotated[
        str,
        typer.Argument(
            help="random, evolution, local, tpe, gp, fade or delta; also cmaes, nsga2, and global, which scores all "
            "of a space that is small enough.",
            metavar="METHOD",
        ),
    ],
    trials: Annotated[int, typer.Option(help="Trials to finish, those of an earlier run counted in.", min=1)],
    space: Annotated[str, typer.Option(help="The space; with --rows that of a row's cells.")] = "dag",
    objective: Annotated[
        str,
        typer.Option(
            help="train:DATA trains each architecture, the validation loss counts; table:FILE:METRIC looks it up. "
            "Higher metrics are better, with -METRIC lower; METRIC,-METRIC searches a Pareto front.",
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
        int | None, typer.Option(help="Rows of cells of a dag space; train's default is 3.", min=1, max=16)
    ] = None,
    width: Annotated[int, typer.Option(help="train: channels of the last row.", min=1, max=4096)] = 32,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="A setting of the method, as in --set parents=4.")
    ] = None,
    seed: Seed = 0,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Search for architectures; the same command goes on with a study that was stopped.

    A trial pays for one evaluation; a trial of fade for one step: it trains one hyper-architecture, and by themselves
    the architectures that its ranks put first. Workers that are started with the same command on one storage share
    the study, and none evaluates what another has; of fade, what another has finished.
    """
    from functools import partial

    from search.problem import Problem, Search, best_of, read_settings, run_search
    from search.studies.storages import quiet_optuna
    from supernet.bank.malloc import keep_freed_memory

    chosen = Search(method, read_settings(settings or []), encoder)
    problem = Problem.of(space, objective, rows, width)
    keep_freed_memory()
    with quiet_optuna(), progress_bar(quiet) as bar:
        update = partial(bar.update, bar.add_task("trials", total=trials))
        done = run_search(problem, chosen, trials, storage, study, seed, lambda count: update(completed=count))
        result = best_of(done)
    print_result(result, as_json)
