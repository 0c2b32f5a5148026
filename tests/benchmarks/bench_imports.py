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

TIMM = """
beit_base_patch16_224 caformer_s18 cait_xxs24_224 coat_tiny coatnet_pico_rw_224 convit_tiny convmixer_1024_20_ks9_p14
convnext_atto cpubone_nano crossvit_tiny_240 cs3darknet_s csatv2 cspnext_tiny davit_tiny deit_tiny_patch16_224
densenet121 dla34 dla46x_c dpn68 edgenext_small efficientformer_l1 efficientformerv2_s0 efficientvim_m1 efficientvit_b0
efficientvit_m0 ese_vovnet19b_slim fasternet_t0 fastvit_t8 focalnet_tiny_srf gcvit_xxtiny ghostnet_050 gmlp_ti16_224
halonet26t hardcorenas_a hgnet_tiny hiera_tiny_224 hieradet_small hrnet_w18_small iformer_t inception_next_atto
inception_resnet_v2 inception_v3 inception_v4 lcnetv2_small legacy_seresnet18 legacy_xception levit_128s lowformer_b0
mambaout_femto mobilevit_xxs mvitv2_tiny naflexvit_base_patch16_gap nest_tiny nextvit_small nf_regnet_b0 nf_resnet26
nfnet_l0 pit_xs_224 pvt_v2_b0 rdnet_tiny regnetx_004_tv repghostnet_050 repvgg_b0 repvit_m0_9 res2net50_26w_4s
resnest26d resnet18 resnetv2_18 rexnet_100 samvit_base_patch16 selecsls42 sequencer2d_s shvit_s1 skresnet18 starnet_s050
swiftformer_xs swin_s3_tiny_224 swinv2_cr_tiny_224 swinv2_tiny_window8_256 tf_mobilenetv3_small_minimal_100
tiny_vit_5m_224 tinynet_a tnt_s_patch16_224 tresnet_m twins_svt_small vgg11 visformer_tiny vit_relpos_small_patch16_224
vit_tiny_patch16_224 vit_tiny_r_s16_p8_224 vitamin_small_224 volo_d1_224 xception41 xcit_nano_12_p16_224
beitv2_base_patch16_224 coatnext_nano_rw_224 convformer_s18 convnextv2_atto cspresnet50 crossvit_9_240
deit_tiny_distilled_patch16_224 densenetblur121d efficientnet_b0 eva02_tiny_patch14_224 flexivit_small focalnet_tiny_lrf
ghostnetv3_050 hgnetv2_b0 lambda_resnet26t lcnet_050 legacy_seresnext26_32x4d levit_conv_128s maxvit_pico_rw_256
mixer_s16_224 mobilenet_edgetpu_v2_xs mobileone_s0 mobilevitv2_050 regnety_008_tv regnetz_005 res2next50 resnetblur18
resnetv2_18d resnext26ts rexnetr_100 sam2_hiera_tiny seresnet18 skresnext50_32x4d swin_tiny_patch4_window7_224
swinv2_cr_tiny_ns_224 vit_srelpos_small_patch16_224 vovnet39a bat_resnext26ts botnet26t_256 sebotnet33ts_256 gernet_s
ecaresnet26t gcresnext26ts mixnet_s mnasnet_small spnasnet_100 fbnetc_100 efficientnet_lite0 mobilenetv2_050
mobilenetv4_conv_small semnasnet_075 mobilenetv1_100 poolformer_s12 poolformerv2_s12 maxvit_rmlp_pico_rw_256
gmixer_12_224 resmlp_12_224 pnasnet5large vit_pwee_patch16_reg1_gap_256 hardcorenas_b eca_nfnet_l0 deepseek_vit_412m
qwen3_vit_88m_merge gemma4_vit_167m mobilenetv5_base nasnetalarge
""".split()
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
            **{"d_model": 32, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 4, "vocab_size": 100},
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
            large = name in ("inception_v3", "vit_h_14")
            shapes = ["1,3,299,299"] if name == "inception_v3" else ["1,3,224,224"]
            if part is models.video:
                shapes = ["1,3,16,224,224"]
            elif part is models.optical_flow:
                shapes = ["1,3,128,128"] * 2
            yield name, lambda name=name, shapes=shapes: (load_module(f"torchvision:{name}"), parsed(shapes))
            del large


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
    os.nice(10)
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
