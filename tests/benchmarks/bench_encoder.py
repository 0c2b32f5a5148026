"""Encoding all of NAS-Bench-101 from its table, against the same encoder and PyG's GIN fed by PyG's DataLoader.

    python tests/benchmarks/bench_encoder.py [--device cpu] [--threads 2] [--loader-graphs 40960]

The DataLoader path is timed on a part of the space, as a list of `Data` of all of it takes gigabytes; all are given as
graphs per second. The floor is the time that the matrix products of the fast path would take at the rate at which this
machine multiplies matrices of the same shapes; messages, norms and activations are on top.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import Batch
from torch_geometric.loader import DataLoader
from torch_geometric.nn import GIN, global_add_pool

from archgraph import spaces
from archgraph.ops import OPS
from archgraph.table.table import ArchTable
from encoders.embedding.encoder import ArchEncoder

BATCH = 1024


def wait(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def seconds(work: Callable[[], object], device: str) -> float:
    wait(device)
    start = time.perf_counter()
    work()
    wait(device)
    return time.perf_counter() - start


@torch.no_grad()
def through_loader(forward: Callable[[Batch], Tensor], graphs: list, device: str) -> Tensor:
    return torch.cat([forward(batch.to(device)).cpu() for batch in DataLoader(graphs, BATCH)])


def gin(encoder: ArchEncoder, device: str) -> Callable[[Batch], Tensor]:
    """GIN of the encoder's width, depth and readout."""
    features = OPS.features().to(device)
    hidden, layers = encoder.network.hidden, len(encoder.network.layers)
    model = GIN(features.shape[1], hidden, layers, hidden).to(device).eval()
    head = torch.nn.Linear(hidden, encoder.latent).to(device)
    return lambda batch: head(global_add_pool(model(features[batch.x], batch.edge_index), batch.batch))


def products(encoder: ArchEncoder, nodes: int, graphs: int) -> list[tuple[int, int, int, int]]:
    """Times and shapes (m, k, n) of the matrix products of one chunk of nodes."""
    h, layers = encoder.network.hidden, len(encoder.network.layers)
    layer = [(layers, nodes, h, 3 * h), (layers, nodes, h, h)]
    return [*layer, (1, nodes, h, 2 * h), (1, graphs, h, 2 * h), (1, graphs, 4 * h, encoder.latent)]


def floor(encoder: ArchEncoder, table: ArchTable, device: str) -> tuple[float, float]:
    """Seconds that the matrix products take by themselves, and their 10^9 multiply-adds."""
    nodes, graphs = 8192, 8192 // 7
    spent, work = 0.0, 0.0
    chunks = len(table.op_index) / nodes
    for times, m, k, n in products(encoder, nodes, graphs):
        a, b = torch.randn(m, k, device=device), torch.randn(k, n, device=device)
        seconds(lambda a=a, b=b: [a @ b for _ in range(20)], device)
        one = min(seconds(lambda a=a, b=b: [a @ b for _ in range(50)], device) / 50 for _ in range(3))
        spent += times * one * chunks
        work += times * m * k * n * chunks / 1e9
    return spent, work


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--loader-graphs", type=int, default=40_960)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    device = arguments.device
    table = spaces.get("nasbench101").enumerate()
    encoder = ArchEncoder().to(device).eval()
    encoder.encode(table[:20_000])
    ours = min(seconds(lambda: encoder.encode(table), device) for _ in range(3))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    rows = np.sort(np.random.default_rng(0).permutation(len(table))[: arguments.loader_graphs])
    graphs = list(table[rows])
    rate = len(table) / ours
    print(f"fast path: {len(table)} cells in {ours:.2f} s, {rate:,.0f} a second; peak memory {memory:.2f} GB")
    for name, forward in (("the same encoder", encoder), ("GIN", gin(encoder, device))):
        taken = min(seconds(lambda f=forward: through_loader(f, graphs, device), device) for _ in range(2))
        other = len(graphs) / taken
        print(f"{name} fed by DataLoader: {other:,.0f} a second; the fast path is {rate / other:.1f} times as fast")
    difference = (encoder.encode(table[rows]) - through_loader(encoder, graphs, device)).abs().max()
    print(f"largest difference between the two paths: {difference:.1e}")
    least, work = floor(encoder, table, device)
    print(
        f"floor: {work:,.0f} * 10^9 multiply-adds in {least:.2f} s; the fast path takes {ours / least:.2f} times that"
    )


if __name__ == "__main__":
    main()
