import pytest

from archgraph import spaces
from encoders.buckets import BucketGenerator
from encoders.checkpoint import EncoderCheckpoint
from encoders.pretrain import PretrainConfig, pretrain


@pytest.fixture(scope="session")
def members():
    return spaces.get("dag:1-4").enumerate()


@pytest.fixture(scope="session")
def trained(members):
    return pretrain(members, PretrainConfig(latent=6, epochs=160, batch_size=8), seed=0)


@pytest.fixture(scope="session")
def checkpoint(members, trained):
    embeddings = trained.encoder.encode(members).double().numpy()
    return EncoderCheckpoint(trained, BucketGenerator(members, embeddings, buckets=8, seed=0), "dag:1-4")
