"""An encoder from graphs to its folder: members, training without labels, buckets, checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from archgraph import spaces as known_spaces
from archgraph.errors import InputError
from archgraph.persistence.folders import check_folder
from archgraph.spaces import Space
from archgraph.table.table import ArchTable
from encoders.embedding.buckets import BucketGenerator
from encoders.embedding.checkpoint import KIND, EncoderCheckpoint
from encoders.embedding.members import members_of
from encoders.embedding.networks import Encoder, network_of
from encoders.embedding.pretrain import PretrainConfig, Progress, pretrain

_IN_A_BUCKET, _MOST_BUCKETS = (
    8,
    1024,
)  # graphs, as FaDE's figure 3 has few in each; and k-means stays a matter of seconds


def train_encoder(
    folder: Path | str,
    graphs: Sequence[ArchTable | Path | str] = (),
    spaces: Sequence[Space | str] = (),
    config: PretrainConfig | None = None,
    buckets: int | None = None,
    sample: int = 100_000,
    seed: int = 0,
    device: str = "cpu",
    progress: Progress = lambda steps, losses: None,
    start: Encoder | None = "base",
) -> EncoderCheckpoint:
    """Train an encoder without labels, fill buckets with the graphs it was trained on, and write its folder.

    Stopped at any time, the same call goes on where it was.

    Args:
        folder: where the checkpoint is written; while it is trained, its state stands in a hidden file beside it.
        graphs: tables, or files of them, to train on.
        spaces: spaces, or their names, that the graphs belong to; without graphs, their members are trained on.
        config: sizes and steps of the training.
        buckets: of the embedding space; default one for 8 graphs, at most 1024.
        sample: members drawn of a space of more than a million.
        seed: of every random choice.
        device: where it is trained; the encoder comes back to the CPU.
        progress: given the steps done and the losses, as a look is taken.
        start: the encoder whose network it starts from; None starts from random weights. From `base`, the loss on
            held-out graphs of NAS-Bench-201 is after 400 steps an eighth of what it is from random weights.

    Raises:
        InputError: there are neither graphs nor spaces, a file cannot be read, the folder cannot be written, or the
            graphs cannot be learned from (see `pretrain`).

    Example:
        >>> from encoders import PretrainConfig, load_encoder, train_encoder
        >>> few = PretrainConfig(latent=8, steps=2, pairs=50)
        >>> checkpoint = train_encoder("encoder-of-cells", spaces=["dag:3-4"], config=few)
        >>> len(checkpoint.generator.members), len(load_encoder("encoder-of-cells").generator.members)
        (37, 37)
    """
    target = Path(folder)
    if not graphs and not spaces:
        raise InputError("give files of graphs, --space SPACE, or both")
    check_folder(target, KIND)
    network = network_of(start)
    known = {space.name: space for space in (known_spaces.get(s) if isinstance(s, str) else s for s in spaces)}
    tables = [table if isinstance(table, ArchTable) else ArchTable.read(table) for table in graphs]
    for name in sorted({str(name) for table in tables for name in set(table.space)} - {"", *known}):
        if (found := _known_space(name)) is not None:
            known[name] = found
    if not graphs:
        tables = [members_of(found, sample, seed) for found in known.values()]
    members = ArchTable.concatenate([table[:] for table in tables])
    state = target.with_name(f".{target.name}.training.safetensors")
    trained = pretrain(members, config or PretrainConfig(), seed, known, device, progress, state, network)
    embeddings = trained.encoder.encode(members).numpy()
    for module in (trained.encoder, *trained.decoders.values()):
        module.cpu()
    count = min(buckets or min(_MOST_BUCKETS, -(-len(members) // _IN_A_BUCKET)), len(members))
    checkpoint = EncoderCheckpoint(
        trained, BucketGenerator(members, embeddings, count, seed), list(known.values()), seed
    )
    checkpoint.save(target)
    state.unlink(missing_ok=True)
    return checkpoint


def _known_space(name: str) -> Space | None:
    """The space of that name, or None."""
    try:
        return known_spaces.get(name)
    except InputError:
        return None
