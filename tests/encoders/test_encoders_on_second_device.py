"""Training on another device than the CPU gives the CPU's numbers, and nothing is left behind by oversight."""

import torch
from second_device import assert_same_on_the_second_device

from encoders.delta.learners.networks import train_networks
from encoders.embedding.pretrain import PretrainConfig, pretrain


def test_an_encoder_trains_and_encodes_there_as_on_the_cpu(space, members):
    def train(device):
        config = PretrainConfig(latent=8, steps=4, batch_size=16, pairs=20, look_every=2)
        trained = pretrain(members, config, 0, {space.name: space}, device)
        return [*trained.encoder.parameters(), trained.encoder.encode(members)]

    assert_same_on_the_second_device(train)


def test_difference_networks_train_there_as_on_the_cpu():
    x = torch.randn(40, 6, generator=torch.Generator().manual_seed(0))

    def train(device):
        networks = train_networks(x, x[:, 0] - x[:, 1], 0, device, learners=2)
        return networks.parameters()

    assert_same_on_the_second_device(train)
