"""Zero-cost scores: what can be said of a network before it is trained, many networks at once.

* `naswot`: log-determinant of the kernel of the images' ReLU patterns (Mellor et al. 2021, equation 2).
* `synflow`: logarithm of the sum of weight times gradient over all weights, with their magnitudes and without norms,
  for an image of ones (Tanaka et al. 2020; as a score, Abdelfattah et al. 2021).
* `jacob_cov`: minus the sum of log(e + k) + 1 / (e + k) over the eigenvalues e of the correlation of the images'
  Jacobians, k = 1e-5 (Mellor et al. 2020, first version).
* `grad_norm`: norm of the gradient of the loss on one batch (Abdelfattah et al. 2021).
* `propagation`: 17 columns `propagation_...` of synthetic images in random cells: `supernet.zerocost.propagation`.

All but the last are of whole networks on a batch of real images.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from archgraph.checks import check_whole
from archgraph.errors import InputError
from archgraph.networks.blueprint import Blueprint
from archgraph.networks.choice import NetworkChoice
from archgraph.persistence.journal import Journal
from archgraph.seeds import derive_seed
from archgraph.table.table import ArchTable
from supernet.bank.bank import Bank
from supernet.bank.grouped_steps import GroupedConv, GroupedLinear, GroupedNorm
from supernet.bank.groups import GroupRun
from supernet.images.splits import Images, ImageSplits
from supernet.standalone.bulk import compile_table, digest, rows_together
from supernet.standalone.training import losses
from supernet.zerocost.propagation import COLUMNS, Columns, Work, check_table, propagation

OF_NETWORKS = ("naswot", "synflow", "jacob_cov", "grad_norm")
SCORES = (*OF_NETWORKS, "propagation")


def score_table(
    table: ArchTable,
    data: ImageSplits | None,
    seed: int = 0,
    batch_size: int = 32,
    slots: int = 16,
    network: NetworkChoice = NetworkChoice(),
    scores: Sequence[str] = SCORES,
    device: torch.device | str = "cpu",
    journal: Path | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> ArchTable:
    """The table with the columns of each score; they depend on the architecture and the seed alone.

    Args:
        table: architectures of one space or several.
        data: images, of which scores of networks see the first `batch_size` of the training part in the seed's order;
            may be None for `propagation` alone.
        seed: of the weights and images.
        slots: architectures that run together.
        network: around each architecture.
        scores: some of `SCORES`.
        device: where networks run.
        journal: file of finished work; there, the same call goes on where it was stopped.
        progress: is given how many architectures have just been scored; once for networks and once for propagation.

    Raises:
        InputError: no such score, an architecture cannot be compiled, it has a metric of this name already, a number
            makes no sense, or the journal is of another run.

    Example:
        >>> from archgraph import ArchTable
        >>> from supernet import load_images, score_table
        >>> cells = ArchTable.read("cells.parquet")[:2]
        >>> sorted(score_table(cells, load_images("digits"), scores=["naswot"]).metrics)
        ['naswot', 'nodes']
    """
    check_whole(1, batch_size=batch_size, slots=slots)
    of_networks = _asked(table, scores, data)
    work: list[Iterator[Work]] = []
    if of_networks and data is not None:
        generator = torch.Generator().manual_seed(derive_seed(seed, "images"))
        batch = data.train.batch(torch.randperm(len(data.train), generator=generator)[:batch_size]).to(device)
        work.append(_of_networks(compile_table(table, data, network), batch, seed, slots, of_networks))
    if "propagation" in scores:
        work.append(propagation(table, seed, device))
    settings = {"graphs": digest(table), "scores": sorted(scores), "seed": seed, "lanes": slots}
    settings |= {
        "network": network.to_dict(),
        "images": None if data is None else [data.name, len(data.train), batch_size],
    }
    log = None if journal is None else Journal(journal, settings)
    done = [] if log is None else log.entries.copy()
    found: Columns = {}
    for number, (rows, score_rows) in enumerate(chain(*work)):
        values = done[number] if number < len(done) else {name: v.tolist() for name, v in score_rows().items()}
        if log is not None and number >= len(done):
            log.add([values])
        for name, column in values.items():
            found.setdefault(name, np.full(len(table), np.nan))[rows] = column
        progress(len(rows))
    return table.with_metrics(**found)


def suitable_scores(table: ArchTable) -> tuple[list[str], str]:
    """The scores that all architectures of a table can have, and why others are left out; empty where none is.

    Example:
        >>> from archgraph import ArchTable
        >>> from supernet import suitable_scores
        >>> suitable_scores(ArchTable.read("cells.parquet"))
        (['naswot', 'synflow', 'jacob_cov', 'grad_norm', 'propagation'], '')
    """
    try:
        check_table(table)
    except InputError as error:
        return list(OF_NETWORKS), str(error)
    return list(SCORES), ""


def _of_networks(
    blueprints: Sequence[Blueprint], batch: Images, seed: int, slots: int, scores: Sequence[str]
) -> Iterator[Work]:
    for rows in rows_together(blueprints, slots):
        yield rows, partial(score, [blueprints[row] for row in rows], batch, seed, scores)


def _asked(table: ArchTable, scores: Sequence[str], data: ImageSplits | None) -> list[str]:
    """Those of the scores that are of networks, after a check of everything that can be asked for."""
    if unknown := [name for name in scores if name not in SCORES]:
        raise InputError(f"no score is called {unknown[0]!r}; choose from {', '.join(SCORES)}")
    columns = [*scores, *(COLUMNS if "propagation" in scores else ())]
    if taken := sorted(set(columns) & set(table.metrics)):
        raise InputError(f"the graphs have a metric {taken[0]} already; rename it or give a file without it")
    if "propagation" in scores:
        check_table(table)
    of_networks = [name for name in OF_NETWORKS if name in scores]
    if of_networks and data is None:
        raise InputError(f"{of_networks[0]} needs images; only propagation does without")
    return of_networks


def score(blueprints: Sequence[Blueprint], batch: Images, seed: int, scores: Sequence[str] = OF_NETWORKS) -> Columns:
    """Scores of M networks, each [M]; every network has weights drawn from the same seed."""
    seeds = [derive_seed(seed, "weights")] * len(blueprints)
    bank = Bank(blueprints, seeds, own_images=True).to(batch.images.device)
    images = batch.images[:, None].expand(-1, bank.count, -1, -1, -1)
    found: Columns = {}
    if "naswot" in scores:
        found["naswot"] = naswot(bank, images)
    if {"grad_norm", "jacob_cov"} & set(scores):
        found["grad_norm"], found["jacob_cov"] = gradient_scores(bank, images, batch.labels)
    if "synflow" in scores:
        found["synflow"] = synflow(bank, images[:1])
    return {name: np.asarray(found[name], dtype=np.float64) for name in scores}


@torch.no_grad()
def naswot(bank: Bank, images: Tensor) -> NDArray[np.float64]:
    """log |det K| with :math:`K_{ij}` the number of ReLUs on which images i and j agree, [M]."""
    kernels = torch.zeros(bank.count, len(images), len(images), dtype=torch.float64, device=images.device)

    def watch(group: GroupRun, sets: int) -> RemovableHandle:
        networks = torch.tensor(group.networks, device=images.device)

        def add(module: nn.Module, inputs: object, value: Tensor) -> None:
            on = (value > 0).double().reshape(len(images), sets, -1).transpose(0, 1)  # [sets, images, units]
            agree = on @ on.mT + (1 - on) @ (1 - on).mT
            kernels.index_add_(0, networks, agree.repeat_interleave(len(networks) // sets, dim=0))

        return relu.register_forward_hook(add)

    hooks = []
    for group in bank.runs:
        for relu, sets in zip(group.steps, group.read, strict=True):
            if isinstance(relu, nn.ReLU):
                hooks.append(watch(group, sets))
    bank(images)
    for hook in hooks:
        hook.remove()
    ridge = 1e-6 * torch.eye(len(images), dtype=torch.float64, device=images.device)
    return torch.linalg.slogdet(kernels + ridge)[1].cpu().numpy()


def gradient_scores(bank: Bank, images: Tensor, labels: Tensor) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Norm of the loss's gradient, and the score of the Jacobians' correlation, each [M]."""
    images = images.clone().requires_grad_()
    logits = bank(images)
    (jacobians,) = torch.autograd.grad(logits.sum(), images, retain_graph=True)
    losses(logits, labels).sum().backward()
    squares = torch.zeros(bank.count, dtype=torch.float64, device=images.device)
    for parameter, networks in bank.owners():
        if parameter.grad is not None:
            own = parameter.grad.double().flatten(1).square().sum(1)
            squares.index_add_(0, torch.tensor(networks, device=own.device), own)
    flat = jacobians.double().flatten(2).transpose(0, 1).cpu().numpy()  # [M, images, inputs]
    return squares.sqrt().cpu().numpy(), np.array([_jacobian_score(own) for own in flat])


def _jacobian_score(jacobians: NDArray[np.float64]) -> float:
    if (jacobians.std(axis=1) < 1e-30).any():
        return float("nan")  # nothing of the image comes through
    eigenvalues = np.linalg.eigvalsh(np.corrcoef(jacobians)).clip(0) + 1e-5
    return -float((np.log(eigenvalues) + 1 / eigenvalues).sum())


def synflow(bank: Bank, images: Tensor) -> NDArray[np.float64]:
    """Logarithm of the sum of weight times gradient over convolutions and linear layers, [M]; alters the bank."""
    bank.double().eval()
    with torch.no_grad():
        for parameter in bank.parameters():
            parameter.abs_()
        for module in bank.modules():
            if isinstance(module, GroupedNorm):  # at its start, a norm in evaluation changes nothing
                module.running_mean.zero_()
                module.running_var.fill_(1.0)
    bank.zero_grad()
    bank(torch.ones_like(images, dtype=torch.float64)).sum().backward()
    totals = torch.zeros(bank.count, dtype=torch.float64, device=images.device)
    for group in bank.runs:
        networks = torch.tensor(group.networks, device=images.device)
        for module in group.steps:
            if isinstance(module, GroupedConv | GroupedLinear) and module.weight.grad is not None:
                totals.index_add_(0, networks, (module.weight * module.weight.grad).detach().flatten(1).sum(1))
    return totals.clamp(min=1e-300).log().cpu().numpy()
