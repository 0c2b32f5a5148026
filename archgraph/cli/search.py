"""`archgraph search`: outer searches as Optuna studies."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from archgraph.cli.common import Json, Quiet, Seed, print_result, progress_bar


class Method(StrEnum):
    """The searches."""

    RANDOM = "random"
    TPE = "tpe"
    FADE = "fade"


def search(
    method: Annotated[Method, typer.Argument(help="random, tpe or fade.", metavar="METHOD")],
    trials: Annotated[int, typer.Option(help="Trials to finish, those of an earlier run counted in.", min=1)],
    space: Annotated[str, typer.Option(help="The space of a row's cells.")] = "dag",
    objective: Annotated[
        str, typer.Option(help="train:DATA trains each architecture; DATA is digits.")
    ] = "train:digits",
    storage: Annotated[str, typer.Option(help="Optuna storage URL.")] = "sqlite:///archgraph.db",
    study: Annotated[str | None, typer.Option(help="Name of the study; default METHOD-SEED.")] = None,
    encoder: Annotated[Path | None, typer.Option(help="Folder of the encoder that fade generates cells with.")] = None,
    rows: Annotated[int, typer.Option(help="Rows of an architecture.", min=1, max=16)] = 3,
    width: Annotated[int, typer.Option(help="Channels of the last row.", min=1, max=4096)] = 32,
    seed: Seed = 0,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Search for architectures of d rows; the same command goes on with a study that was stopped.

    A trial of `random` and `tpe` trains one architecture; a trial of `fade` is one step: it trains one
    hyper-architecture, and by itself the architecture that its ranks put first.
    """
    from archgraph import spaces
    from archgraph.errors import InputError
    from archgraph.seeds import derive_seed
    from encoders.checkpoint import load_encoder
    from search.baselines import random_proposal, run_proposals, tpe_proposal
    from search.fade import FadeConfig, FaDESearch
    from search.objective import TrainObjective
    from search.ranker import HyperRanker
    from search.study import CELLS, completed, open_study, spent
    from supernet.darts import BilevelRecipe
    from supernet.datasets import load_images
    from supernet.skeleton import Skeleton
    from supernet.standalone import Recipe

    kind, _, data = objective.partition(":")
    if kind != "train" or not data:
        raise InputError(f"--objective is written train:DATA, but got {objective[:64]!r}")
    if (method is Method.FADE) != (encoder is not None):
        raise InputError("--encoder FOLDER belongs to the method fade, and fade needs it; `archgraph encoder train`")
    found, images = spaces.get(space), load_images(data)
    skeleton = Skeleton.fade(images.shape, images.classes, rows, width)
    evaluate = TrainObjective(found, skeleton, images, Recipe())
    generator = load_encoder(encoder).generator if encoder is not None else None
    settings = {"method": method.value, "space": found.name, "objective": objective, "rows": rows, "width": width}
    opened = open_study(storage, study or f"{method.value}-{seed}", settings | {"seed": seed})
    with progress_bar(quiet) as bar:
        task = bar.add_task("trials", total=trials, completed=len(completed(opened)))

        def finished() -> bool:
            bar.update(task, completed=len(completed(opened)))
            return len(completed(opened)) >= trials

        own = derive_seed(seed, method.value)
        if generator is not None:
            ranker = HyperRanker(skeleton, images.train, BilevelRecipe())
            FaDESearch(generator, ranker, evaluate, FadeConfig(rows=rows)).run(opened, own, finished)
        else:
            proposal = {Method.RANDOM: random_proposal, Method.TPE: tpe_proposal}[method](found, rows)
            run_proposals(opened, proposal, evaluate, own, finished, batch=1)
    best = opened.best_trial
    result = {
        "study": opened.study_name,
        "trials": len(completed(opened)),
        "validation loss": best.value,
        "validation accuracy": best.user_attrs["validation_accuracy"],
        "cells": " / ".join(best.user_attrs[CELLS]),
        "10^9 multiply-adds": spent(opened),
    }
    print_result(result, as_json)
