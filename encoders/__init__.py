"""What is learned on graphs: the encoder, its decoders, buckets to generate from, and the predictor of differences."""

from encoders.delta.checkpoint import load_delta, save_delta
from encoders.delta.predictor import DeltaPredictor
from encoders.embedding.buckets import BucketGenerator
from encoders.embedding.checkpoint import EncoderCheckpoint, load_encoder
from encoders.embedding.decoder import CodeDecoder
from encoders.embedding.encoder import ArchEncoder
from encoders.embedding.pretrain import PretrainConfig, Pretrained, pretrain

__all__ = [
    "ArchEncoder",
    "BucketGenerator",
    "CodeDecoder",
    "DeltaPredictor",
    "EncoderCheckpoint",
    "PretrainConfig",
    "Pretrained",
    "load_delta",
    "load_encoder",
    "pretrain",
    "save_delta",
]
