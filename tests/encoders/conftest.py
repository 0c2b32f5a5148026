import pytest

from archgraph import spaces
from encoders.embedding.buckets import BucketGenerator
from encoders.embedding.checkpoint import EncoderCheckpoint
from encoders.embedding.pretrain import PretrainConfig, pretrain


@pytest.fixture(scope="session")
def space():
    return spaces.get("nasbench201")


@pytest.fixture(scope="session")
def members(space):
    table = space.enumerate()
    return table[::13]


@pytest.fixture(scope="session")
def trained(space, members):
    config = PretrainConfig(latent=32, steps=400, batch_size=128, pairs=300, look_every=100)
    return pretrain(members, config, 0, {space.name: space})


@pytest.fixture(scope="session")
def checkpoint(space, members, trained):
    generator = BucketGenerator(members, trained.encoder.encode(members).numpy(), buckets=24, seed=0)
    return EncoderCheckpoint(trained, generator, [space])
