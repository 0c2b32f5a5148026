"""What is learned on graphs: the encoder, its decoders, buckets to generate from, and the predictor of differences."""

from encoders.buckets import BucketGenerator
from encoders.checkpoint import EncoderCheckpoint, load_encoder
from encoders.decoder import CodeDecoder
from encoders.delta import DeltaPredictor
from encoders.delta_checkpoint import load_delta, save_delta
from encoders.encoder import ArchEncoder
from encoders.pretrain import PretrainConfig, Pretrained, pretrain

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
