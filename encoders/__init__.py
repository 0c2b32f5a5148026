"""What is learned on graphs: the encoder, its decoder, and buckets to generate from."""

from encoders.buckets import BucketGenerator
from encoders.checkpoint import EncoderCheckpoint, load_encoder
from encoders.decoder import GraphDecoder
from encoders.encoder import ArchEncoder
from encoders.pretrain import PretrainConfig, Pretrained, pretrain

__all__ = [
    "ArchEncoder",
    "BucketGenerator",
    "EncoderCheckpoint",
    "GraphDecoder",
    "PretrainConfig",
    "Pretrained",
    "load_encoder",
    "pretrain",
]
