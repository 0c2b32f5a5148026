"""Design: from images and limits to a trained model, within a budget of time."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import optuna

from archgraph.errors import ArchGraphError
from archgraph.networks.blueprint import Blueprint
from archgraph.persistence.folders import check_folder
from archgraph.persistence.stages import Stages
from archgraph.spaces import NASBench201Space, Space
from archgraph.storages.journals import JOURNAL
from archgraph.storages.quiet import quiet_optuna
from search.designer.networks import SizedNetworks
from search.designer.pace import Clock, fit_step
from search.designer.plan import DesignPlan, Planner
from search.designer.settings import DesignSettings
from search.objectives.evaluation import SECONDS
from search.objectives.limits import checked_limits
from search.objectives.train import TrainObjective
from search.problem import Problem, Search
from search.run import run_search
from search.studies.study import ended, kept
from search.winners import winner_table
from supernet.images.splits import ImageSplits
from supernet.model.config import KIND
from supernet.model.model import Model
from supernet.standalone.fit import FitTask, fit

Progress = Callable[[str, int, int], object]
"""Is given what is being done, how much of it is, and of how much."""
STUDY = "design"


def design(
    images: ImageSplits,
    limits: Mapping[str, float | str] | None = None,
    budget: float = 1800.0,
    output: Path | None = None,
    space: Space | None = None,
    seed: int = 0,
    network: str | None = None,
    settings: DesignSettings | None = None,
    say: Callable[[str], object] = lambda line: None,
    progress: Progress = lambda doing, done, of: None,
    clock: Clock = time.perf_counter,
    started: float | None = None,
) -> Model:
    """Find a good network for images within limits, and train it, in so much time.

    The limits and the time choose the network, and a few timed steps how many trials and epochs the budget pays for.
    What is done follows from this plan; how long the best is trained is decided when the trials are done, by what they
    took and what a step of it takes. Each decision is kept, with all that is finished, in OUTPUT.training until the
    model is written, so that a stopped design goes on, and ends with the numbers of one that was not stopped; only a
    stop before the last decision can change by a little for how many epochs time is left.

    Args:
        images: on the device to train on.
        limits: what an architecture may cost at most: `params`, `flops`, `latency_ms`, `depth`; numbers, or texts
            such as `500k`.
        budget: seconds in all.
        output: folder of the model; None to keep it in memory alone.
        space: of the architectures; default NAS-Bench-201's cells.
        seed: of every random choice.
        network: in which network an architecture is trained, see `NetworkChoice`; default the space's usual one.
        settings: what is chosen for you.
        say: is given one line on what will be done, and how long it takes.
        progress: called as the work goes on.
        clock: in seconds.
        started: when the time began, by `clock`; default now.

    Returns:
        The model; `training["source"]` says how it was found.

    Raises:
        InputError: before anything is trained: nothing keeps the limits, the output cannot be written, or it was begun
            with other settings.
        ArchGraphError: all trainings failed.

    Example:
        >>> from pathlib import Path
        >>> from search import design
        >>> from supernet import load_images
        >>> model = design(load_images("folder:PICTURES"), {"params": "200k"}, 600, Path("model"))  # doctest: +SKIP
        >>> model.metrics["test_accuracy"]  # doctest: +SKIP
    """
    started = clock() if started is None else started
    if output is None:
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder) / "model"
            design(images, limits, budget, made, space, seed, network, settings, say, progress, clock, started)
            model = Model.load(made)
            return replace(model, weights=dict(model.weights), report=str(model.report))
    check_folder(output, KIND)
    chosen, settings = space or NASBench201Space(), settings or DesignSettings()
    if chosen.usual_rows is not None:
        chosen = chosen.with_rows(chosen.usual_rows)
    network = network or chosen.usual_network
    least = checked_limits(limits or {})
    device = images.train.batch_device.type
    sized = SizedNetworks(chosen, images.shape, images.classes, least, settings, device, network)
    known = {
        "space": chosen.name,
        "network": network,
        "limits": least,
        "budget": budget,
        "seed": seed,
        "data": {"name": images.name, "images": {name: images.counts(part) for name, part in images.parts.items()}},
        "preprocessing": images.preprocessing.to_dict(),
    }
    stages = Stages(output.with_name(f"{output.name}.training"), known)

    def planned() -> dict[str, Any]:
        try:
            return Planner(sized, images, budget, started, clock, settings).plan().to_dict()
        except ArchGraphError:
            shutil.rmtree(stages.folder)  # the same settings would fail again, and others begin anew
            raise

    progress("measuring", 0, 1)
    plan = DesignPlan.from_dict(stages.once("plan", planned))
    progress("measuring", 1, 1)
    say(plan.said(chosen.name, images))
    run = _Design(stages, plan, images, chosen, least, seed, settings, progress, clock)
    model = run.model()
    model.save(output)
    shutil.rmtree(stages.folder)
    return Model.load(output)


@dataclass(frozen=True)
class DesignProblem(Problem):
    """A search on images that are at hand.

    Args:
        objective_at_hand: what it is for.
    """

    objective_at_hand: TrainObjective = field(kw_only=True, compare=False, repr=False)

    def open(self) -> TrainObjective:
        """The objective."""
        return self.objective_at_hand


@dataclass(frozen=True)
class _Design:
    """What follows from a plan."""

    stages: Stages
    plan: DesignPlan
    images: ImageSplits
    space: Space
    limits: Mapping[str, float]
    seed: int
    settings: DesignSettings
    progress: Progress
    clock: Clock

    def model(self) -> Model:
        """The model, from its folder if it is trained already."""
        trained = self.stages.folder / "model"
        if trained.is_dir():
            return Model.load(trained)
        native, found, spent = self._found()
        graph = self.space.from_native(native)
        made = self.plan.choice.blueprint(graph, self.space.name, self.images.shape, self.images.classes).prune()
        epochs = int(self.stages.once("epochs", lambda: self._epochs(made, spent)))
        recipe = self.plan.fit_recipe(epochs, self.images.mirrored)
        source = {
            "budget": f"{self.plan.budget:.0f} s",
            "limits": ", ".join(f"{name} {value:,.10g}" for name, value in self.limits.items()) or "none",
            **found,
        }
        task = FitTask(graph, self.space.name, self.plan.choice, native, source)

        def progress(done: int, of: int) -> None:
            self.progress("training the best", done, of)

        return fit(task, self.images, recipe, trained, self.seed, self.plan.folds, progress=progress)

    def _found(self) -> tuple[str, dict[str, Any], float]:
        """The native form of the best architecture, what there is to say of how it was found, and the seconds spent."""
        if not self.plan.trials:
            return self.plan.known[0], {"design": "no search: known from published tables"}, 0.0
        objective = self._objective()
        study = self._searched(objective)
        table = winner_table(study, objective)
        losses = table.metrics[objective.names[0]]
        said = {
            "design": f"{self.plan.method}, {self.plan.trials} trials of {self.plan.trial_epochs} epochs",
            "best of the search": [f"{name} ({loss:.4f})" for name, loss in zip(table.ids, losses, strict=True)],
        }
        return str(table.ids[0]), said, sum(trial.user_attrs[SECONDS] for trial in ended(kept(study)))

    def _objective(self) -> TrainObjective:
        """What the search minimises; it has no look at the test part."""
        plan, images = self.plan, self.plan.searched(self.images)
        untested = replace(images, test=images.validation.take(slice(0, 2)))
        return TrainObjective(
            self.space, plan.choice, untested, plan.recipe, plan.train_size, (), self.limits, self.clock
        )

    def _searched(self, objective: TrainObjective) -> optuna.Study:
        """The study, finished."""
        plan = self.plan
        problem = DesignProblem(self.space.name, f"train:{self.images.name}", objective_at_hand=objective)
        search = Search(plan.method, {"first": list(plan.known)} if plan.known else {}, batch=plan.batch)
        with quiet_optuna():
            return run_search(
                problem,
                search,
                plan.trials,
                f"{JOURNAL}{self.stages.folder / 'study.log'}",
                STUDY,
                self.seed,
                lambda n: self.progress("search", n, plan.trials),
            )

    def _epochs(self, made: Blueprint, spent: float) -> int:
        """Epochs of the final training that are left after so many seconds, at the pace of the network itself."""
        plan, before = self.plan, self.clock()
        share = self.settings.measuring * plan.budget / 2
        step = fit_step(made, self.images, plan.fit_recipe(1, self.images.mirrored), share, self.clock)
        return plan.epochs(self.images, spent + self.clock() - before, step)
