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
    from archgraph.errors import InputError
    from archgraph.seeds import derive_seed
    from search.problem import NAMES, Problem, Search, open_search, read_settings, with_rows
    from search.studies.study import completed, ordinal, spent

    if method not in NAMES:
        raise InputError(f"unknown method {method[:64]!r}; choose from {', '.join(NAMES)}")
    if rows is None and objective.startswith("train:") and "x" not in space:
        rows = 3 if space.startswith("dag") else None
    problem = Problem(with_rows(space, rows), objective, width)
    chosen = Search(method, read_settings(settings or []), encoder)
    evaluate = problem.open()
    run = chosen.prepared(evaluate)
    opened = open_search(storage, study or f"{method}-{seed}", problem, evaluate, chosen, seed)
    with progress_bar(quiet) as bar:
        task = bar.add_task("trials", total=trials, completed=len(completed(opened)))

        def finished() -> bool:
            bar.update(task, completed=len(completed(opened)))
            return ordinal(opened) >= trials  # those that other workers have begun counted in

        run(opened, derive_seed(seed, method), finished)
    done = completed(opened)
    result = {"study": opened.study_name, "trials": len(done), "10^9 multiply-adds": spent(opened)}
    if len(evaluate.names) > 1:
        front = opened.best_trials
        result["Pareto front"] = {t.user_attrs["architecture"]: t.values for t in front}
    elif done:
        best = opened.best_trial
        result |= {evaluate.names[0]: best.value, "architecture": best.user_attrs["architecture"]}
    print_result(result, as_json)
