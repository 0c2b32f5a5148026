import dataclasses

import numpy as np
import pytest
import torch

from archgraph import ArchTable, InputError, spaces
from encoders.embedding.pretrain import LOSSES, PretrainConfig, pretrain, split
from encoders.evaluation.generation import reconstruction
from encoders.graph_network.network import GraphNetwork

QUICK = PretrainConfig(latent=8, steps=3, batch_size=16, pairs=20, look_every=2)


def test_graphs_that_it_has_not_seen_come_back_from_their_embeddings(space, members, trained):
    _, held_out = split(len(members), PretrainConfig().held_out_of(len(members)), 0)
    points = trained.encoder.encode(members[held_out])
    assert reconstruction(trained.encoder, trained.decoders[space.name], points, members[held_out], space) > 0.8


def test_held_out_graphs_are_a_tenth_and_no_others():
    kept, held_out = split(200, PretrainConfig().held_out_of(200), 5)
    assert len(held_out) == 20
    assert sorted([*kept, *held_out]) == list(range(200))


def test_the_losses_fall_and_the_curve_has_a_row_a_look(trained):
    curve = np.array(trained.curve)
    assert curve[:, 0].tolist() == [100, 200, 300, 400]
    assert (curve[-1, 1:] < 0.9 * curve[0, 1:]).all()
    assert set(LOSSES) <= set(trained.metrics)


def test_the_first_half_of_the_coordinates_are_the_principal_statistics(members, trained):
    from encoders.embedding.targets import principal_statistics

    known = principal_statistics(members, 16, np.random.default_rng(0))
    z = trained.encoder.encode(members)[:, :16]
    assert (z - known).square().sum() < 0.4 * known.square().sum()


def test_training_repeats_exactly_for_a_seed(space, members):
    def z(seed):
        return pretrain(members, QUICK, seed, {space.name: space}).encoder.encode(members)

    assert torch.equal(z(1), z(1))
    assert not torch.equal(z(1), z(2))


def test_training_leaves_the_global_generator_alone(space, members):
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    pretrain(members, QUICK, 0, {space.name: space})
    assert torch.equal(torch.rand(2), expected)


def test_training_stops_when_held_out_graphs_no_longer_improve(space, members):
    config = dataclasses.replace(QUICK, steps=40, look_every=1, patience=3, learning_rate=1e-30)
    curve = np.array(pretrain(members, config, 0, {space.name: space}).curve)
    assert len(curve) < 40
    assert len(curve) - 1 - curve[:, -1].argmin() == 3


def test_one_encoder_learns_several_spaces_and_graphs_of_none(space, members):
    cells = spaces.get("dag:1-4")
    unknown = ArchTable.from_graphs(spaces.get("macro").sample(20, np.random.default_rng(0)))
    table = ArchTable.concatenate([members[:100], cells.enumerate(), unknown])
    trained = pretrain(table, QUICK, 0, {s.name: s for s in (space, cells)})
    assert list(trained.decoders) == ["dag:1-4", "nasbench201"]
    assert trained.encoder.encode(table).isfinite().all()


def test_too_few_graphs_and_graphs_all_alike_are_refused(space, members):
    with pytest.raises(InputError, match="at least 10 graphs, but got 9"):
        pretrain(members[:9], QUICK, 0, {space.name: space})
    with pytest.raises(InputError, match="all alike"):
        pretrain(members[np.zeros(20, dtype=int)], QUICK, 0, {space.name: space})


def test_a_graph_that_is_no_member_of_its_space_is_refused(space, members):
    foreign = ArchTable.from_graphs(spaces.get("macro").sample(20, np.random.default_rng(0)), space="nasbench201")
    with pytest.raises(InputError, match="not a member of nasbench201"):
        pretrain(ArchTable.concatenate([members, foreign]), QUICK, 0, {space.name: space})


def test_an_encoder_starts_from_a_network_and_leaves_it_as_it_is(space, members):
    network = GraphNetwork(hidden=24, layers=2)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    still = dataclasses.replace(QUICK, learning_rate=1e-30)
    reached = pretrain(members, still, 0, {space.name: space}, start=network).encoder.network
    assert reached.sizes == network.sizes
    assert all(torch.allclose(value, before[name]) for name, value in reached.state_dict().items())
    moved = pretrain(members, QUICK, 0, {space.name: space}, start=network).encoder.network
    assert not torch.equal(moved.node.weight, network.node.weight)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
