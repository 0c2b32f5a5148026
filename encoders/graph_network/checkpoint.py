"""A pre-trained graph network as a folder: config.json and model.safetensors."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

import archgraph
from archgraph.checks import shown
from archgraph.errors import InputError
from archgraph.operation import DESCRIBED, HASHED, KINDS
from archgraph.persistence.folders import CONFIG, checkpoint_folder
from archgraph.persistence.plain_json import parse_json
from archgraph.persistence.sizes import check_sizes
from archgraph.persistence.versions import check_version
from encoders.graph_network.network import GraphNetwork
from encoders.shipped import located, shipped

KIND, MODEL = "graph network", "model.safetensors"


@dataclass(frozen=True)
class NetworkCheckpoint:
    """A pre-trained graph network.

    >>> load_network("base").network.read(table)

    Attributes:
        network: the network.
        trained: on what and how, in JSON's values.
    """

    network: GraphNetwork
    trained: Mapping[str, Any] = field(default_factory=dict)

    def save(self, folder: Path | str) -> None:
        """Write the checkpoint, whole or not at all; an older checkpoint of that name is replaced.

        Raises:
            InputError: the folder cannot be written, or holds something that is no checkpoint.
        """
        config = {
            "version": archgraph.__version__,
            "kind": KIND,
            "network": self.network.sizes,
            "operation_kinds": list(KINDS),
            "trained": dict(self.trained),
        }
        with checkpoint_folder(folder, KIND) as temporary:
            (temporary / CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
            save_file(self.network.state_dict(), temporary / MODEL)


def load_network(folder: Path | str) -> NetworkCheckpoint:
    """Read a checkpoint that `NetworkCheckpoint.save` wrote, from its folder or by the name of one that ships.

    Raises:
        InputError: there is none, or it is damaged, of another kind or of a later version.
    """
    path = located(folder)
    if not (path / CONFIG).is_file():
        names = ", ".join(shipped()) or "none"
        raise InputError(f"{folder} is no encoder: it is no folder with a {CONFIG}, and those that ship are: {names}")
    try:
        config = parse_json((path / CONFIG).read_text(encoding="utf-8"))
        if config.get("kind") != KIND:
            raise InputError(f"{path} is no graph network but of kind {config.get('kind')!r}")
        check_version(path, config["version"], archgraph.__version__)
        if not isinstance(config["trained"], dict):
            raise InputError(f"{path / CONFIG}: trained is settings by name, but got {shown(config['trained'])}")
        check_sizes(path / MODEL, config["network"])
        network = of_sizes(config["network"])
        network.load_state_dict(with_todays_features(config["operation_kinds"], load_file(path / MODEL)))
        return NetworkCheckpoint(network.eval(), config["trained"])
    except InputError:
        raise
    except (ValueError, LookupError, TypeError, AttributeError, OSError, RuntimeError, SafetensorError) as error:
        reason = (str(error).splitlines() or [""])[0]
        raise InputError(f"{path} is a damaged encoder checkpoint: {reason}; train it anew or copy it again") from error


def is_network(folder: Path | str) -> bool:
    """Whether a folder, or what ships under that name, says that it holds a graph network."""
    try:
        config = parse_json((located(folder) / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(config, dict) and config.get("kind") == KIND


def of_sizes(sizes: Mapping[str, int], dropout: float = 0.0) -> GraphNetwork:
    """A network of sizes that were written.

    Raises:
        InputError: they are of another network.
    """
    if set(sizes) != {"hidden", "layers"}:
        raise InputError(f"it holds a graph network of another make, with {', '.join(sizes)}; train it anew")
    return GraphNetwork(**sizes, dropout=dropout)


def with_todays_features(
    kinds: Sequence[str], weights: Mapping[str, Tensor], layer: str = "node.weight"
) -> dict[str, Tensor]:
    """The weights of an encoder that knew only these kinds of operations, and perhaps no hashed features, as of today.

    What it did not know weighs nothing, so that operations which it knew get the states that they had. `layer` is what
    reads the features of operations.
    """
    node = weights[layer]
    left = node.shape[1] - len(kinds) - DESCRIBED
    if left not in (0, HASHED):
        raise ValueError(f"operations of {node.shape[1]} features")
    known = [*map(KINDS.index, kinds), *range(len(KINDS), len(KINDS) + DESCRIBED + left)]
    widened = node.new_zeros(len(node), len(KINDS) + DESCRIBED + HASHED)
    widened[:, known] = node
    return {**weights, layer: widened}
