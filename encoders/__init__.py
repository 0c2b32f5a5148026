"""What is learned on graphs: the encoder, its decoders, buckets to generate from, and the predictor of differences."""

from typing import TYPE_CHECKING

from archgraph._lazy import lazy

if TYPE_CHECKING:
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

__getattr__ = lazy(
    __name__,
    {
        "ArchEncoder": "encoders.embedding.encoder",
        "BucketGenerator": "encoders.embedding.buckets",
        "CodeDecoder": "encoders.embedding.decoder",
        "DeltaPredictor": "encoders.delta.predictor",
        "EncoderCheckpoint": "encoders.embedding.checkpoint",
        "PretrainConfig": "encoders.embedding.pretrain",
        "Pretrained": "encoders.embedding.pretrain",
        "load_delta": "encoders.delta.checkpoint",
        "load_encoder": "encoders.embedding.checkpoint",
        "pretrain": "encoders.embedding.pretrain",
        "save_delta": "encoders.delta.checkpoint",
    },
)


def __dir__() -> list[str]:
    return __all__
