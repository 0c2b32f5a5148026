"""Trained weights of one network in a safetensors file, with what is needed to build the network again."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from archgraph.errors import InputError
from archgraph.networks.choice import NetworkChoice
from archgraph.networks.steps import Shape
from archgraph.persistence.files import atomic_path
from archgraph.persistence.plain_json import parse_json

_LONGEST = 128  # characters of a name; file systems take 255 bytes


@dataclass(frozen=True)
class Build:
    """What a network was built for.

    Args:
        hash: canonical hash of its graph.
        space: the graph's space.
        image: (channels, height, width).
        classes: number of classes.
        network: changes to its network.
        kind: of its network, as `archgraph.networks.choice.KINDS`.
    """

    hash: str
    space: str
    image: Shape
    classes: int
    network: dict[str, int]
    kind: str = "published"

    @property
    def choice(self) -> NetworkChoice:
        """The network around the architecture."""
        return NetworkChoice(self.kind, self.network)


def weights_path(folder: Path, name: str) -> Path:
    """The file of the architecture called `name`.

    Characters that files had better not have become `_`; of a name of more than 128 characters a digest stands for
    those after the 111th, so that genotypes which begin alike have files of their own.
    """
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", name)
    if len(plain) > _LONGEST:
        digest = hashlib.blake2b(name.encode(), digest_size=8).hexdigest()
        plain = f"{plain[: _LONGEST - len(digest) - 1]}-{digest}"
    return folder / f"{plain}.safetensors"


def save_weights(path: Path, state: Mapping[str, Tensor], build: Build) -> None:
    """Write weights and statistics, whole or not at all."""
    held = {name: value.detach().cpu().contiguous() for name, value in state.items()}
    with atomic_path(path) as temporary:
        save_file(held, temporary, {"build": json.dumps(asdict(build))})


def load_weights(path: Path) -> tuple[dict[str, Tensor], Build]:
    """Read what `save_weights` wrote.

    Raises:
        InputError: the file is missing, damaged, or holds other things.
    """
    try:
        with safe_open(path, "pt") as file:
            build = parse_json((file.metadata() or {})["build"])
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        channels, height, width = build.pop("image")
        return state, Build(image=(channels, height, width), **build)
    except FileNotFoundError:
        raise InputError(f"no file {path}; check the name") from None
    except (SafetensorError, OSError, KeyError, ValueError, TypeError) as error:
        raise InputError(f"{path} holds no weights that `archgraph supernet train --weights` wrote") from error
