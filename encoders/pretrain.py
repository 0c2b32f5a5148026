"""Training an encoder without labels: a variational auto-encoder over graphs (Kingma and Welling 2014)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from archgraph.errors import InputError
from archgraph.seeds import derive_seed, seeded
from archgraph.table import ArchTable
from encoders.decoder import GraphDecoder, decoder_for
from encoders.encoder import ArchEncoder
from encoders.resume import load_progress, save_progress


@dataclass(frozen=True)
class PretrainConfig:
    """Settings of the training.

    Args:
        latent: coordinates of the embedding.
        epochs: passes over the graphs.
        batch_size: graphs a step.
        learning_rate: of Adam, falling to zero by a cosine.
        kl_weight: weight of the divergence from the standard normal prior.
        held_out: share of the graphs that are only measured on.
    """

    latent: int = 8
    epochs: int = 200
    batch_size: int = 32
    learning_rate: float = 3e-3
    kl_weight: float = 0.02
    held_out: float = 0.1


@dataclass(frozen=True)
class Pretrained:
    """What training gives: both halves of the auto-encoder and how well they do.

    Attributes:
        metrics: `loss` (nats a graph), `reconstruction` and `reconstruction_held_out` (share of graphs that come back
            exactly from their embedding).
    """

    encoder: ArchEncoder
    decoder: GraphDecoder
    metrics: dict[str, float]


def pretrain(
    table: ArchTable,
    config: PretrainConfig,
    seed: int,
    device: torch.device | str = "cpu",
    progress: Callable[[int], None] = lambda epochs: None,
    state: Path | None = None,
) -> Pretrained:
    """Train an encoder and its decoder on the graphs of `table`; metrics in the table are not looked at.

    Args:
        progress: called after each epoch with the number of those that are done.
        state: file in which a stopped training finds where it was; on the CPU it goes on bit for bit.

    Raises:
        InputError: there are fewer than 10 graphs, or `state` is damaged or of another training.
    """
    if len(table) < 10:
        raise InputError(f"an encoder is trained on at least 10 graphs, but got {len(table)}")
    order = np.random.default_rng(derive_seed(seed, "split")).permutation(len(table))
    held_out, kept = np.split(order, [max(1, int(config.held_out * len(table)))])
    with seeded(derive_seed(seed, "pretrain")):
        encoder = ArchEncoder(config.latent).to(device)
        decoder = decoder_for(table, config.latent).to(device)
        loss = _fit(encoder, decoder, table[kept], config, device, progress, state)
    metrics = {
        "loss": loss,
        "reconstruction": _reconstruction(encoder, decoder, table[kept], device),
        "reconstruction_held_out": _reconstruction(encoder, decoder, table[held_out], device),
    }
    return Pretrained(encoder.eval(), decoder.eval(), metrics)


def _fit(
    encoder: ArchEncoder,
    decoder: GraphDecoder,
    table: ArchTable,
    config: PretrainConfig,
    device: torch.device | str,
    progress: Callable[[int], None],
    state: Path | None,
) -> float:
    model = nn.ModuleList([encoder, decoder])
    optimizer = torch.optim.Adam(model.parameters(), config.learning_rate, fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, config.epochs)
    classes, edges = (target.to(device) for target in decoder.targets(table))
    size = min(config.batch_size, len(table))
    done, mean_loss = load_progress(state, model, optimizer) if state else (0, 0.0)
    schedule.last_epoch = done
    for epoch in range(done, config.epochs):
        order = torch.randperm(len(table))
        total = 0.0
        for rows in order[: len(table) // size * size].view(-1, size):
            mean, log_variance = encoder(table.batch(rows.numpy()).to(device))
            z = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
            rows = rows.to(device)
            loss = decoder.loss(z, classes[rows], edges[rows]) + config.kl_weight * _divergence(mean, log_variance)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            total += loss.item()
        schedule.step()
        mean_loss = total / (len(table) // size)
        if state:
            save_progress(state, model, optimizer, epoch + 1, mean_loss)
        progress(epoch + 1)
    return mean_loss


def _divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Kullback-Leibler divergence from the standard normal, in nats a graph."""
    return 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(1).mean()


def _reconstruction(encoder: ArchEncoder, decoder: GraphDecoder, table: ArchTable, device: torch.device | str) -> float:
    """Share of the graphs that come back exactly when their embedding is decoded."""
    classes, edges = (target.to(device) for target in decoder.targets(table))
    written = decoder.write(encoder.encode(table).to(device))
    same = (written[0] == classes).all(1) & (written[1] == edges).flatten(1).all(1)
    return float(same.float().mean())
