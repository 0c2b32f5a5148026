"""Zero-cost scores: what can be said of a network before it is trained, many networks at once.

* `naswot`: log-determinant of the kernel of the images' ReLU patterns (Mellor et al. 2021, equation 2).
* `synflow`: logarithm of the sum of weight times gradient over all weights, with their magnitudes and without norms,
  for an image of ones (Tanaka et al. 2020; as a score, Abdelfattah et al. 2021).
* `jacob_cov`: minus the sum of log(e + k) + 1 / (e + k) over the eigenvalues e of the correlation of the images'
  Jacobians, k = 1e-5 (Mellor et al. 2020, first version).
* `grad_norm`: norm of the gradient of the loss on one batch (Abdelfattah et al. 2021).
* `propagation_...`: see `supernet.propagation`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from archgraph.errors import InputError
from archgraph.seeds import derive_seed
from archgraph.table import ArchTable
from supernet.bank import Bank
from supernet.blueprint import Blueprint
from supernet.bulk import compile_table, lanes_of
from supernet.grouped import GroupRun
from supernet.grouped_steps import GroupedConv, GroupedLinear, GroupedNorm
from supernet.images import Images, ImageSplits
from supernet.propagation import propagation
from supernet.standalone import losses

Columns = dict[str, NDArray[np.float64]]


def score_table(
    table: ArchTable,
    data: ImageSplits,
    seed: int = 0,
    batch_size: int = 32,
    lanes: int = 16,
    network: dict[str, int] | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> ArchTable:
    """The table with a column for each score; a score depends on the architecture and the seed alone.

    Args:
        table: architectures of one space or several.
        data: images; the scores see the first `batch_size` of the training part in the seed's order.
        seed: of the weights and images.
        lanes: architectures that run together.
        network: changes to the published network.
        progress: told how many architectures have just been scored.

    Raises:
        InputError: an architecture cannot be compiled, or has a metric of this name already.
    """
    blueprints = compile_table(table, data, network or {})
    generator = torch.Generator().manual_seed(derive_seed(seed, "images"))
    batch = data.train.batch(torch.randperm(len(data.train), generator=generator)[:batch_size])
    found: dict[str, NDArray[np.float64]] = {}
    for rows in lanes_of(blueprints, lanes):
        for name, values in score([blueprints[row] for row in rows], batch, seed).items():
            found.setdefault(name, np.full(len(table), np.nan))[rows] = values
        progress(len(rows))
    if taken := sorted(set(found) & set(table.metrics)):
        raise InputError(f"the graphs have a metric {taken[0]} already; drop it before scoring")
    table.metrics = table.metrics.assign(**found)
    return table


def score(blueprints: Sequence[Blueprint], batch: Images, seed: int) -> Columns:
    """All scores of M networks, each [M]; every network has weights drawn from the same seed."""
    seeds = [derive_seed(seed, "weights")] * len(blueprints)
    bank = Bank(blueprints, seeds, own_images=True).to(batch.images.device)
    images = batch.images[:, None].expand(-1, bank.count, -1, -1, -1)
    scores = {"naswot": naswot(bank, images)}
    scores["grad_norm"], scores["jacob_cov"] = gradient_scores(bank, images, batch.labels)
    scores["synflow"] = synflow(bank, images[:1])
    scores |= propagation(blueprints, batch.images.device, seed)
    return {name: np.asarray(value, dtype=np.float64) for name, value in scores.items()}


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
