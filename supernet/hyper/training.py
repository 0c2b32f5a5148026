r"""Training hyper-architectures by DARTS (Liu et al. 2019): bilevel of first or second order, or single-level.

Bilevel, the training part is split at random: weights are fitted to one half and architecture parameters to the other,
a step of the one and a step of the other in turn. Two choices make the architecture parameters differ between cells
(reconstructions; measured in tests/benchmarks/RESULTS.md): the weights see random mixtures (`supernet.hyper.mixtures`),
and `natural` steps of the architecture parameters (`supernet.hyper.alpha_steps`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from archgraph.errors import DivergedError, InputError
from archgraph.persistence.training_state import TrainingState
from supernet import distributed
from supernet.hyper.alpha_steps import AlphaStep
from supernet.hyper.batches import BatchStream, beside
from supernet.hyper.mixed import MixedNetwork, softmaxed
from supernet.hyper.ranks import RowValues
from supernet.hyper.recipe import BilevelRecipe
from supernet.hyper.regularisers import penalty
from supernet.hyper.sampled_effects import path_effects, sampled_effects
from supernet.hyper.side_by_side import SideBySide
from supernet.hyper.unrolled import unrolled_gradients
from supernet.images.splits import ImagePart, Images
from supernet.standalone.training import clip_each


class Monitor(Protocol):
    """Is given the losses and the architecture parameters of each training after every epoch."""

    def __call__(self, epoch: int, losses: Sequence[float], alphas: Sequence[Sequence[Tensor]]) -> None: ...


class HyperTraining:
    """Trainings of networks with mixtures; they can be stopped at any moment and go on where they were.

    Args:
        model: a hyper-architecture, or DARTS' one graph; or several `SideBySide`.
        train: the training part, split within.
        recipe: how each is trained.
        seeds: of the split, the order and the mixtures of each.
        state: file of the training state, written after every epoch; None for none.
        monitor: called after every epoch.

    Attributes:
        streams: what each training sees.
        losses: mean loss of the last step of each.

    Raises:
        InputError: not one seed a network, several where the recipe sees one network at a time; or the state file is
            damaged, or of other trainings.

    Example:
        >>> from archgraph import spaces
        >>> from supernet import BilevelRecipe, HyperArchitecture, HyperTraining, Skeleton, load_images
        >>> images, cells = load_images("digits").limit_train(64), list(spaces.get("dag:2").enumerate())
        >>> network = HyperArchitecture([cells], Skeleton.fade(images.shape, images.classes, rows=1, width=4), seed=0)
        >>> training = HyperTraining(network, images.train, BilevelRecipe(epochs=1, warm_up=0), seeds=[0])
        >>> training.run()
        >>> len(training.losses)
        1
    """

    def __init__(
        self,
        model: MixedNetwork | SideBySide,
        train: ImagePart,
        recipe: BilevelRecipe,
        seeds: Sequence[int],
        state: Path | None = None,
        monitor: Monitor | None = None,
    ) -> None:
        self.model, self.recipe, self.monitor = model, recipe, monitor
        if len(seeds) != model.bank.count:
            raise InputError(f"each network's training has a seed, but got {len(seeds)} for {model.bank.count}")
        if len(seeds) > 1 and recipe.one_network:
            raise InputError("second order and single mixtures see one network at a time; give one seed")
        self.streams = [BatchStream(train, recipe, seed) for seed in seeds]
        self.weights, self.alphas = list(model.weights()), model.alphas
        self.optimizer = recipe.make_optimizer([*self.weights, *self.alphas] if recipe.joint else self.weights)
        self.alpha_step = AlphaStep(recipe.alpha_step, self.alphas, recipe.alpha_rate)
        images = len(self.streams[0].own)
        self.steps = max(1, images // min(recipe.batch_size, images))
        self.epoch = 0
        self.losses = [float("nan")] * len(seeds)
        if recipe.alpha_start == "uniform":
            self._draw_alphas()
        settings = asdict(recipe) | {"seeds": list(seeds), "images": len(train)}
        self.state = None if state is None else self._restored(state, settings)
        self.replica: nn.Module = distributed.wrap(model, unused=recipe.mixture == "single")

    def run(self) -> None:
        """Train to the end of the recipe.

        Raises:
            DivergedError: weights or architecture parameters have come to be no finite numbers.
        """
        while self.epoch < self.recipe.epochs:
            self._run_epoch()
            self.epoch += 1
            self._check_finite()
            if self.monitor is not None:
                self.monitor(self.epoch, self.losses, [alphas for _, alphas in self._each()])
            if self.state is not None and distributed.first():
                losses = torch.tensor(self.losses, dtype=torch.float64)
                self.state.save({"epoch": torch.tensor(self.epoch), "losses": losses})
            distributed.wait()

    def probabilities(self) -> list[list[RowValues]]:
        """softmax(alpha) of each mixture of each training; in a hyper-architecture the ranks of a row's cells."""
        return [softmaxed(alphas) for _, alphas in self._each()]

    def networks(self) -> list[tuple[MixedNetwork, ImagePart]]:
        """Each network, and the part of the images that its architecture parameters were fitted to."""
        networks = [self.model] if isinstance(self.model, MixedNetwork) else self.model.networks()
        return [(network, stream.held_out) for network, stream in zip(networks, self.streams, strict=True)]

    def _each(self) -> list[tuple[BatchStream, list[nn.Parameter]]]:
        """Each training with its architecture parameters."""
        rows = len(self.alphas) // len(self.streams)
        return [(stream, self.alphas[i * rows : (i + 1) * rows]) for i, stream in enumerate(self.streams)]

    def _check_finite(self) -> None:
        """
        Raises:
            DivergedError: a parameter is no finite number; on all processes at once, since they share them.
        """
        with torch.no_grad():
            sums = torch.stack([parameter.sum() for parameter in (*self.weights, *self.alphas)])
        if not sums.isfinite().all():
            raise DivergedError(
                f"the training of the hyper-architecture diverged in epoch {self.epoch} of {self.recipe.epochs}: "
                "its weights are no finite numbers; a lower learning rate may help"
            )

    def _run_epoch(self) -> None:
        recipe, step = self.recipe, self.epoch * self.steps
        held_out = zip(*(stream.held_out_batches() for stream in self.streams), strict=True)
        for own in zip(*(stream.own_batches() for stream in self.streams), strict=True):
            rate = recipe.rate(step / self.steps)
            for group in self.optimizer.param_groups:
                group["lr"] = rate
            batch = beside(own)
            if self._moving and not recipe.joint:
                other = batch if recipe.order == "single-level" else beside(next(held_out))
                self._step_alphas(batch, other, rate)
            found = self._step_weights(batch)
            step += 1
        self.losses = found.cpu().tolist()  # once an epoch, since a device is waited for

    @property
    def _moving(self) -> bool:
        """Whether architecture parameters move by now."""
        return self.epoch >= self.recipe.warm_up

    def _draw_alphas(self) -> None:
        with torch.no_grad():
            for stream, alphas in self._each():
                for alpha in alphas:
                    alpha.copy_(torch.rand(len(alpha), generator=stream.generator))

    def _penalty(self) -> Tensor:
        """FaDE's regulariser at this time, of all trainings."""
        recipe = self.recipe
        time = (self.epoch - recipe.warm_up) / max(recipe.epochs - recipe.warm_up - 1, 1)
        each = [penalty(alphas, recipe.regulariser, time) for _, alphas in self._each()]
        return recipe.strength * torch.stack(each).sum()

    def _step_alphas(self, batch: Images, other: Images, rate: float) -> None:
        recipe = self.recipe

        def loss_of(images: Images, mixtures: Sequence[Tensor]) -> Tensor:
            with recipe.autocast(images.labels.device):
                logits = self.model(images.images, mixtures)
            return losses(logits, images.labels).sum()

        if recipe.alpha_step in ("substitution", "paths"):
            sampled = sampled_effects if recipe.alpha_step == "substitution" else path_effects
            with recipe.autocast(other.labels.device):
                gradients = sampled(self.model, other, [stream.generator for stream in self.streams])
        else:
            mixtures = [m for stream, alphas in self._each() for m in stream.alpha_mixtures(alphas)]
            if recipe.order == "second":
                gradients = unrolled_gradients(loss_of, self.weights, self.alphas, mixtures, batch, other, rate)
            else:
                gradients = list(torch.autograd.grad(loss_of(other, mixtures), self.alphas))
        distributed.average(gradients)
        if recipe.regulariser != "none":
            extra = torch.autograd.grad(self._penalty(), self.alphas)
            gradients = [g + e for g, e in zip(gradients, extra, strict=True)]
        self.alpha_step(gradients)

    def _step_weights(self, batch: Images) -> Tensor:
        recipe, together = self.recipe, self.recipe.joint and self._moving
        mixtures = [
            mixture
            for stream, alphas in self._each()
            for mixture in (stream.alpha_mixtures(alphas) if together else stream.weight_mixtures(alphas, len(batch)))
        ]
        self.optimizer.zero_grad()
        with recipe.autocast(batch.labels.device):
            if isinstance(self.model, MixedNetwork) and recipe.mixture == "single":
                logits = self.model.single(batch.images, tuple(int(m.argmax()) for m in mixtures))
            else:
                logits = self.replica(batch.images, mixtures)
        found = losses(logits, batch.labels)
        (found.sum() + self._penalty() if together and recipe.regulariser != "none" else found.sum()).backward()
        if together:
            distributed.average([alpha.grad for alpha in self.alphas if alpha.grad is not None])
        if recipe.mixture == "single":
            distributed.average([w.grad for w in self.weights if w.grad is not None])
        if recipe.clip:
            clip_each(self.model.bank, recipe.clip)
        self.optimizer.step()
        return found.detach().view(-1)

    def _restored(self, path: Path, settings: dict[str, Any]) -> TrainingState:
        """The state's file, after everything that it holds was put back."""
        optimizers = {"weights": self.optimizer, "alphas": self.alpha_step.optimizer}
        generators = [stream.generator for stream in self.streams]
        state = TrainingState(path, self.model, optimizers, generators, settings)
        if progress := state.load():
            self.epoch, self.losses = int(progress["epoch"]), progress["losses"].tolist()
        return state


def losses(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean cross-entropy of each training: logits [batch, ..., classes] and labels [batch, ...] -> [...]."""
    each = F.cross_entropy(logits.float().flatten(0, -2), labels.flatten(), reduction="none")
    return each.view(labels.shape).mean(0)
