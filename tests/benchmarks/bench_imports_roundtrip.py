"""Round trip of public networks: imported, compiled, and held against the original's outputs.

    python tests/benchmarks/bench_imports_roundtrip.py OUT.jsonl [--timm] [--most N]

One line a network; those that OUT holds already are left out, so a stopped run goes on.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import torch

from archgraph.formats.traced.program import ExampleInput
from supernet.imported.network import ImportedNetwork
from supernet.imported.program import program_of
from supernet.imported.program_json import from_json, to_json

TIMM = (
    *("resnet26", "resnext26ts", "seresnext26d_32x4d", "regnetx_002", "regnety_002", "mobilenetv3_small_050"),
    *("efficientnet_b0", "mnasnet_small", "mixnet_s", "tinynet_e", "ghostnet_100", "fbnetc_100", "lcnet_050"),
    *("hardcorenas_a", "rexnet_100", "repvgg_a0", "mobileone_s0", "densenet121", "dpn48b", "dla34", "vovnet39a"),
    *("hrnet_w18_small", "res2net50_14w_8s", "skresnet18", "inception_v3", "xception41", "nf_resnet26", "nfnet_l0"),
    *(
        "vit_tiny_patch16_224",
        "deit_tiny_distilled_patch16_224",
        "xcit_nano_12_p16_224",
        "swin_tiny_patch4_window7_224",
    ),
    *("convnext_atto", "convnextv2_atto", "focalnet_tiny_srf", "efficientvit_b0", "mobilevit_xxs", "poolformer_s12"),
    *("mixer_s32_224", "gmlp_ti16_224", "resmlp_12_224", "edgenext_xx_small", "coat_lite_tiny", "levit_128s"),
)


def networks(use_timm: bool):
    if use_timm:
        import timm

        for name in TIMM:
            yield name, lambda name=name: timm.create_model(name, pretrained=False)
        return
    import torchvision

    names = torchvision.models.list_models(module=torchvision.models)
    sizes = {name: next(iter(torchvision.models.get_model_weights(name))).meta["num_params"] for name in names}
    for name in sorted(names, key=lambda name: (name.startswith("efficientnet"), sizes[name])):  # those trace longest
        options = {"init_weights": False, "aux_logits": False} if name in ("googlenet", "inception_v3") else {}
        yield name, lambda name=name, options=options: torchvision.models.get_model(name, weights=None, **options)


def measure(make) -> dict:
    torch.manual_seed(0)
    module = make().eval()
    with torch.no_grad():  # statistics and scales that tell one channel from another, no branch that is 0
        for part in module.modules():
            if isinstance(part, torch.nn.BatchNorm2d):
                part.running_mean.normal_(0, 0.1)
                part.running_var.uniform_(0.5, 1.5)
        for parameter in module.parameters():
            if parameter.is_floating_point() and bool((parameter == parameter.flatten()[0]).all()):
                parameter.add_(torch.randn_like(parameter), alpha=0.05)
    side = getattr(module, "default_cfg", {}).get("input_size", (3, 224, 224))[1:]
    program, state = program_of(module, [ExampleInput((2, 3, *side))])
    network = ImportedNetwork(from_json(json.loads(json.dumps(to_json(program)))), state).eval()
    names = {name for name, _ in module.named_parameters()}
    images = torch.randn(3 if program.any_batch else 2, 3, *side)  # another batch than that of the trace
    with torch.no_grad():
        want, found = module(images), network(images)
    want = want if isinstance(want, torch.Tensor) else want[0]
    found = found if isinstance(found, torch.Tensor) else found[0]
    return {
        "error": float((want - found).abs().max() / want.abs().max()),
        "parameters kept": names == {name for name, _ in network.named_parameters()},
        "any batch": program.any_batch,
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--timm", action="store_true")
    parser.add_argument("--most", type=int, default=1000)
    given = parser.parse_args()
    torch.set_num_threads(1)
    done = {json.loads(line)["name"] for line in given.out.read_text().splitlines()} if given.out.exists() else set()
    for name, make in list(networks(given.timm))[: given.most]:
        if name in done:
            continue
        started = time.perf_counter()
        try:
            row = measure(make)
        except Exception as error:
            row = {"failed": f"{type(error).__name__}: {error}"[:300]}
        row = {"name": name, **row, "seconds": round(time.perf_counter() - started, 1)}
        with given.out.open("a") as file:
            file.write(json.dumps(row) + "\n")
        print(row, flush=True)


if __name__ == "__main__":
    main()
