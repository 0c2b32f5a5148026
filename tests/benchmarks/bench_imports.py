"""Networks of public packages as graphs: their parameters, edges from the input, and operations without a name.

    python tests/benchmarks/bench_imports.py --only torchvision|timm|transformers -o imports.jsonl

timm and transformers are no dependencies and are installed beside. Networks that stand in the output already are not
read again, so a stopped run goes on. What is right is not taken from the importer: parameters are those of the module,
and the uses of an input are counted while the module runs in Python.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from input_uses import false_input_edges, missing_input_edges
from torch import nn

from archgraph.errors import InputError
from archgraph.formats.traced.fx import load_module, trace_network
from archgraph.formats.traced.program import ExampleInput

TIMM = (Path(__file__).parent / "networks_of_timm.txt").read_text().split()
"""Small networks of all of its families."""
SMALL: dict[str, Any] = {
    **{"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64},
    **{"vocab_size": 100, "max_position_embeddings": 64, "use_cache": False},
}
VISION: dict[str, Any] = {
    **{"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64},
    **{"image_size": 32, "patch_size": 8},
}
TOKENS, IMAGE = "1,16:int64", "1,3,32,32"
TRANSFORMERS: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "BertModel": ("BertConfig", SMALL, [TOKENS, TOKENS]),
    "RobertaModel": ("RobertaConfig", SMALL, [TOKENS]),
    "AlbertModel": ("AlbertConfig", SMALL | {"embedding_size": 16}, [TOKENS]),
    "ElectraModel": ("ElectraConfig", SMALL | {"embedding_size": 16}, [TOKENS]),
    "DistilBertModel": ("DistilBertConfig", {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64}, [TOKENS]),
    "MPNetModel": ("MPNetConfig", SMALL, [TOKENS]),
    "DebertaV2Model": ("DebertaV2Config", SMALL | {"relative_attention": True, "pos_att_type": "p2c|c2p"}, [TOKENS]),
    "GPT2LMHeadModel": ("GPT2Config", {"n_embd": 32, "n_layer": 2, "n_head": 4, "vocab_size": 100}, [TOKENS]),
    "GPTNeoXForCausalLM": ("GPTNeoXConfig", SMALL, [TOKENS]),
    "LlamaForCausalLM": ("LlamaConfig", SMALL | {"num_key_value_heads": 2}, [TOKENS]),
    "MistralForCausalLM": ("MistralConfig", SMALL | {"num_key_value_heads": 2}, [TOKENS]),
    "Qwen2ForCausalLM": ("Qwen2Config", SMALL | {"num_key_value_heads": 2}, [TOKENS]),
    "GemmaForCausalLM": ("GemmaConfig", SMALL | {"num_key_value_heads": 2, "head_dim": 8}, [TOKENS]),
    "PhiForCausalLM": ("PhiConfig", SMALL, [TOKENS]),
    "OPTForCausalLM": ("OPTConfig", SMALL | {"ffn_dim": 64, "word_embed_proj_dim": 32}, [TOKENS]),
    "BloomForCausalLM": ("BloomConfig", {"hidden_size": 32, "n_layer": 2, "n_head": 4, "vocab_size": 100}, [TOKENS]),
    "T5EncoderModel": (
        "T5Config",
        {"d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 4, "vocab_size": 100},
        [TOKENS],
    ),
    "BartModel": (
        "BartConfig",
        {
            **{
                "d_model": 32,
                "encoder_layers": 2,
                "decoder_layers": 2,
                "encoder_attention_heads": 4,
                "vocab_size": 100,
            },
            **{"decoder_attention_heads": 4, "encoder_ffn_dim": 64, "decoder_ffn_dim": 64, "use_cache": False},
        },
        [TOKENS],
    ),
    "MambaForCausalLM": ("MambaConfig", {"hidden_size": 32, "num_hidden_layers": 2, "vocab_size": 100}, [TOKENS]),
    "ViTForImageClassification": ("ViTConfig", VISION, [IMAGE]),
    "DeiTForImageClassification": ("DeiTConfig", VISION, [IMAGE]),
    "CLIPVisionModelWithProjection": ("CLIPVisionConfig", VISION | {"projection_dim": 16}, [IMAGE]),
    "SwinForImageClassification": (
        "SwinConfig",
        {"image_size": 32, "patch_size": 2, "embed_dim": 16, "depths": [2, 2], "num_heads": [2, 4], "window_size": 4},
        [IMAGE],
    ),
    "ConvNextForImageClassification": ("ConvNextConfig", {"hidden_sizes": [8, 16, 32, 64]}, ["1,3,64,64"]),
    "SegformerForImageClassification": ("SegformerConfig", {"hidden_sizes": [8, 16, 32, 64]}, ["1,3,64,64"]),
}

Made = tuple[nn.Module, list[ExampleInput]]


def of_torchvision() -> Iterator[tuple[str, Callable[[], Made]]]:
    from torchvision import models

    for part in (None, models.segmentation, models.detection, models.video, models.optical_flow):
        for name in models.list_models(module=part or models):
            shapes = ["1,3,299,299"] if name == "inception_v3" else ["1,3,224,224"]
            if part is models.video:
                shapes = ["1,3,16,224,224"]
            elif part is models.optical_flow:
                shapes = ["1,3,128,128"] * 2
            yield name, lambda name=name, shapes=shapes: (load_module(f"torchvision:{name}"), parsed(shapes))


def of_timm() -> Iterator[tuple[str, Callable[[], Made]]]:
    import timm

    def make(name: str) -> Made:
        try:
            with torch.device("meta"):
                module = timm.create_model(name)
        except Exception:  # it computes with what it makes
            module = timm.create_model(name)
        return module, [ExampleInput((1, *module.default_cfg["input_size"]))]

    for name in TIMM:
        yield name, lambda name=name: make(name)


def of_transformers() -> Iterator[tuple[str, Callable[[], Made]]]:
    import transformers

    for name, (config, options, shapes) in TRANSFORMERS.items():
        yield (
            name,
            lambda name=name, config=config, options=options, shapes=shapes: (
                getattr(transformers, name)(getattr(transformers, config)(**options)),
                parsed(shapes),
            ),
        )


def parsed(shapes: list[str]) -> list[ExampleInput]:
    return [ExampleInput.parse(shape) for shape in shapes]


def measure(name: str, make: Callable[[], Made]) -> dict[str, Any]:
    start = time.perf_counter()
    try:
        module, inputs = make()
        network = trace_network(module, inputs)
    except (InputError, ImportError) as error:
        return {"name": name, "refused": str(error)}
    except Exception as error:
        return {"name": name, "failed": f"{type(error).__name__}: {error}"[:300]}
    ops = network.graph.ops
    return {
        "name": name,
        "params": network.params,
        "right": sum(parameter.numel() for parameter in module.parameters()),
        "nodes": len(ops),
        "unnamed": sorted(op for op in ops if op.startswith("other:")),
        "false": false_input_edges(network),
        "missing": missing_input_edges(network, module, inputs),
        "seconds": round(time.perf_counter() - start, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", choices=("torchvision", "timm", "transformers"), required=True)
    parser.add_argument("-o", "--output", type=Path, required=True)
    arguments = parser.parse_args()
    os.nice(max(0, 10 - os.nice(0)))
    torch.set_num_threads(1)
    every = {"torchvision": of_torchvision, "timm": of_timm, "transformers": of_transformers}[arguments.only]
    lines = arguments.output.read_text().splitlines() if arguments.output.exists() else []
    rows = {row["name"]: row for row in map(json.loads, lines)}
    for name, make in every():
        if name not in rows:
            rows[name] = measure(name, make)
            with arguments.output.open("a") as file:
                print(json.dumps(rows[name]), file=file)
            print(json.dumps(rows[name])[:300], flush=True)
    read = [row for row in rows.values() if "params" in row]
    nodes, unnamed = sum(row["nodes"] for row in read), sum(len(row["unnamed"]) for row in read)
    print(f"{len(rows)} networks, {len(read)} read")
    print(f"parameters equal: {sum(row['params'] == row['right'] for row in read)}")
    print(f"false edges from the input: {sum(row['false'] for row in read)}")
    print(f"missing edges from the input: {sum(row['missing'] for row in read)}")
    print(f"nodes without a name: {unnamed} of {nodes}, {100 * unnamed / max(nodes, 1):.2f} %")
    for row in rows.values():
        if "params" not in row:
            print(f"{row['name']}: {row.get('refused') or row.get('failed')}")


if __name__ == "__main__":
    main()
