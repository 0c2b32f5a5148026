"""One network trained long, epoch by epoch; a stopped training goes on with the numbers of an unstopped one."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from archgraph.errors import ArchGraphError
from archgraph.networks.blueprint import Blueprint
from archgraph.persistence.training_state import TrainingState
from archgraph.seeds import derive_seed
from supernet.images.augmentation import BatchAugmentation
from supernet.images.splits import ImagePart, Images, ImageSplits
from supernet.imported.member import ImportedMember
from supernet.network import Network
from supernet.standalone.fit_recipe import FitRecipe

TRAINED = ("train_loss", "train_accuracy", "learning_rate", "seconds")
VALIDATED = ("validation_loss", "validation_accuracy")
COLUMNS = (*TRAINED, *VALIDATED)
"""Figures of an epoch; those of the training are of augmented images and smoothed targets, as its weights change."""
FASTEST = torch.channels_last
"""How images lie in memory: a step on a CPU takes two thirds of the time that it takes with channels first."""
LEAST_AT_ONCE = 2
"""Images that a step is split down to where memory is short; a norm needs two."""
EpochMonitor = Callable[[int, Mapping[str, float]], None]
"""Is given the epochs done and the figures of the last one."""


class FitTraining:
    """The training of one network.

    Where memory runs out, a step's images go through the network in halves, quarters and so on, whose gradients add up.

    Args:
        made: the network as a blueprint, or from elsewhere with the weights that it inherits.
        data: where it is used; of its parts, the test part is not touched.
        recipe: how the network is trained.
        seed: of its weights, batches and augmentation.
        state: file that keeps the training after every epoch; None for none.
        stop: train to the end of this epoch, and keep its weights, without asking the validation part; None to let the
            validation part decide.
        settings: what the state depends on besides, in JSON's values.
        monitor: called after every epoch.

    Attributes:
        history: the figures `COLUMNS` of each epoch; without validation NaN where they would stand.
        best_epoch: whose weights are kept, counted from 1.

    Raises:
        InputError: the state file is damaged, or of another training.
    """

    def __init__(
        self,
        made: Blueprint | ImportedMember,
        data: ImageSplits,
        recipe: FitRecipe,
        seed: int,
        state: Path | None = None,
        stop: int | None = None,
        settings: Mapping[str, Any] | None = None,
        monitor: EpochMonitor = lambda epoch, figures: None,
    ) -> None:
        self.data, self.recipe, self.stop, self.monitor = data, recipe, stop, monitor
        self.device = data.train.batch_device
        self.seed = seed
        self.layout = FASTEST if isinstance(made, Blueprint) else torch.contiguous_format
        self.network = trainable(made, seed).to(self.device).to(memory_format=self.layout)
        self.averaged = AveragedModel(self.network, use_buffers=True)
        self.best = trainable(made, seed).to(self.device).to(memory_format=self.layout)
        self.optimizer = recipe.steps().make_optimizer(list(self.network.parameters()))
        self.generator = torch.Generator().manual_seed(seed)
        self.augment = BatchAugmentation(recipe.augmentation, data.preprocessing, data.classes)
        weights = recipe.weights_of_classes(data)
        self.class_weights = None if weights is None else weights.to(self.device)
        self.parts = 1
        self.best_epoch = 0
        self.history: list[dict[str, float]] = []
        self.state = None if state is None else self._restored(state, dict(settings or {}))

    def run(self) -> nn.Module:
        """Train to the end, and return the network with the averaged weights that are kept, in evaluation mode.

        Raises:
            ArchGraphError: the training diverged, or memory does not even suffice for two images.
        """
        while not self._finished():
            with torch.random.fork_rng([self.device] if self.device.type == "cuda" else []):
                torch.manual_seed(
                    derive_seed(self.seed, "epoch", len(self.history))
                )  # of what networks draw, as dropout
                self._run_epoch()
            if self.state is not None:
                self.state.save(self._progress())
            self.monitor(len(self.history), self.history[-1])
        return self.best.eval()

    def _finished(self) -> bool:
        done, patience = len(self.history), self.recipe.patience
        if self.stop is not None:
            return done >= self.stop
        return done >= self.recipe.epochs or bool(patience and done - self.best_epoch >= patience)

    def _run_epoch(self) -> None:
        started, epoch = time.perf_counter(), len(self.history)
        size = min(self.recipe.batch_size, len(self.data.train))
        steps = max(len(self.data.train) // size, 1)
        total = torch.zeros(2, device=self.device)
        for step, batch in enumerate(self.data.train.epoch(self.recipe.batch_size, self.generator)):
            rate = self.recipe.rate(epoch + (step + 0.5) / steps)
            for group in self.optimizer.param_groups:
                group["lr"] = rate
            total += self._step(batch)
            self._average(epoch * steps + step)
        loss, accuracy = (total / steps).cpu().tolist()
        self._check(loss, "loss")
        figures = {"train_loss": loss, "train_accuracy": accuracy, "learning_rate": rate}
        figures |= self._validated() if self.stop is None else dict.fromkeys(VALIDATED, math.nan)
        lowest = min((each["validation_loss"] for each in self.history), default=math.inf)
        if self.stop is not None or figures["validation_loss"] < lowest:
            self.best.load_state_dict(self.averaged.module.state_dict())
            self.best_epoch = epoch + 1
        self.history.append(figures | {"seconds": time.perf_counter() - started})

    def _step(self, batch: Images) -> Tensor:
        """Mean loss and accuracy of a step, [2]."""
        images, targets = self.augment(batch.images, batch.labels, self.generator)
        self.network.train()
        while True:
            try:
                found = self._gradients(images, targets)
                break
            except RuntimeError as error:
                if not _out_of_memory(error):
                    raise
            if len(images) // (2 * self.parts) < LEAST_AT_ONCE:
                raise ArchGraphError(
                    f"the {self.device.type} has too little memory to train this network with {LEAST_AT_ONCE} images "
                    "at once; take smaller images or a smaller network"
                )
            self.parts *= 2
            if self.device.type == "cuda":
                torch.cuda.empty_cache()
        if self.recipe.clip:
            nn.utils.clip_grad_norm_(self.network.parameters(), self.recipe.clip)
        self.optimizer.step()
        return found

    def _gradients(self, images: Tensor, targets: Tensor) -> Tensor:
        """The gradients of a step, in as many parts as memory asks for; mean loss and accuracy, [2]."""
        self.optimizer.zero_grad()
        found = torch.zeros(2, device=self.device)
        for own, wanted in zip(images.tensor_split(self.parts), targets.tensor_split(self.parts), strict=True):
            with self.recipe.steps().autocast(self.device):
                logits = self.network(own.contiguous(memory_format=self.layout))
            share = len(own) / len(images)
            loss = share * F.cross_entropy(
                logits.float(), wanted, self.class_weights, label_smoothing=self.recipe.label_smoothing
            )
            loss.backward()
            right = (logits.argmax(1) == wanted.argmax(1)).float().mean()
            found += torch.stack([loss.detach(), share * right])
        return found

    def _average(self, step: int) -> None:
        decay = min(self.recipe.averaging, (1 + step) / (10 + step))
        self.averaged.multi_avg_fn = get_ema_multi_avg_fn(decay)
        self.averaged.update_parameters(self.network)

    @torch.no_grad()
    def _validated(self) -> dict[str, float]:
        """Loss and accuracy of the averaged weights on the validation part."""
        self.averaged.eval()
        loss, accuracy = self._summed(self.data.validation)
        self._check(loss, "validation loss")
        return {"validation_loss": loss, "validation_accuracy": accuracy}

    def _summed(self, part: ImagePart) -> tuple[float, float]:
        total = torch.zeros(3, device=self.device)
        for batch in part.in_order(max(self.recipe.batch_size // self.parts, 1)):
            with self.recipe.steps().autocast(self.device):
                logits = self.averaged(batch.images.contiguous(memory_format=self.layout)).float()
            losses = F.cross_entropy(logits, batch.labels, reduction="none")
            counts = torch.ones_like(losses) if self.class_weights is None else self.class_weights[batch.labels]
            right = (logits.argmax(1) == batch.labels).float()
            total += torch.stack([(losses * counts).sum(), counts.sum(), right.sum()])
        loss, images, correct = total.cpu().tolist()
        return loss / images, correct / len(part)

    def _check(self, loss: float, what: str) -> None:
        if not math.isfinite(loss):
            raise ArchGraphError(
                f"the training diverged: in epoch {len(self.history) + 1} the {what} is {loss}; take a lower learning "
                f"rate than {self.recipe.learning_rate:g}, or clip gradients"
            )

    def _progress(self) -> dict[str, Tensor]:
        rows = [[figures[name] for name in COLUMNS] for figures in self.history]
        return {
            "history": torch.tensor(rows, dtype=torch.float64),
            "best_epoch": torch.tensor(self.best_epoch),
            "parts": torch.tensor(self.parts),
        }

    def _restored(self, path: Path, settings: dict[str, Any]) -> TrainingState:
        """The state's file, after everything that it holds was put back."""
        model = nn.ModuleDict({"network": self.network, "averaged": self.averaged, "best": self.best})
        settings |= {"recipe": self.recipe.to_dict(), "stop": self.stop}
        state = TrainingState(path, model, {"weights": self.optimizer}, [self.generator], settings)
        if progress := state.load():
            self.history = [dict(zip(COLUMNS, row, strict=True)) for row in progress["history"].tolist()]
            self.best_epoch, self.parts = int(progress["best_epoch"]), int(progress["parts"])
            for moments in self.optimizer.state.values():  # fused optimisers read them in the order of the weights
                for name, value in moments.items():
                    if value.dim() == 4:
                        moments[name] = value.contiguous(memory_format=self.layout)
        return state


def trainable(made: Blueprint | ImportedMember, seed: int) -> nn.Module:
    """A network with weights of its own: inherited ones, or those that the seed draws."""
    return Network(made, seed) if isinstance(made, Blueprint) else made.network()


def _out_of_memory(error: RuntimeError) -> bool:
    return isinstance(error, torch.OutOfMemoryError) or "DefaultCPUAllocator" in str(error)
