"""Columns that need no labels and no real images: synthetic images sent through two randomly initialised cells.

    python tests/benchmarks/propagation.py GRAPHS -o OUT.parquet [--seed 0]

The images have six made-up classes: a grating of some direction and period, at random places, with noise. Random
weights depend on the place in the graph alone, so all graphs of a batch share them and differ by their wiring.
Channels are split as in NAS-Bench-101 where the space says so. Graphs with the same live statistics and physics are
scored once. It stands beside `archgraph supernet score`, whose three propagation columns (of noise without classes, and
without norms) were found to teach a predictor next to nothing: see RESULTS.md.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from archgraph.ops import OPS
from archgraph.seeds import derive_seed, seeded
from archgraph.table import ArchTable
from encoders.padded import FIRST, JOIN, OUTPUT, PaddedGraphs, chosen_operations, padded
from encoders.physics import _channels, physics
from encoders.statistics import statistics

IMAGES, CLASSES, SIDE, WIDTH, GRAPHS = 30, 6, 8, 16, 48
NAMES = ("correlation", "logdet", "rank", "alignment", "separation", "patterns", "norm")
COLUMNS = [f"{name}{cell}" for cell in (1, 2) for name in NAMES] + ["saliency", "gradient", "gradient_logdet"]


def synthetic_images(seed: int) -> Tensor:
    """[IMAGES, 3, SIDE, SIDE]; image i is of class i % CLASSES."""
    rng = np.random.default_rng(derive_seed(seed, "images"))
    place = np.arange(SIDE)
    images = np.zeros((IMAGES, 3, SIDE, SIDE))
    angles, periods = rng.uniform(0, np.pi, CLASSES), rng.uniform(2.5, 6, CLASSES)
    colors = rng.normal(size=(CLASSES, 3))
    for i in range(IMAGES):
        c = i % CLASSES
        wave = np.cos(angles[c]) * place[:, None] + np.sin(angles[c]) * place[None]
        grating = np.sin(2 * np.pi * (wave / periods[c] + rng.random()))
        images[i] = (colors[c] + 0.5 * rng.normal(size=3))[:, None, None] * grating + 0.5 * rng.normal(
            size=(3, SIDE, SIDE)
        )
    return torch.tensor(images, dtype=torch.float32)


class Cells:
    """Random networks of two cells on shared weights."""

    def __init__(self, operations: list[str], concatenates: bool, seed: int) -> None:
        self.operations = [OPS[OPS.index(name)] for name in operations]
        self.concatenates, self.seed = concatenates, seed
        self.images = synthetic_images(seed)
        self.labels = torch.arange(IMAGES) % CLASSES
        self._weights: dict[tuple[object, ...], Tensor] = {}

    def weight(self, *key: object, out: int, inp: int, kernel: int) -> Tensor:
        if key not in self._weights:
            with seeded(derive_seed(self.seed, *map(str, key))):
                self._weights[key] = torch.randn(out, inp, kernel, kernel) * (2 / (inp * kernel**2)) ** 0.5
        return self._weights[key]

    def scores(self, graphs: PaddedGraphs) -> Tensor:
        """[graphs, COLUMNS]."""
        count = len(graphs.rows)
        edges = torch.from_numpy(graphs.adjacency)
        channels = torch.from_numpy(_channels(graphs)) if self.concatenates else torch.ones(count, graphs.nodes)
        stem = F.conv2d(self.images, self.weight("stem", out=WIDTH, inp=3, kernel=3), padding=1)
        x = normalise(stem[None]).relu().expand(count, -1, -1, -1, -1).contiguous().requires_grad_()
        first, columns, nodes = x, [], []
        for cell in (1, 2):
            width = WIDTH * cell
            if cell == 2:
                x = x.flatten(0, 1)
                x = F.max_pool2d(x, 2).unflatten(0, (count, IMAGES))
                x = self.conv(x, ("widen",), width, 1) if not self.concatenates else x
            x, codes = self.cell(x, cell, width, graphs, edges, channels, nodes)
            columns += self.measures(x, codes)
        readout = self.weight("readout", out=CLASSES, inp=x.shape[2], kernel=1)[:, :, 0, 0]
        pooled = x.mean((3, 4))
        logits = ((pooled - pooled.mean(1, keepdim=True)) / (pooled.std((1, 2), keepdim=True) + 1e-6)) @ readout.T
        loss = F.cross_entropy(logits.flatten(0, 1), self.labels.repeat(count), reduction="sum")
        nodes = [node for node in nodes if node.requires_grad]
        wanted = [first, *nodes]
        none = [None] * len(wanted)
        gradients = torch.autograd.grad(loss, wanted, allow_unused=True) if loss.requires_grad else none
        saliency = torch.zeros(count) + sum(
            (node * g).flatten(2).sum(2).abs().sum(1).detach()
            for node, g in zip(nodes, gradients[1:], strict=True)
            if g is not None
        )
        gradient = gradients[0] if gradients[0] is not None else torch.zeros_like(first)
        columns += [
            torch.log(saliency + 1e-6),
            torch.log(gradient.flatten(1).norm(dim=1) + 1e-6),
            logdet(gradient.flatten(2)),
        ]
        return torch.stack(columns, dim=1).detach()

    def conv(self, x: Tensor, key: tuple[object, ...], width: int, kernel: int) -> Tensor:
        weight = self.weight(*key, out=width, inp=x.shape[2], kernel=kernel)
        return F.conv2d(x.flatten(0, 1), weight, padding=kernel // 2).unflatten(0, x.shape[:2])

    def cell(self, x, cell, width, graphs, edges, channels, nodes):  # type: ignore[no-untyped-def]
        count, codes = len(graphs.rows), torch.zeros(len(graphs.rows), IMAGES, IMAGES)
        shape = (count, IMAGES, width, x.shape[3], x.shape[4])
        states: list[Tensor | None] = [x]
        ranges = torch.arange(width)
        for v in range(1, graphs.nodes):
            keep = (ranges < (channels[:, v, None] * width).ceil())[:, None, :, None, None]
            fed = torch.zeros(shape)
            kind = torch.from_numpy(graphs.node_class[:, v])
            if self.concatenates and (kind == OUTPUT).all():
                fed = self.output(x, cell, width, states, edges, channels)
            else:
                for s, state in enumerate(states):
                    rows = edges[:, s, v].nonzero()[:, 0]
                    if len(rows) and state is not None:
                        part = state[rows]
                        if s == 0 and self.concatenates:
                            part = normalise(self.conv(part, (cell, "project", v), width, 1)).relu()
                        fed = fed.index_add(0, rows, part)
                fed = fed * keep
            made = torch.zeros(shape)
            for c in kind.unique().tolist():
                rows = (kind == c).nonzero()[:, 0]
                part = fed[rows]
                if c not in (JOIN, OUTPUT):
                    part = self.apply(part, c - FIRST, (cell, v, c), width) * keep[rows]
                    pattern = (part > part.flatten(2).mean(2)[:, :, None, None, None]).flatten(2).float() - 0.5
                    codes = codes.index_add(0, rows, pattern @ pattern.transpose(1, 2) / pattern.shape[2])
                made = made.index_add(0, rows, part)
            nodes.append(made)
            states.append(made)
        return made, codes

    def output(self, x, cell, width, states, edges, channels):  # type: ignore[no-untyped-def]
        """Concatenated shares of what feeds the output, and the projected input added."""
        count = len(edges)
        start = torch.zeros(count)
        fed = torch.zeros(count, IMAGES, width, x.shape[3], x.shape[4])
        ranges = torch.arange(width).expand(count, width)
        for s in range(1, len(states)):
            size = torch.where(edges[:, s, -1], (channels[:, s] * width), 0.0)
            index = (ranges - start.round()[:, None]).long()
            valid = (index >= 0) & (ranges < (start + size).round()[:, None])
            moved = states[s].gather(2, index.clamp(0, width - 1)[:, None, :, None, None].expand_as(fed))
            fed = fed + moved * valid[:, None, :, None, None]
            start = start + size
        rows = edges[:, 0, -1].nonzero()[:, 0]
        if len(rows):
            fed = fed.index_add(0, rows, normalise(self.conv(x[rows], (cell, "project", -1), width, 1)).relu())
        return fed

    def apply(self, x: Tensor, number: int, key: tuple[object, ...], width: int) -> Tensor:
        operation = self.operations[number]
        if operation.kind == "max_pool":
            return F.max_pool2d(x.flatten(0, 1), 3, 1, 1).unflatten(0, x.shape[:2])
        if operation.kind == "avg_pool":
            return F.avg_pool2d(x.flatten(0, 1), 3, 1, 1, count_include_pad=False).unflatten(0, x.shape[:2])
        if operation.kind == "conv":
            made = normalise(self.conv(x.relu() if operation.activation == "pre" else x, key, width, operation.kernel))
            return made.relu() if operation.activation == "post" else made
        return x

    def measures(self, x: Tensor, codes: Tensor) -> list[Tensor]:
        flat = torch.cat([x.mean((3, 4)), F.avg_pool2d(x.flatten(0, 1), 2).unflatten(0, x.shape[:2]).flatten(2) / 2], 2)
        norm = flat.flatten(1).norm(dim=1)
        flat = flat - flat.mean(1, keepdim=True)
        gram = flat @ flat.transpose(1, 2)
        gram = gram / (gram.diagonal(dim1=1, dim2=2).mean(1)[:, None, None] + 1e-6)
        same = (self.labels[:, None] == self.labels).float()
        other = same - same.mean()
        alignment = (gram * other).sum((1, 2)) / (gram.flatten(1).norm(dim=1) * other.norm() + 1e-6)
        eigen = torch.linalg.eigvalsh(gram + 1e-4 * torch.eye(IMAGES)).clamp(min=1e-6)
        share = eigen / eigen.sum(1, keepdim=True)
        hat = torch.linalg.solve(gram + 0.1 * torch.eye(IMAGES), torch.eye(IMAGES))
        residual = (hat @ F.one_hot(self.labels).float() / hat.diagonal(dim1=1, dim2=2)[:, :, None]).pow(2).mean((1, 2))
        return [
            (gram.abs().sum((1, 2)) - gram.diagonal(dim1=1, dim2=2).sum(1)) / IMAGES**2,
            eigen.log().mean(1),
            -(share * share.log()).sum(1),
            alignment,
            torch.log(residual + 1e-6),
            torch.logdet(codes + 1e-2 * torch.eye(IMAGES)),
            torch.log(norm + 1e-6),
        ]


def logdet(flat: Tensor) -> Tensor:
    """Log determinant of the correlations of rows, [graphs, images, features] -> [graphs]."""
    flat = flat / (flat.norm(dim=2, keepdim=True) + 1e-9)
    return torch.logdet(flat @ flat.transpose(1, 2) + 1e-3 * torch.eye(flat.shape[1]))


def normalise(x: Tensor) -> Tensor:
    """A batch norm of each graph by itself, [graphs, images, channels, side, side]."""
    mean = x.mean((1, 3, 4), keepdim=True)
    variance = (x - mean).square().mean((1, 3, 4), keepdim=True)
    return (x - mean) / (variance + 1e-5).sqrt()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("graphs", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=int)
    options = parser.parse_args()
    torch.set_num_threads(1)
    table = ArchTable.read(options.graphs)[: options.limit]
    operations = chosen_operations(table)
    cells = Cells(operations, bool((table.space == "nasbench101").all()), options.seed)
    known = np.concatenate([statistics(table, operations, live=True), physics(table, operations)], axis=1)
    _, rows, twin = np.unique(known, axis=0, return_index=True, return_inverse=True)
    different = table[rows]
    found = np.zeros((len(different), len(COLUMNS)), dtype=np.float32)
    start, done = time.perf_counter(), 0
    for chunk in padded(different, operations, width=1 << 10, live=True):
        for first in range(0, len(chunk.rows), GRAPHS):
            part = slice(first, first + GRAPHS)
            graphs = PaddedGraphs(chunk.rows[part], chunk.node_class[part], chunk.adjacency[part])
            found[graphs.rows] = cells.scores(graphs).numpy()
            done += len(graphs.rows)
        print(f"{done} graphs, {1000 * (time.perf_counter() - start) / max(done, 1):.1f} ms each", flush=True)
    metrics = dict(zip([f"propagation_{name}" for name in COLUMNS], found[twin].T.astype(float), strict=True))
    ArchTable._of(table.columns, ids=table._ids, space=table._space, metrics=metrics).write(options.output)


if __name__ == "__main__":
    main()
