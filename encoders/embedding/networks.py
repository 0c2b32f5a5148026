"""The graph network of any encoder: a predictor trains it on, and an encoder of a space starts from it."""

from __future__ import annotations

from pathlib import Path

from encoders.embedding.checkpoint import EncoderCheckpoint, load_encoder
from encoders.graph_network.checkpoint import NetworkCheckpoint, is_network, load_network
from encoders.graph_network.network import GraphNetwork

Encoder = NetworkCheckpoint | EncoderCheckpoint | Path | str
"""An encoder, its folder, or the name of one that ships."""


def network_of(encoder: Encoder | None) -> GraphNetwork | None:
    """The graph network of an encoder, or None where there is none.

    Raises:
        InputError: there is no such encoder, or it is damaged.
    """
    if isinstance(encoder, Path | str):
        encoder = load_network(encoder) if is_network(encoder) else load_encoder(encoder)
    if isinstance(encoder, EncoderCheckpoint):
        return encoder.pretrained.encoder.network
    return None if encoder is None else encoder.network
