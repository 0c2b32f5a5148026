"""The encoder that ships: made by one call, without a label."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from archgraph.persistence.folders import check_folder
from archgraph.spaces import EXAMPLES
from encoders.graph_network.checkpoint import KIND, NetworkCheckpoint
from encoders.teaching.lessons import lessons
from encoders.teaching.teach import LessonConfig, Progress, teach

SAMPLE = 40_000


def pretrain_network(
    folder: Path | str,
    spaces: Sequence[str] = EXAMPLES,
    config: LessonConfig | None = None,
    sample: int = SAMPLE,
    seed: int = 0,
    device: str = "cpu",
    progress: Progress = lambda steps, losses: None,
) -> NetworkCheckpoint:
    """Pre-train a graph network on the members of spaces, and write its folder.

    Stopped at any time, the same call goes on where it was.

    >>> pretrain_network("encoder", ["nasbench201"]).network.read(table)

    Args:
        folder: where the checkpoint is written; while it is trained, its state stands in a hidden file beside it.
        spaces: names of the spaces whose members are read.
        config: sizes and steps of the training.
        sample: members drawn of each space that has more.
        seed: of every random choice.
        device: where it is trained.
        progress: given the steps done and the loss, as a look is taken.

    Raises:
        InputError: a space is unknown, or the folder cannot be written.
    """
    target, config = Path(folder), config or LessonConfig()
    check_folder(target, KIND)
    state = target.with_name(f".{target.name}.training.safetensors")
    taught = teach(lessons(spaces, sample, seed), config, seed, device, progress, state)
    known = {name: {"graphs": count, "error": round(taught.errors[name], 4)} for name, count in taught.graphs.items()}
    settings = {"steps": config.steps, "batch_size": config.batch_size, "sample": sample, "seed": seed}
    checkpoint = NetworkCheckpoint(taught.network, {**settings, "lessons": known})
    checkpoint.save(target)
    state.unlink(missing_ok=True)
    return checkpoint
