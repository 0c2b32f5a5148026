"""Checkpoints: a folder with config.json, model.safetensors, the training curve, and the members with their buckets.

Only the first two are opened to encode; what else a checkpoint holds is read when it is first asked for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import torch
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file as load_arrays
from safetensors.numpy import save_file as save_arrays
from safetensors.torch import save_file
from torch import Tensor, nn

import archgraph
from archgraph.checks import check_whole, shown
from archgraph.errors import InputError
from archgraph.operation import KINDS, Operation
from archgraph.ops import OPS
from archgraph.persistence.deferred import Deferred, Pending
from archgraph.persistence.fingerprints import file_fingerprint
from archgraph.persistence.folders import CONFIG, checkpoint_folder
from archgraph.persistence.plain_json import parse_json
from archgraph.persistence.sizes import check_sizes
from archgraph.persistence.versions import check_version
from archgraph.spaces import Space, custom, get
from archgraph.table.table import ArchTable
from encoders.embedding.buckets import BucketGenerator, Rows
from encoders.embedding.decoder import CodeDecoder
from encoders.embedding.encoder import ArchEncoder
from encoders.embedding.pretrain import LOSSES, Pretrained, split
from encoders.graph_network.checkpoint import MODEL, with_todays_features
from encoders.graph_network.network import SHARE
from encoders.shipped import located

KIND, CURVE = "encoder", "curve.csv"
MEMBERS, BUCKETS = "members.parquet", "buckets.safetensors"
_Part = TypeVar("_Part")


@dataclass(frozen=True)
class EncoderCheckpoint:
    """A trained encoder with its decoders, and the buckets over its members.

    Attributes:
        pretrained: the encoder, a decoder for each space, and how the training went.
        generator: the members with their embeddings, in buckets.
        spaces: the spaces that the members belong to; none for graphs of no known space.
        seed: of the training, which says what was held out.

    Example:
        >>> from archgraph import ArchTable
        >>> from encoders import load_encoder
        >>> load_encoder("encoder").pretrained.encoder.encode(ArchTable.read("cells.parquet")).shape
        torch.Size([40, 8])
    """

    pretrained: Pretrained
    generator: Deferred[BucketGenerator] = Deferred()
    spaces: Sequence[Space] = ()
    seed: int = 0

    @staticmethod
    def fingerprint(folder: Path | str) -> str:
        """Of what a checkpoint's folder holds, wherever it lies.

        Raises:
            InputError: there is no checkpoint.
        """
        try:
            return file_fingerprint(*(Path(folder) / name for name in (CONFIG, MODEL, MEMBERS, BUCKETS)))
        except OSError as error:
            raise InputError(f"{folder} holds no encoder: {error.strerror}") from error

    def space(self, name: str = "") -> Space:
        """The space of that name; the only one where no name is given.

        Raises:
            InputError: there is none, or there are several and none is named.
        """
        names = [space.name for space in self.spaces]
        if not name and len(names) == 1:
            return self.spaces[0]
        if name not in names:
            choices = ", ".join(names) or "none, since it was trained on graphs of no known space"
            raise InputError(f"this encoder knows the spaces: {choices}; name one with --space, but got {name!r}")
        return self.spaces[names.index(name)]

    def decoder(self, name: str) -> CodeDecoder:
        """The decoder of a space.

        Raises:
            InputError: there is none.
        """
        if name not in self.pretrained.decoders:
            raise InputError(f"this encoder has no decoder for {name or 'graphs of no known space'}")
        return self.pretrained.decoders[name]

    def parts(self) -> tuple[Rows, Rows]:
        """Rows of the members that the encoder was trained on, and of those that were held out, in random order.

        Raises:
            InputError: the members are not the graphs of the training.
        """
        members, trained = len(self.generator.members), int(self.pretrained.metrics.get("graphs", 0))
        if not 0 < trained < members:
            raise InputError(f"which of {members} members were held out is not known: {trained} were trained on")
        return split(members, members - trained, self.seed)

    def open_spaces(self) -> list[Space]:
        """The spaces of which the members are only a sample."""
        counts = {space.name: int((self.generator.members.space == space.name).sum()) for space in self.spaces}
        return [space for space in self.spaces if counts[space.name] < (space.size() or np.inf)]

    def save(self, folder: Path | str) -> None:
        """Write the checkpoint, whole or not at all; an older checkpoint of that name is replaced.

        Raises:
            InputError: the folder cannot be written, or holds something that is no checkpoint.
        """
        with checkpoint_folder(folder, KIND) as temporary:
            self._write(temporary)

    def _write(self, folder: Path) -> None:
        encoder, decoders = self.pretrained.encoder, self.pretrained.decoders
        operations = sorted({OPS[i].name for i in np.unique(self.generator.members.op_index).tolist()})
        config = {
            "version": archgraph.__version__,
            "kind": KIND,
            "spaces": [{"name": space.name, "description": space.description} for space in self.spaces],
            "encoder": {"latent": encoder.latent, **encoder.network.sizes},
            "decoders": {
                name: {"options": decoder.options, "latent": encoder.latent, "hidden": decoder.hidden}
                for name, decoder in decoders.items()
            },
            "operation_kinds": list(KINDS),
            "vocabulary": [OPS[OPS.index(name)].to_dict() for name in operations],
            "metrics": self.pretrained.metrics,
            "seed": self.seed,
        }
        (folder / CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        save_file(_model(encoder, decoders).state_dict(), folder / MODEL)
        pd.DataFrame(self.pretrained.curve, columns=["step", *LOSSES]).to_csv(folder / CURVE, index=False)
        self.generator.members.write(folder / MEMBERS)
        arrays = {name: np.ascontiguousarray(value) for name, value in self.generator.state().items()}
        save_arrays(arrays, folder / BUCKETS)


def _model(encoder: ArchEncoder, decoders: dict[str, CodeDecoder]) -> nn.ModuleList:
    return nn.ModuleList([encoder, *(decoders[name] for name in sorted(decoders))])


def load_encoder(folder: Path | str) -> EncoderCheckpoint:
    """Read a checkpoint that `EncoderCheckpoint.save` wrote.

    The encoder is read at once, from `config.json` and `model.safetensors`; the decoders, the curve, and the members
    with their buckets when they are first asked for.

    Raises:
        InputError: there is none, or it is damaged, of an unknown kind or a later version; also when a damaged part is
            asked for.

    Example:
        >>> from encoders import load_encoder
        >>> checkpoint = load_encoder("encoder")
        >>> [space.name for space in checkpoint.spaces], len(checkpoint.generator.members)
        (['dag:1-4'], 40)
    """
    path = located(folder)
    if not (path / CONFIG).is_file():
        raise InputError(f"{path} is no encoder: it has no {CONFIG}; `archgraph encoder train` makes one")
    with _refusing_damage(path):
        config = parse_json((path / CONFIG).read_text(encoding="utf-8"))
        if config.get("kind") != KIND:
            raise InputError(
                f"{path} is no encoder of an embedding space but of kind {config.get('kind')!r}; "
                "`archgraph encoder train` makes one"
            )
        check_version(path, config["version"], archgraph.__version__)
        _check_training(config, path)
        return _build(config, path)


def _check_training(config: Mapping[str, Any], path: Path) -> None:
    """What is said of the training: no module is built of it, so that nothing else would notice."""
    check_whole(0, **{f"{path / CONFIG}: seed": config["seed"]})
    if not isinstance(config["metrics"], dict):
        raise InputError(f"{path / CONFIG}: metrics are numbers by name, but got {shown(config['metrics'])}")
    for name, value in config["metrics"].items():
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise InputError(f"{path / CONFIG}: metric {name[:64]!r} is a number, but got {shown(value)}")


def _build(config: dict[str, Any], path: Path) -> EncoderCheckpoint:
    if not set(config["operation_kinds"]) <= set(KINDS):
        raise InputError(
            f"{path} was trained with other kinds of operations (version {config['version']}); train it anew"
        )
    for name in (MODEL, CURVE, MEMBERS, BUCKETS):
        if not (path / name).is_file():
            raise InputError(f"{path} lacks its file {name}; copy the folder again")
    check_sizes(path / MODEL, [config["encoder"], *config["decoders"].values()])
    for operation in config["vocabulary"]:
        OPS.register(Operation(**operation))
    encoder = ArchEncoder(**config["encoder"])
    _load_weights(path, 0, encoder, partial(_todays, config["operation_kinds"]))
    spaces = [
        custom.from_dict(known["description"]) if known["description"] else get(known["name"])
        for known in config["spaces"]
    ]
    later = partial(_later, path)
    pretrained = Pretrained(
        encoder,
        later(partial(_decoders, config["decoders"])),
        config["metrics"],
        later(_curve),
    )
    return EncoderCheckpoint(pretrained, later(partial(_generator, encoder.latent)), spaces, config["seed"])


def _decoders(written: Mapping[str, Any], path: Path) -> dict[str, CodeDecoder]:
    decoders = {name: CodeDecoder(**arguments) for name, arguments in written.items()}
    for number, name in enumerate(sorted(decoders), start=1):
        _load_weights(path, number, decoders[name])
    return decoders


def _generator(latent: int, path: Path) -> BucketGenerator:
    generator = BucketGenerator.from_state(ArchTable.read(path / MEMBERS), load_arrays(path / BUCKETS))
    if generator.latent != latent:
        raise InputError(f"{path}: buckets of {generator.latent} coordinates, but an encoder of {latent}")
    return generator


def _todays(kinds: Sequence[str], weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights of an encoder, also those of version 0.1, which read out the sum over nodes alone."""
    if "readout.0.weight" in weights:
        names = {"readout.0": "after", "readout.1": "of_nodes"}
        parts = {name: value for name, value in weights.items() if not name.startswith("head")}
        own = {f"network.{_renamed(name, names)}": value for name, value in parts.items()}
        hidden, head = weights["readout.1.weight"], weights["head.weight"] * SHARE
        own |= {"network.of_output.weight": hidden * 0, "network.of_output.bias": hidden[:, 0] * 0}
        weights = own | {"head.weight": torch.cat([head, head * 0], dim=1), "head.bias": weights["head.bias"]}
    return with_todays_features(kinds, weights, "network.node.weight")


def _renamed(name: str, names: Mapping[str, str]) -> str:
    """A weight's name, with the module's name of today."""
    module, _, kind = name.rpartition(".")
    return f"{names.get(module, module)}.{kind}"


def _load_weights(
    path: Path,
    number: int,
    module: nn.Module,
    adapt: Callable[[dict[str, Tensor]], dict[str, Tensor]] = lambda weights: weights,
) -> None:
    """The weights of one module of those that `_model` lists; no others are read."""
    prefix = f"{number}."
    with safe_open(path / MODEL, framework="pt") as file:
        names = [name for name in file.keys() if name.startswith(prefix)]  # noqa: SIM118 - it is no dict
        own = {name.removeprefix(prefix): file.get_tensor(name) for name in names}
    module.load_state_dict(adapt(own))
    module.eval()


def _curve(path: Path) -> list[list[float]]:
    rows: list[list[float]] = np.loadtxt(path / CURVE, delimiter=",", skiprows=1, ndmin=2).tolist()
    return rows  # exact, as pandas is not


def _later(path: Path, read: Callable[[Path], _Part]) -> Pending[_Part]:
    """A part of the checkpoint that is read when it is asked for."""
    return Pending(partial(_checked, path, read))


def _checked(path: Path, read: Callable[[Path], _Part]) -> _Part:
    with _refusing_damage(path):
        return read(path)


@contextmanager
def _refusing_damage(path: Path) -> Iterator[None]:
    """Turn whatever a damaged file leads to into one line."""
    try:
        yield
    except InputError:
        raise
    except (ValueError, LookupError, TypeError, AttributeError, OSError, RuntimeError, SafetensorError) as error:
        reason = (str(error).splitlines() or [""])[0]
        raise InputError(f"{path} is a damaged encoder checkpoint: {reason}; train it anew or copy it again") from error
