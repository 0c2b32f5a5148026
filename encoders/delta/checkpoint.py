"""A difference predictor as a folder: config.json, model.safetensors, and the labelled architectures.

Only the first two are opened to predict; the labelled architectures when first asked for.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save_file

import archgraph
from archgraph.errors import InputError
from archgraph.operation import KINDS, Operation
from archgraph.ops import OPS
from archgraph.persistence.arrays import flatten, groups
from archgraph.persistence.deferred import Pending
from archgraph.persistence.folders import CONFIG, checkpoint_folder
from archgraph.persistence.plain_json import parse_json
from archgraph.persistence.sizes import check_sizes
from archgraph.persistence.versions import check_version
from archgraph.table.table import ArchTable
from encoders.delta.components import Components
from encoders.delta.features import Features
from encoders.delta.learners.ensemble import Ensemble
from encoders.delta.learners.gaussian_process import GaussianProcess
from encoders.delta.learners.networks import DeltaNetworks
from encoders.delta.learners.subspaces import Subspaces
from encoders.delta.learners.trees import BoostedTrees
from encoders.delta.learners.tuned import TunedNetworks
from encoders.delta.predictor import AnchorTerms, DeltaPredictor
from encoders.delta.warm_start import WarmStart
from encoders.features.normal_scores import FeatureScales, RankScale
from encoders.graph_network.checkpoint import MODEL

ANCHORS, KIND = "anchors.parquet", "delta"
_NETWORKS = {"features": "features", "members": "learners", "hidden": "hidden", "context": "context"}
"""Arguments of `DeltaNetworks` by the names that checkpoints give them."""
_OLD_NAMES = {
    "^place ": "distance from input ",
    " of what carries something$": " on effective paths",
    r"\bwalk back$": "backward walk",
    r"\bwalk on$": "forward walk",
}


def save_delta(predictor: DeltaPredictor, folder: Path | str) -> None:
    """Write a predictor, whole or not at all; an older checkpoint of that name is replaced.

    Raises:
        InputError: the folder cannot be written, or holds something that is no checkpoint.

    Example:
        >>> from encoders import load_delta, save_delta
        >>> save_delta(load_delta("delta"), "copy-of-delta")
        >>> load_delta("copy-of-delta").metric
        'nodes'
    """
    with checkpoint_folder(folder, KIND) as temporary:
        _write(predictor, temporary)


def load_delta(folder: Path | str) -> DeltaPredictor:
    """Read a predictor that `save_delta` wrote, from wherever its folder stands now.

    Raises:
        InputError: there is none, or a file of it is damaged or was changed; the labelled architectures are looked at
            when they are asked for, all else at once.

    Example:
        >>> from encoders import load_delta
        >>> load_delta("delta").metric
        'nodes'
    """
    path = Path(folder)
    if not (path / CONFIG).is_file():
        raise InputError(f"{path} is no difference predictor: it has no {CONFIG}; `archgraph delta train` makes one")
    try:
        config = parse_json((path / CONFIG).read_text(encoding="utf-8"))
        _check(config, path)
        return _build(config, path)
    except InputError:
        raise
    except (ValueError, LookupError, TypeError, AttributeError, OSError, RuntimeError, SafetensorError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{path} is a damaged difference predictor: {reason}; train it anew") from error


def _write(predictor: DeltaPredictor, folder: Path) -> None:
    ensemble = predictor.ensemble
    networks = ensemble.networks
    terms = predictor.anchor_terms
    arrays = flatten(
        {
            "process": predictor.process.arrays(),
            "subspaces": ensemble.subspaces.arrays(),
            "trees": dict(enumerate(trees.arrays() for trees in ensemble.trees)),
            "networks": {name: value.numpy() for name, value in networks.state_dict().items()},
            "tuned": {} if ensemble.tuned is None else ensemble.tuned.arrays(),
            "weights": ensemble.weights,
            "scale": {name: getattr(predictor.scale, name) for name in ("values", "scores")},
            "features": {name: getattr(predictor.feature_scales, name) for name in ("values", "scores", "ptr")},
            "anchors": {"context": terms.context.numpy(), "errors": terms.errors},
            "warm": {} if predictor.warm is None else predictor.warm.arrays(),
            "components": {} if predictor.features.components is None else predictor.features.components.arrays(),
        }
    )
    save_file({name: np.ascontiguousarray(value) for name, value in arrays.items()}, folder / MODEL)
    predictor.anchors.write(folder / ANCHORS)
    config = {
        "version": archgraph.__version__,
        "kind": KIND,
        "metric": predictor.metric,
        "columns": list(predictor.features.columns),
        "live": predictor.features.effective,
        "vocabulary": _written(predictor.features.operations),
        "inputs": _written(predictor.features.inputs),
        "features": predictor.features.names,
        "trees": len(ensemble.trees),
        "networks": {written: getattr(networks, name) for written, name in _NETWORKS.items()},
        "tuned": None if ensemble.tuned is None else ensemble.tuned.settings,
        "components": None if predictor.features.components is None else predictor.features.components.settings,
        "operation_kinds": list(KINDS),
        "calibration": predictor.calibration,
        "files": {file.relative_to(folder).as_posix(): _digest(file) for file in _files(folder)},
    }
    config["digest"] = _config_digest(config)
    (folder / CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def _check(config: dict[str, Any], path: Path) -> None:
    """Refuse what is no difference predictor, or is not as it was written."""
    if config.get("kind") != KIND:
        raise InputError(f"{path} is no difference predictor but of kind {config.get('kind')!r}")
    check_version(path, config["version"], archgraph.__version__)
    if config["digest"] != _config_digest(config):
        raise InputError(f"{path / CONFIG} was changed after it was written; train the predictor anew or copy it again")
    for name in config["files"]:
        if not (path / name).is_file():
            raise InputError(f"{path} lacks its file {name}; copy the folder again")


def _unchanged(path: Path, digest: str) -> bytes:
    """The content of a file that is as it was written."""
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise InputError(f"{path} was changed after it was written; train the predictor anew or copy it again")
    return content


def _anchors(path: Path, digest: str) -> ArchTable:
    _unchanged(path, digest)
    return ArchTable.read(path)


def _build(config: dict[str, Any], path: Path) -> DeltaPredictor:
    files = config["files"]
    operations, inputs = _registered(config["vocabulary"]), _registered(config.get("inputs", []))
    arrays = load(_unchanged(path / MODEL, files[MODEL]))
    parts = groups(arrays)
    features = Features(operations, tuple(config["columns"]), config["live"], inputs, _components(config, parts))
    if features.names not in (config["features"], list(map(_renamed, config["features"]))):
        raise InputError(f"{path} was trained with other features (version {config['version']}); train it anew")
    trees = groups(parts.get("trees", {}))
    check_sizes(path / MODEL, config["networks"])
    networks = DeltaNetworks(**{_NETWORKS[name]: value for name, value in config["networks"].items()})
    networks.load_state_dict({name: torch.from_numpy(value) for name, value in parts["networks"].items()})
    return DeltaPredictor(
        config["metric"],
        features,
        RankScale(**parts["scale"]),
        FeatureScales(**parts["features"]),
        GaussianProcess(**parts["process"]),
        Ensemble(
            Subspaces.from_arrays(parts["subspaces"]),
            tuple(BoostedTrees(**trees[str(number)]) for number in range(config["trees"])),
            networks.eval(),
            arrays["weights"],
            _tuned(config, parts),
        ),
        config["calibration"],
        Pending(partial(_anchors, path / ANCHORS, files[ANCHORS])),
        WarmStart.from_arrays(parts["warm"]) if "warm" in parts else None,
        _terms(parts["anchors"]) if "anchors" in parts else None,
    )


def _tuned(config: Mapping[str, Any], parts: Mapping[str, Mapping[str, NDArray[Any]]]) -> TunedNetworks | None:
    """The pre-trained network as it was trained on; None where there was none."""
    settings = config.get("tuned")
    if settings is None:
        return None
    return TunedNetworks.from_arrays(parts["tuned"], settings, config["operation_kinds"])


def _components(config: Mapping[str, Any], parts: Mapping[str, Mapping[str, NDArray[Any]]]) -> Components | None:
    """What the pre-trained network reads as it is; None where there is none."""
    settings = config.get("components")
    if settings is None:
        return None
    return Components.from_arrays(parts["components"], settings, config["operation_kinds"])


def _terms(arrays: Mapping[str, NDArray[Any]]) -> AnchorTerms:
    return AnchorTerms(torch.from_numpy(arrays["context"]), arrays["errors"])


def _renamed(name: str) -> str:
    """A feature's name of today, of that by which version 0.1 wrote it."""
    for old, new in _OLD_NAMES.items():
        name = re.sub(old, new, name)
    return name


def _written(names: Sequence[str]) -> list[dict[str, Any]]:
    return [OPS[OPS.index(name)].to_dict() for name in names]


def _registered(operations: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """The names of operations as they were written, all known from now on."""
    made = [Operation(**operation) for operation in operations]
    for operation in made:
        OPS.register(operation)
    return tuple(operation.name for operation in made)


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file())


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _config_digest(config: dict[str, Any]) -> str:
    text = json.dumps({name: value for name, value in config.items() if name != "digest"}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
