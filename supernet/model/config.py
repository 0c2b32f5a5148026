"""The description of a model beside its weights: read, and held against them before anything is built."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open

from archgraph.errors import InputError
from archgraph.networks.blueprint import Blueprint
from archgraph.persistence.folders import CONFIG
from supernet.layers import make_module

KIND, VERSION = "model", 1
WEIGHTS = "model.safetensors"
DIGEST = "config"
"""Under this name the weights' file keeps the digest of the description that it belongs to."""
_LARGEST = 1 << 26  # bytes of a description
Shapes = dict[str, tuple[int, ...]]


def config_text(config: Mapping[str, Any]) -> str:
    """A description as JSON.

    Raises:
        ValueError: a number is none.
    """
    return json.dumps(config, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def digest(config: Mapping[str, Any]) -> str:
    """A digest of a description; how its JSON is laid out plays no part."""
    text = json.dumps(config, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def read_config(folder: Path) -> tuple[dict[str, Any], Shapes]:
    """The description in a model's folder, and the shapes of its weights.

    Raises:
        InputError: the folder holds no model or one of another version, a file is missing or damaged, or the
            description is not the one that the weights were written with.
    """
    if not folder.is_dir():
        raise InputError(f"no folder {folder}; a MODEL is a folder that `archgraph fit` wrote")
    file = folder / CONFIG
    try:
        if file.stat().st_size > _LARGEST:
            raise InputError(f"{file} is damaged: it is too large for a description")
        config = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{folder} holds no {CONFIG}; a MODEL is a folder that `archgraph fit` wrote") from None
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{file} is damaged: it is no JSON; copy the model anew") from error
    if not isinstance(config, dict) or config.get("kind") != KIND:
        raise InputError(f"{folder} holds something else than a model; a MODEL is a folder that `archgraph fit` wrote")
    if config.get("version") != VERSION:
        raise InputError(
            f"{folder} is a model of version {str(config.get('version'))[:16]}, and this archgraph reads version "
            f"{VERSION}; install the archgraph that wrote it, or train it anew"
        )
    belongs_to, shapes = _header(folder / WEIGHTS)
    if belongs_to != digest(config):
        raise InputError(f"{file} is not the description that {WEIGHTS} was written with; copy the model anew")
    return config, shapes


def weight_shapes(blueprint: Blueprint) -> Shapes:
    """Name and shape of each weight and statistic of a network, which is not built."""
    shapes: Shapes = {}
    with torch.device("meta"):
        for layer in blueprint.layers[1:]:
            for number, step in enumerate(layer.steps):
                for name, value in make_module(step).state_dict().items():
                    shapes[f"layers.{layer.name}.{number}.{name}"] = tuple(value.shape)
    return shapes


def _header(file: Path) -> tuple[str, Shapes]:
    """The digest that a file of weights keeps, and the shapes of its weights, which are not read."""
    try:
        with safe_open(file, "pt") as weights:
            names = list(weights.keys())
            shapes = {name: tuple(weights.get_slice(name).get_shape()) for name in names}
            return (weights.metadata() or {}).get(DIGEST, ""), shapes
    except FileNotFoundError:
        raise InputError(f"{file} is missing; copy the model anew") from None
    except (SafetensorError, OSError) as error:
        raise InputError(f"{file} is damaged; copy the model anew") from error
