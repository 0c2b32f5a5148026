"""Spaces around public networks: the unchanged member, sampled members, function-preserving changes.

    python tests/benchmarks/bench_module_space.py OUT.jsonl [--members N] [--side 64] [--exports E]

Networks: torchvision's ResNet-18 and MobileNetV3-small, timm's ViT-tiny and ConvNeXt-atto (timm beside, no dependency).
Each of N sampled members is compiled, run and differentiated; E of them are exported by torch.export and run again. Of
the same draws, the changes that make a network larger are kept: such a member must give the original's outputs.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from supernet.export.files import export_module
from supernet.imported.member import member
from supernet.imported.places import GROUPS
from supernet.imported.space import NetworkSpace, from_module

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


def measure(name: str, side: int, members: int, exports: int) -> dict:
    module = make(name, side)
    images = torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(1))
    rng = np.random.default_rng(0)
    failed: list[str] = []
    exported = preserving = 0
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        space = from_module(module, (1, 3, side, side), Path(folder) / "space.yaml")
        making = time.perf_counter() - started
        around = NetworkSpace(space)
        with torch.no_grad():
            want = module(images)
            plain = around.member(space.from_native("0" * len(space.options))).network().eval()(images)
        started = time.perf_counter()
        for number, graph in enumerate(space.sample(members, rng)):
            chosen = around.chosen(graph)
            try:
                made = around.member(graph)
                network = made.network().train()
                network(images).square().mean().backward()
                assert all(p.grad is not None and p.grad.isfinite().all() for p in network.parameters())
                assert around.cost(graph).params == sum(p.numel() for p in network.parameters())
                if number < exports:
                    path = Path(folder) / "member.pt2"
                    export_module(network, images.shape[1:], "pt2", path)
                    again = torch.export.load(path).module()(images)
                    assert error(again, network.eval()(images)) <= 1e-5
                    exported += 1
                places = around.layout.places
                grown = {
                    key: value
                    for key, value in chosen.items()
                    if not isinstance(value, str) and places[key].kind != GROUPS and value > places[key].now
                }
                larger = member(around.layout, around.state, grown)
                if larger.preserving and grown:
                    with torch.no_grad():
                        worst = max(worst, error(larger.network().eval()(images), want))
                    preserving += 1
            except Exception as reason:
                failed.append(f"{chosen}: {type(reason).__name__}: {reason}"[:500])
    return {
        "name": name,
        "blocks": len(space.blocks),
        "places": len(space.choices),
        "unchanged": error(plain, want),
        "members": members,
        "failed": len(failed),
        "first": failed[:1],
        "exported": exported,
        "preserving": preserving,
        "worst": worst,
        "seconds to make": round(making, 1),
        "seconds a member": round((time.perf_counter() - started) / members, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--members", type=int, default=1000)
    parser.add_argument("--exports", type=int, default=20)
    parser.add_argument("--side", type=int, default=64)
    given = parser.parse_args()
    torch.set_num_threads(1)
    done = {json.loads(line)["name"] for line in given.out.read_text().splitlines()} if given.out.exists() else set()
    for name in NETWORKS:
        if name not in done:
            row = measure(name, given.side, given.members, given.exports)
            with given.out.open("a") as file:
                file.write(json.dumps(row) + "\n")
            print(row, flush=True)


if __name__ == "__main__":
    main()
