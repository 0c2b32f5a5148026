"""Training an encoder without labels, on graphs of one space or of several.

A noisy auto-encoder with two wishes for the geometry of its embedding space (reconstruction; that noise of fixed size
and a penalty on the norm can stand for a variational posterior is Ghosh et al., "From Variational to Deterministic
Autoencoders", ICLR 2020): the first half of the coordinates are the principal components of the graphs' statistics,
and over all coordinates distance grows with the root of the number of edits, as on a walk that never turns back.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from archgraph.checks import check_not_negative, check_positive, check_share, check_whole
from archgraph.columns import GraphColumns
from archgraph.errors import InputError
from archgraph.persistence.arrays import groups
from archgraph.persistence.deferred import Deferred
from archgraph.persistence.training_state import TrainingState
from archgraph.seeds import derive_seed, seeded
from archgraph.spaces import Space
from archgraph.table.table import ArchTable
from encoders.embedding.decoder import CodeDecoder
from encoders.embedding.encoder import ArchEncoder
from encoders.embedding.targets import codes_by_space, pairs_by_space, principal_statistics
from encoders.graph_network.graphs import DenseGraphs
from encoders.graph_network.network import GraphNetwork

LOSSES = ("reconstruction", "statistics", "distance", "held_out")
_MEASURED = 2048  # held-out graphs looked at while training


@dataclass(frozen=True)
class PretrainConfig:
    """Settings of the training.

    Args:
        latent: coordinates of the embedding.
        steps: mini-batches.
        batch_size: graphs a step; a fourth as many pairs stand beside them.
        learning_rate: of Adam; it rises over a tenth of the steps and falls to zero by a cosine.
        noise: standard deviation of what is added to an embedding before it is decoded; the statistics together have
            a standard deviation of 1 (`targets.SPREAD`).
        statistics_weight, distance_weight, norm_weight: of the terms beside the reconstruction; the norm is that of
            the coordinates that hold no statistics.
        pairs: pairs of known edit distance that are drawn once, before the first step.
        held_out: share of the graphs that are only measured on, one at least.
        look_every: steps between two looks at them.
        patience: looks without improvement after which training stops; the best weights are kept.

    Raises:
        InputError: a number makes no sense.

    Example:
        >>> from encoders import PretrainConfig
        >>> PretrainConfig(latent=16, steps=100).batch_size
        512
    """

    latent: int = 64
    steps: int = 6000
    batch_size: int = 512
    learning_rate: float = 2e-3
    noise: float = 0.03
    statistics_weight: float = 8.0
    distance_weight: float = 4.0
    norm_weight: float = 0.004
    pairs: int = 20_000
    held_out: float = 0.1
    look_every: int = 250
    patience: int = 6

    def __post_init__(self) -> None:
        check_whole(1, latent=self.latent, steps=self.steps, batch_size=self.batch_size, pairs=self.pairs)
        check_whole(1, look_every=self.look_every, patience=self.patience)
        check_positive(learning_rate=self.learning_rate)
        check_not_negative(noise=self.noise, statistics_weight=self.statistics_weight)
        check_not_negative(distance_weight=self.distance_weight, norm_weight=self.norm_weight)
        check_share(held_out=self.held_out)

    def held_out_of(self, graphs: int) -> int:
        """How many of so many graphs are only measured on."""
        return max(1, int(self.held_out * graphs))


@dataclass(frozen=True)
class Pretrained:
    """What training gives.

    Attributes:
        encoder: the encoder.
        decoders: by name of the space, for each space that has codes.
        metrics: `steps` taken, `graphs` trained on, and the last losses.
        curve: steps, and the losses `LOSSES` as averages since the look before, one row a look.

    Example:
        >>> from encoders import load_encoder
        >>> pretrained = load_encoder("encoder").pretrained
        >>> pretrained.encoder.latent, sorted(pretrained.metrics)[:2]
        (8, ['distance', 'graphs'])
    """

    encoder: ArchEncoder
    decoders: Deferred[dict[str, CodeDecoder]] = Deferred()
    metrics: Deferred[dict[str, float]] = Deferred()
    curve: Deferred[list[list[float]]] = Deferred()


Progress = Callable[[int, dict[str, float]], None]
"""Is given the steps that are done and the losses since the last look."""


def pretrain(
    table: ArchTable,
    config: PretrainConfig,
    seed: int,
    spaces: Mapping[str, Space],
    device: torch.device | str = "cpu",
    progress: Progress = lambda steps, losses: None,
    state: Path | None = None,
    start: GraphNetwork | None = None,
) -> Pretrained:
    """Train an encoder and decoders on the graphs of `table`; metrics in the table are not looked at.

    Args:
        table: at least 10 graphs.
        config: sizes and steps; the defaults are the command's.
        seed: of every random choice.
        spaces: the spaces that the table names; graphs of others are learned from by their statistics alone.
        device: where it is trained.
        progress: given the steps done and the losses, as a look is taken.
        state: file in which a stopped training finds where it was; on the CPU it goes on bit for bit.
        start: a pre-trained network that the encoder starts from; it stays as it is. Default random weights.

    Raises:
        InputError: there are fewer than 10 graphs or they are all alike, one is no member of its space, or `state` is
            damaged or of another training.

    Example:
        >>> from archgraph import ArchTable, spaces
        >>> from encoders import PretrainConfig, pretrain
        >>> cells = ArchTable.read("cells.parquet")
        >>> known = {"dag:1-4": spaces.get("dag:1-4")}
        >>> trained = pretrain(cells, PretrainConfig(latent=8, steps=2, pairs=50), seed=0, spaces=known)
        >>> trained.encoder.encode(cells).shape, list(trained.decoders)
        (torch.Size([40, 8]), ['dag:1-4'])
    """
    if len(table) < 10:
        raise InputError(f"an encoder is trained on at least 10 graphs, but got {len(table)}")
    kept, _ = split(len(table), config.held_out_of(len(table)), seed)
    with seeded(derive_seed(seed, "pretrain")):
        training = _Training(table, spaces, config, seed, device, start)
        reached = training.run(kept, progress, state)
    training.model.load_state_dict(reached.best)
    training.model.eval()
    curve = reached.curve.tolist()
    metrics = dict(zip(("steps", *LOSSES), curve[-1], strict=True)) | {"graphs": float(len(kept))}
    return Pretrained(training.encoder, training.decoders, metrics, curve)


def split(graphs: int, held_out: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows to train on and so many rows held out, in random order."""
    order = np.random.default_rng(derive_seed(seed, "split")).permutation(graphs)
    return order[held_out:], order[:held_out]


@dataclass(frozen=True)
class _Progress:
    """How far a training is.

    Attributes:
        step: finished steps.
        curve: the rows of `Pretrained.curve`, [looks, 1 + len(LOSSES)] float64.
        best: the weights that did best on the held-out graphs.
    """

    step: int
    curve: Tensor
    best: dict[str, Tensor]


class _Training:
    """The model, and the losses of a mini-batch.

    Args:
        table: all graphs, held-out ones included; the losses are never asked for those, except to measure.
        start: as for `pretrain`.
    """

    def __init__(
        self,
        table: ArchTable,
        spaces: Mapping[str, Space],
        config: PretrainConfig,
        seed: int,
        device: torch.device | str,
        start: GraphNetwork | None,
    ) -> None:
        self.table, self.config, self.device = table, config, device
        kept, self.held_out = split(len(table), config.held_out_of(len(table)), seed)
        begun = _weights_digest(start) if start else "random"
        self.settings = {**asdict(config), "seed": seed, "graphs": _digest(table), "start": begun}
        rng = np.random.default_rng(derive_seed(seed, "targets"))
        self.codes = codes_by_space(table, spaces)
        self.pairs = pairs_by_space(table[kept], spaces, config.pairs, seed, unseen=table[self.held_out])
        self.statistics = principal_statistics(table, config.latent // 2, rng)
        self.encoder = ArchEncoder(config.latent, **(start.sizes if start else {}))
        if start:
            self.encoder.network.load_state_dict(start.state_dict())
        self.encoder.to(device)
        self.decoders = {
            name: CodeDecoder(spaces[name].options, config.latent).to(device) for name in sorted(self.codes)
        }
        self.scale = nn.Parameter(torch.zeros((), device=device))
        self.model = nn.ModuleList([self.encoder, *self.decoders.values()])
        self.model.register_parameter("scale", self.scale)

    def run(self, kept: np.ndarray, progress: Progress, file: Path | None) -> _Progress:
        config = self.config
        optimizer = torch.optim.Adam(self.model.parameters(), config.learning_rate, fused=True)
        reached = _Progress(0, torch.empty(0, 1 + len(LOSSES), dtype=torch.float64), {})
        state = None
        if file is not None:
            state = TrainingState(file, self.model, {"adam": optimizer}, [torch.default_generator], self.settings)
            if held := state.load():
                reached = _Progress(int(held["step"]), held["curve"], groups(held)["best"])
        rows = torch.from_numpy(kept)
        sums = np.zeros(len(LOSSES))
        for step in range(reached.step, config.steps):
            if _is_over(reached.curve[:, -1], config.patience):
                break
            for group in optimizer.param_groups:
                group["lr"] = config.learning_rate * _schedule(step / config.steps)
            drawn = rows[torch.randint(len(rows), (config.batch_size,))].numpy()
            losses = self.losses(drawn, noise=True)
            optimizer.zero_grad()
            self.total(losses).backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            optimizer.step()
            sums[:-1] += [loss.item() for loss in losses[:-1]]
            looks = (step + 1) % config.look_every == 0 or step + 1 == config.steps
            if looks:
                since = step + 1 - int(reached.curve[-1, 0]) if len(reached.curve) else step + 1
                reached = self._look(step + 1, sums / since, reached)
                sums[:] = 0
                if state:
                    state.save({"step": torch.tensor(step + 1), "curve": reached.curve, "best": reached.best})
            if looks or step % 10 == 0:
                row = reached.curve[-1, 1:].tolist() if len(reached.curve) else []
                progress(step + 1, dict(zip(LOSSES, row, strict=False)))
        return reached

    def _look(self, step: int, averages: np.ndarray, reached: _Progress) -> _Progress:
        """Measure on held-out graphs; keep the weights if they are the best so far."""
        self.model.eval()
        with torch.no_grad():
            held_out = float(self.total(self.losses(self.held_out[:_MEASURED], noise=False)))
        self.model.train()
        row = torch.tensor([[step, *averages[:-1], held_out]], dtype=torch.float64)
        best = reached.best
        if not len(reached.curve) or held_out < float(reached.curve[:, -1].min()):
            best = {name: value.detach().clone() for name, value in self.model.state_dict().items()}
        return _Progress(step, torch.cat([reached.curve, row]), best)

    def losses(self, rows: np.ndarray, noise: bool) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Reconstruction (nats a graph), statistics, distance (squared errors) and squared norm of the rest."""
        config = self.config
        size = len(rows)
        parts = [self.table.columns.take(rows)]
        chosen = np.empty(0, dtype=np.int64)
        if self.pairs is not None and noise:
            chosen = torch.randint(len(self.pairs), (max(1, config.batch_size // 4),)).numpy()
            parts += [self.pairs.first.columns.take(chosen), self.pairs.second.columns.take(chosen)]
        points = self.encoder.embed(DenseGraphs.of(GraphColumns.concatenate(parts), device=self.device))
        own, first, second = points.split([size, len(chosen), len(chosen)])
        known = self.statistics[rows].to(self.device)
        statistics = (own[:, : known.shape[1]] - known).square().sum(1).mean()
        written = own + config.noise * torch.randn_like(own) if noise else own
        reconstruction = sum((self._reconstruction(name, rows, written) for name in self.codes), own.new_zeros(()))
        return (
            reconstruction,
            statistics,
            self._distance(first, second, chosen),
            own[:, known.shape[1] :].square().sum(1).mean(),
        )

    def _reconstruction(self, name: str, rows: np.ndarray, points: Tensor) -> Tensor:
        row = self.codes[name].row[rows]
        own = np.flatnonzero(row >= 0)
        codes = self.codes[name].codes[row[own]].to(self.device)
        return self.decoders[name].loss(points[own], codes) * (len(own) / len(rows))

    def _distance(self, first: Tensor, second: Tensor, chosen: np.ndarray) -> Tensor:
        if self.pairs is None or not len(chosen):
            return first.new_zeros(())
        edits = torch.from_numpy(self.pairs.distance[chosen]).to(self.device)
        distance = ((first - second).square().sum(1) + 1e-6).sqrt()
        return (distance / (self.scale.exp() * edits.sqrt()) - 1).square().mean()

    def total(self, losses: tuple[Tensor, Tensor, Tensor, Tensor]) -> Tensor:
        """The weighted sum."""
        config = self.config
        weights = (1.0, config.statistics_weight, config.distance_weight, config.norm_weight)
        return torch.stack([weight * loss for weight, loss in zip(weights, losses, strict=True)]).sum()


def _weights_digest(network: GraphNetwork) -> str:
    """Different for another network."""
    digest = hashlib.blake2b(digest_size=16)
    for value in network.state_dict().values():
        digest.update(value.cpu().contiguous().numpy().data)
    return digest.hexdigest()


def _digest(table: ArchTable) -> str:
    """Different for other graphs."""
    digest = hashlib.blake2b(digest_size=16)
    for column in (table.op_index, table.edges, table.node_ptr, table.edge_ptr):
        digest.update(np.ascontiguousarray(column).data)
    return digest.hexdigest()


def _schedule(share: float) -> float:
    """Factor of the learning rate after this share of the steps: up for a tenth of them, then down by a cosine."""
    return min(1.0, share / 0.1 + 1e-3) * 0.5 * (1 + math.cos(math.pi * share))


def _is_over(held_out: Tensor, patience: int) -> bool:
    """Whether the best look lies `patience` looks back."""
    return len(held_out) > 0 and len(held_out) - 1 - int(held_out.argmin()) >= patience
