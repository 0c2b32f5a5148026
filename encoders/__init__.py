"""What is learned on graphs: the encoder, its decoders, buckets to generate from, and the predictor of differences."""

from typing import TYPE_CHECKING

from archgraph._lazy import lazy

if TYPE_CHECKING:
    from encoders.delta.checkpoint import load_delta, save_delta
    from encoders.delta.evaluation import DeltaEvaluation, evaluate_delta
    from encoders.delta.figures import calibration_figure, distances_figure, predictions_figure
    from encoders.delta.predictor import DeltaPredictor
    from encoders.delta.report import write_report
    from encoders.delta.suggest import suggest
    from encoders.delta.training import TrainedDelta, train_delta
    from encoders.embedding.buckets import BucketGenerator
    from encoders.embedding.checkpoint import EncoderCheckpoint, load_encoder
    from encoders.embedding.decoder import CodeDecoder
    from encoders.embedding.encoder import ArchEncoder
    from encoders.embedding.pretrain import PretrainConfig, Pretrained, pretrain
    from encoders.embedding.training import train_encoder
    from encoders.evaluation.encoder import evaluate_encoder
    from encoders.evaluation.picture import embedding_picture
    from encoders.generation.generate import generate

__all__ = [
    "ArchEncoder",
    "BucketGenerator",
    "CodeDecoder",
    "DeltaEvaluation",
    "DeltaPredictor",
    "EncoderCheckpoint",
    "PretrainConfig",
    "Pretrained",
    "TrainedDelta",
    "calibration_figure",
    "distances_figure",
    "embedding_picture",
    "evaluate_delta",
    "evaluate_encoder",
    "generate",
    "load_delta",
    "load_encoder",
    "predictions_figure",
    "pretrain",
    "save_delta",
    "suggest",
    "train_delta",
    "train_encoder",
    "write_report",
]

__getattr__ = lazy(
    __name__,
    {
        "ArchEncoder": "encoders.embedding.encoder",
        "BucketGenerator": "encoders.embedding.buckets",
        "CodeDecoder": "encoders.embedding.decoder",
        "DeltaEvaluation": "encoders.delta.evaluation",
        "DeltaPredictor": "encoders.delta.predictor",
        "EncoderCheckpoint": "encoders.embedding.checkpoint",
        "PretrainConfig": "encoders.embedding.pretrain",
        "Pretrained": "encoders.embedding.pretrain",
        "TrainedDelta": "encoders.delta.training",
        "calibration_figure": "encoders.delta.figures",
        "distances_figure": "encoders.delta.figures",
        "embedding_picture": "encoders.evaluation.picture",
        "evaluate_delta": "encoders.delta.evaluation",
        "evaluate_encoder": "encoders.evaluation.encoder",
        "generate": "encoders.generation.generate",
        "load_delta": "encoders.delta.checkpoint",
        "load_encoder": "encoders.embedding.checkpoint",
        "predictions_figure": "encoders.delta.figures",
        "pretrain": "encoders.embedding.pretrain",
        "save_delta": "encoders.delta.checkpoint",
        "suggest": "encoders.delta.suggest",
        "train_delta": "encoders.delta.training",
        "train_encoder": "encoders.embedding.training",
        "write_report": "encoders.delta.report",
    },
)


def __dir__() -> list[str]:
    return __all__
