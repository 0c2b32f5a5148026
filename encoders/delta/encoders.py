"""The encoders that a predictor can learn with: a graph network that is trained on, or an embedding as it is."""

from __future__ import annotations

from pathlib import Path

from encoders.embedding.checkpoint import EncoderCheckpoint, load_encoder
from encoders.graph_network.checkpoint import NetworkCheckpoint, is_network, load_network
from encoders.graph_network.network import GraphNetwork

Encoder = NetworkCheckpoint | EncoderCheckpoint | Path | str
"""An encoder, its folder, or the name of one that ships."""


def opened(encoder: Encoder | None) -> tuple[GraphNetwork | None, EncoderCheckpoint | None]:
    """The graph network, or the encoder of an embedding space, or neither.

    Raises:
        InputError: there is none, or it is damaged.
    """
    if isinstance(encoder, Path | str):
        encoder = load_network(encoder) if is_network(encoder) else load_encoder(encoder)
    if isinstance(encoder, NetworkCheckpoint):
        return encoder.network, None
    return None, encoder
