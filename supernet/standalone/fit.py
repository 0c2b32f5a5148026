"""Fit: one architecture trained long, into a model that knows its classes, its preprocessing and how well it does."""

from __future__ import annotations

import hashlib
import json
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from archgraph.checks import check_whole
from archgraph.errors import ArchGraphError
from archgraph.graph import ArchGraph
from archgraph.networks.blueprint import Blueprint
from archgraph.networks.choice import NetworkChoice
from archgraph.persistence.folders import check_folder
from archgraph.persistence.stages import Stages
from archgraph.seeds import derive_seed
from supernet.images.splits import ImageSplits
from supernet.imported.head import with_outputs
from supernet.imported.member import ImportedMember, program_cost
from supernet.imported.program_json import to_json
from supernet.imported.space import NetworkSpace
from supernet.latency import latency
from supernet.model.config import KIND
from supernet.model.evaluation import ImageEvaluation, evaluate
from supernet.model.model import Model
from supernet.model.report import model_report
from supernet.standalone.fit_recipe import FitRecipe
from supernet.standalone.fit_training import TRAINED, VALIDATED, FitTraining
from supernet.summaries import summary_writer

Progress = Callable[[int, int], None]
"""Is given the epochs done and those to do at most."""


@dataclass(frozen=True)
class FitTask:
    """What is trained.

    Args:
        graph: the architecture.
        space: name of its space.
        choice: the network around it.
        id: name of the architecture, for the report.
        source: where it comes from, such as the study that found it, in values that JSON has.
        around: the space around a network that it is a member of, whose weights it inherits; None for the network of
            `choice` with weights that the seed draws.

    Example:
        >>> from archgraph import spaces
        >>> from supernet import FitTask
        >>> task = FitTask(spaces.get("dag:1-4").from_native("3:0-1,1-2"), "dag:1-4", id="chain")
        >>> task.choice.kind
        'published'
    """

    graph: ArchGraph
    space: str = ""
    choice: NetworkChoice = NetworkChoice()
    id: str = ""
    source: Mapping[str, Any] | None = None
    around: NetworkSpace | None = None


def fit(
    task: FitTask,
    data: ImageSplits,
    recipe: FitRecipe | None = None,
    output: Path | None = None,
    seed: int = 0,
    folds: int = 0,
    log: Path | None = None,
    progress: Progress = lambda done, of: None,
) -> Model:
    """Train one architecture long, score it on the test part once, and write its model.

    The validation part chooses the epoch whose averaged weights are kept. Where it is too small for that, `folds`
    cross-validate: so many trainings, each validated on another fold of train and validation part together, say how
    well the recipe does (mean and spread); the model is then trained on both parts, under the same learning rates, to
    the epoch at which the validation loss is least on average over the folds. One network thus learns from all images,
    costs what one network costs, and its figures come from images that it did not see; an average of the folds'
    networks would cost as many times as much wherever it is used.

    A stopped call goes on with the numbers of an unstopped one; what it needs lies beside the output, in
    OUTPUT.training, until that is written.

    Args:
        task: what is trained.
        data: the images, on the device where the network is trained.
        recipe: how; default `FitRecipe()`.
        output: folder of the model; None to keep it in memory alone.
        seed: of weights, batches and augmentation.
        folds: of a cross-validation, from 2; 0 for none.
        log: TensorBoard's log folder; None for none.
        progress: called as epochs are done.

    Raises:
        InputError: before anything is trained. The graph cannot be compiled, a number makes no sense, the output cannot
            be written, or it was begun with other settings.
        ArchGraphError: the training diverged, or memory does not suffice.

    Example:
        >>> from archgraph import spaces
        >>> from supernet import FitRecipe, FitTask, fit, load_images
        >>> task = FitTask(spaces.get("dag:1-4").from_native("2:0-1"), "dag:1-4")
        >>> model = fit(task, load_images("digits").limit_train(64), FitRecipe(epochs=1))
        >>> model.image, 0 <= model.metrics["test_accuracy"] <= 1
        ((1, 8, 8), True)
    """
    run = _Run(task, data, recipe or FitRecipe(), output, seed, folds, log, progress)
    try:
        model = run.model()
    except ArchGraphError:
        run.clear()  # the same settings would fail again, and others begin anew
        raise
    if output is not None:
        model.save(output)
        run.clear()
    return model


class _Run:
    """One call of `fit`."""

    def __init__(
        self,
        task: FitTask,
        data: ImageSplits,
        recipe: FitRecipe,
        output: Path | None,
        seed: int,
        folds: int,
        log: Path | None,
        progress: Progress,
    ) -> None:
        if folds:
            check_whole(2, folds=folds)
        self.task, self.data, self.recipe, self.seed = task, data, recipe, seed
        self.folds, self.log, self.progress = folds, log, progress
        self.made = _untrained(task, data)
        self.done, self.epochs = 0, (folds + 1) * recipe.epochs
        self.stages = None
        if output is not None:
            check_folder(output, KIND)
            self.stages = Stages(output.with_name(f"{output.name}.training"), self._settings())

    def model(self) -> Model:
        """The trained model, scored."""
        task, data = self.task, self.data
        found = [self._once(f"fold{number + 1}", split) for number, split in enumerate(self._splits())]
        folds: list[dict[str, Any]] = []
        if found:
            every = replace(data, train=data.train.joined(data.validation))
            stop = _best_on_average([fold["validation_loss"] for fold in found])
            folds = [fold | {name: fold[name][stop - 1] for name in VALIDATED} for fold in found]
            network, trained = self._trained("final", every, stop)
        else:
            network, trained = self._trained("final", data, None)
        tested = evaluate(network, data.test, data.class_names)
        training = {
            "recipe": self.recipe.to_dict(),
            "seed": self.seed,
            **trained,
            "folds": folds,
            "device": data.train.batch_device.type,
            "source": dict(task.source or {}),
        }
        model = Model(
            task.graph,
            task.space,
            task.choice,
            data.class_names,
            data.preprocessing,
            {name: value.cpu() for name, value in network.state_dict().items()},
            "",
            task.id,
            training,
            _described(data),
            self._metrics(network, trained, folds, tested),
            None if isinstance(self.made, Blueprint) else self.made.program,
        )
        return replace(model, report=model_report(model, tested, data.test))

    def clear(self) -> None:
        """Remove what a stopped run would go on from; the settings last, so that what is left is always a run's."""
        if self.stages is not None:
            for file in sorted(self.stages.folder.iterdir(), key=lambda file: file.name == "settings.json"):
                file.unlink()
            self.stages.folder.rmdir()

    def _splits(self) -> Any:
        return self.data.folds(self.folds) if self.folds else ()

    def _once(self, name: str, data: ImageSplits) -> dict[str, Any]:
        """How a fold's training went, epoch by epoch, from its file if it is there."""

        def train() -> dict[str, Any]:
            trained = self._trained(name, data, None)[1]
            validated = {name: trained["history"][name] for name in VALIDATED}
            return {key: trained[key] for key in ("epochs", "best_epoch")} | validated

        found: dict[str, Any] = train() if self.stages is None else self.stages.once(name, train)
        self.done += self.recipe.epochs
        self.progress(self.done, self.epochs)
        return found

    def _trained(self, name: str, data: ImageSplits, stop: int | None) -> tuple[nn.Module, dict[str, Any]]:
        """A trained network, and how its training went."""
        state = None if self.stages is None else self.stages.folder / f"{name}.safetensors"
        seed = derive_seed(self.seed, "fit", name)
        writer = None if self.log is None else summary_writer(self.log / name)

        def monitor(epoch: int, figures: Mapping[str, float]) -> None:
            self.progress(self.done + epoch, self.epochs)
            if writer is not None:
                for column, value in figures.items():
                    writer.add_scalar(column, value, epoch)
                writer.flush()

        training = FitTraining(self.made, data, self.recipe, seed, state, stop, self._settings(), monitor)
        network = training.run()
        if writer is not None:
            writer.close()
        columns = TRAINED if stop is not None else training.history[0].keys()
        history = {column: [figures[column] for figures in training.history] for column in columns}
        return network, {
            "epochs": len(training.history),
            "best_epoch": training.best_epoch,
            "history": history,
            "seconds": sum(history["seconds"]),
        }

    def _metrics(
        self, network: nn.Module, trained: dict[str, Any], folds: list[dict[str, Any]], tested: ImageEvaluation
    ) -> dict[str, Any]:
        device = self.data.train.batch_device
        taken = latency(network, (1, *self.data.shape), device)
        found = {f"test_{name}": value for name, value in tested.to_dict().items()}
        if folds:
            for name in VALIDATED:
                values = [fold[name] for fold in folds]
                found |= {name: statistics.mean(values), f"{name}_std": statistics.stdev(values)}
        else:
            best = trained["best_epoch"] - 1
            found |= {name: trained["history"][name][best] for name in VALIDATED}
        made = self.made
        cost = made.cost if isinstance(made, Blueprint) else program_cost(made.program, made.state)
        return found | {
            "params": cost.params,
            "flops": cost.flops,
            "latency_ms": 1e3 * taken.median,
            "latency_ms_spread": 1e3 * taken.spread,
            "latency_device": torch.device(device).type,
        }

    def _settings(self) -> dict[str, Any]:
        """What the training depends on."""
        inherits = {} if isinstance(self.made, Blueprint) else {"inherits": _digest(self.made)}
        return inherits | {
            "ops": list(self.task.graph.ops),
            "edges": [list(edge) for edge in self.task.graph.edges],
            "space": self.task.space,
            "network": self.task.choice.to_dict(),
            "recipe": self.recipe.to_dict(),
            "seed": self.seed,
            "folds": self.folds,
            "data": {**_described(self.data), "preprocessing": self.data.preprocessing.to_dict()},
        }


def _untrained(task: FitTask, data: ImageSplits) -> Blueprint | ImportedMember:
    """What is trained, before it is.

    Raises:
        InputError: it cannot be compiled, or does not suit the images.
    """
    if task.around is None:
        return task.choice.blueprint(task.graph, task.space, data.shape, data.classes).prune()
    task.around.check_images(data.shape)
    return with_outputs(task.around.member(task.graph), data.classes)


def _digest(made: ImportedMember) -> str:
    """Of a network and the weights that it begins with."""
    digest = hashlib.blake2b(json.dumps(to_json(made.program)).encode(), digest_size=16)
    for name in sorted(made.state):
        digest.update(made.state[name].contiguous().numpy().tobytes())
    return digest.hexdigest()


def _best_on_average(losses: Sequence[Sequence[float]]) -> int:
    """The epoch, from 1, of the least mean validation loss over trainings; of those epochs that all of them reached."""
    means = [statistics.mean(values) for values in zip(*losses, strict=False)]
    return 1 + means.index(min(means))


def _described(data: ImageSplits) -> dict[str, Any]:
    """What a model was trained on."""
    return {
        "name": data.name,
        "images": {name: data.counts(part) for name, part in data.parts.items()},
        "mirrored": data.mirrored,
        "notes": list(data.notes),
        "described": data.described(),
    }
