"""Spaces around public networks: the unchanged member, sampled members, function-preserving changes.

    python tests/benchmarks/bench_module_space.py OUT.jsonl [--networks resnet18] [--members 1000] [--exports 1000]
    python tests/benchmarks/bench_module_space.py OUT.jsonl --summary

Networks: torchvision's ResNet-18 and MobileNetV3-small, timm's ViT-tiny and ConvNeXt-atto (timm beside, no dependency).
Each of so many of 1,000 sampled members is compiled, run and differentiated; the first E are exported by torch.export,
every tenth of those through a file, and the exported program is run. Of the same draw, the changes that make a network
larger are kept: such a member must give the original's outputs. A line a member; a stopped run goes on. Spaces lie in
OUT.spaces.
"""

from __future__ import annotations

import argparse
import io
import json
import time
from pathlib import Path

import numpy as np
import torch

from archgraph import spaces
from supernet.export.deployment import DeployedNetwork
from supernet.imported.member import member
from supernet.imported.places import GROUPS
from supernet.imported.space import NetworkSpace, from_module

BATCH, DRAWN = 2, 1000
EQUAL = 1e-5
NETWORKS = ("resnet18", "mobilenet_v3_small", "vit_tiny_patch16_224", "convnext_atto")


def make(name: str, side: int) -> torch.nn.Module:
    torch.manual_seed(0)
    if name in NETWORKS[:2]:
        import torchvision

        module = torchvision.models.get_model(name, weights=None)
    else:
        import timm

        module = timm.create_model(name, pretrained=False, **({"img_size": side} if "vit" in name else {}))
    for part in module.modules():  # statistics and scales that tell one channel from another
        if isinstance(part, torch.nn.BatchNorm2d):
            part.running_mean.normal_(0, 0.1)
            part.running_var.uniform_(0.5, 1.5)
    for parameter_name, parameter in module.named_parameters():
        if "gamma" in parameter_name:
            parameter.data.uniform_(0.1, 0.5)
    return module.eval()


def error(one: torch.Tensor, two: torch.Tensor) -> float:
    return float((one - two).abs().max() / two.abs().max())


def space_around(name: str, side: int, folder: Path) -> NetworkSpace:
    file = folder / f"{name}-{side}.yaml"
    if not file.exists():
        folder.mkdir(exist_ok=True)
        started = time.process_time()
        from_module(make(name, side), (1, 3, side, side), file, name)
        print(f"{name}: space made in {time.process_time() - started:.0f} s", flush=True)
    return NetworkSpace(spaces.get(f"module:{file}"))


def exported(network: torch.nn.Module, images: torch.Tensor, in_file: bool) -> torch.nn.Module:
    """The network as torch.export writes it."""
    batch = torch.export.Dim("batch", min=1, max=1 << 16)
    program = torch.export.export(DeployedNetwork(network), (images,), dynamic_shapes=({0: batch},))
    if in_file:
        file = io.BytesIO()
        torch.export.save(program, file)
        file.seek(0)
        program = torch.export.load(file)
    return program.module()


def measured(around: NetworkSpace, graph, images: torch.Tensor, want: torch.Tensor, export: bool, file: bool) -> dict:
    """How far a member's exported program is from it, and its function-preserving part from the network."""
    chosen = around.chosen(graph)
    network = around.member(graph).network().train()
    network(images).square().mean().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, f"no gradient of {name}"
        assert parameter.grad.isfinite().all(), f"gradient of {name} is not finite"
    assert around.cost(graph).params == sum(p.numel() for p in network.parameters()), "another number of parameters"
    network.eval()
    with torch.no_grad():
        found = {"exported": error(exported(network, images, file)(images), network(images))} if export else {}
        places = around.layout.places
        grown = {
            key: value
            for key, value in chosen.items()
            if not isinstance(value, str) and places[key].kind != GROUPS and value > places[key].now
        }
        larger = member(around.layout, around.state, grown)
        if grown and larger.preserving:
            found["preserving"] = error(larger.network().eval()(images), want)
    return found


def measure(name: str, given: argparse.Namespace) -> None:
    around = space_around(name, given.side, given.out.with_suffix(".spaces"))
    images = torch.randn(BATCH, 3, given.side, given.side, generator=torch.Generator().manual_seed(1))
    unchanged = around.member(around.space.from_native("0" * len(around.space.options))).network().eval()
    with torch.no_grad():
        want = make(name, given.side)(images)
        plain = error(unchanged(images), want)
    done = {row["number"] for row in rows(given.out) if row["name"] == name}
    for number, graph in enumerate(around.space.sample(DRAWN, np.random.default_rng(0))[: given.members]):
        if number in done:
            continue
        started = time.process_time()
        try:
            found = measured(around, graph, images, want, number < given.exports, number % 10 == 0)
        except Exception as reason:  # whatever goes wrong is what is asked for
            found = {"failed": f"{around.space.to_native(graph)}: {type(reason).__name__}: {reason}"[:500]}
        seconds = round(time.process_time() - started, 2)
        with given.out.open("a") as file:
            row = {"name": name, "number": number, "unchanged": plain, **found, "seconds": seconds}
            file.write(json.dumps(row) + "\n")


def rows(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def summary(file: Path) -> None:
    for name in dict.fromkeys(row["name"] for row in rows(file)):
        own = [row for row in rows(file) if row["name"] == name]
        kept = [row["preserving"] for row in own if "preserving" in row]
        out = [row["exported"] for row in own if "exported" in row]
        seconds = np.mean([row["seconds"] for row in own])
        print(f"{name}: unchanged {own[0]['unchanged']:.1e}, {len(own)} members, {seconds:.2f} s of a core each")
        print(f"    failed {sum('failed' in row for row in own)}")
        for what, errors in (("exported", out), ("preserving", kept)):
            above = sum(e > EQUAL for e in errors)
            print(f"    {what} {len(errors)}, largest difference {max(errors, default=0):.1e}, {above} above {EQUAL}")
        for row in [row for row in own if "failed" in row][:3]:
            print("   ", row["failed"])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--networks", nargs="*", default=NETWORKS)
    parser.add_argument("--members", type=int, default=DRAWN)
    parser.add_argument("--exports", type=int, default=DRAWN)
    parser.add_argument("--side", type=int, default=32)
    parser.add_argument("--summary", action="store_true")
    given = parser.parse_args()
    torch.set_num_threads(1)
    for name in () if given.summary else given.networks:
        measure(name, given)
    summary(given.out)


if __name__ == "__main__":
    main()
