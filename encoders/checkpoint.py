"""Checkpoints: a folder with config.json, model.safetensors, and the members that buckets are filled with."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file as load_arrays
from safetensors.numpy import save_file as save_arrays
from safetensors.torch import load_file, save_file
from torch import nn

import archgraph
from archgraph.errors import InputError
from archgraph.ops import KINDS, OPS, Operation
from archgraph.table import ArchTable
from encoders.buckets import BucketGenerator
from encoders.decoder import GraphDecoder
from encoders.encoder import ArchEncoder
from encoders.pretrain import Pretrained

CONFIG, MODEL, MEMBERS, BUCKETS = "config.json", "model.safetensors", "members.parquet", "buckets.safetensors"


@dataclass(frozen=True)
class EncoderCheckpoint:
    """A trained encoder with its decoder, and the buckets over its members.

    Attributes:
        space: name of the space that it was trained on, "" for a file of graphs.
    """

    pretrained: Pretrained
    generator: BucketGenerator
    space: str

    def save(self, folder: Path | str) -> None:
        """Write the checkpoint, whole or not at all; an older checkpoint of that name is replaced.

        Raises:
            InputError: the place cannot be written, or holds something that is no checkpoint.
        """
        target = Path(folder)
        check_place(target)
        temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        try:
            self._write(temporary)
            temporary.chmod(0o755)
            if target.exists():
                shutil.rmtree(target)
            temporary.replace(target)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    def _write(self, folder: Path) -> None:
        encoder, decoder = self.pretrained.encoder, self.pretrained.decoder
        config = {
            "version": archgraph.__version__,
            "kind": "encoder",
            "space": self.space,
            "encoder": {"latent": encoder.latent, "hidden": encoder.hidden, "layers": len(encoder.layers)},
            "decoder": {"ops": decoder.ops, "nodes": decoder.nodes, "latent": encoder.latent},
            "operation_kinds": list(KINDS),
            "vocabulary": [OPS[OPS.index(name)].to_dict() for name in decoder.ops],
            "metrics": self.pretrained.metrics,
        }
        (folder / CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        save_file(nn.ModuleDict({"encoder": encoder, "decoder": decoder}).state_dict(), folder / MODEL)
        self.generator.members.write(folder / MEMBERS)
        arrays = {name: np.ascontiguousarray(value) for name, value in self.generator.state().items()}
        save_arrays(arrays, folder / BUCKETS)


def load_encoder(folder: Path | str) -> EncoderCheckpoint:
    """Read a checkpoint that `EncoderCheckpoint.save` wrote.

    Raises:
        InputError: there is none, or it is damaged or of an unknown kind.
    """
    path = Path(folder)
    if not (path / CONFIG).is_file():
        raise InputError(f"{path} is no encoder: it has no {CONFIG}; `archgraph encoder train` makes one")
    try:
        config = json.loads((path / CONFIG).read_text(encoding="utf-8"))
        return _build(config, path)
    except (ValueError, KeyError, TypeError, OSError, RuntimeError, SafetensorError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path} is a damaged encoder checkpoint: {str(error).splitlines()[0]}") from error


def _build(config: dict[str, Any], path: Path) -> EncoderCheckpoint:
    if config["operation_kinds"] != list(KINDS):
        raise InputError(
            f"{path} was trained with other kinds of operations (version {config['version']}); train it anew"
        )
    for operation in config["vocabulary"]:
        OPS.register(Operation(**operation))
    encoder, decoder = ArchEncoder(**config["encoder"]), GraphDecoder(**config["decoder"])
    nn.ModuleDict({"encoder": encoder, "decoder": decoder}).load_state_dict(load_file(path / MODEL))
    members = ArchTable.read(path / MEMBERS)
    generator = BucketGenerator.from_state(members, load_arrays(path / BUCKETS))
    pretrained = Pretrained(encoder.eval(), decoder.eval(), config["metrics"])
    return EncoderCheckpoint(pretrained, generator, config["space"])


def check_place(target: Path) -> None:
    """Check that a checkpoint can be written at `target`.

    Raises:
        InputError: the folder around it cannot be written, or `target` holds something that is no checkpoint.
    """
    if target.exists() and not (target / CONFIG).is_file():
        raise InputError(f"cannot write {target}: it exists and is no checkpoint; choose another name")
    try:
        with tempfile.TemporaryFile(dir=target.absolute().parent):
            return
    except OSError as error:
        raise InputError(f"cannot write {target}: {error.strerror}; choose a writable folder") from error
