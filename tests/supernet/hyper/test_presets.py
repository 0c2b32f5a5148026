"""What every preset of rankings keeps: it trains, ranks all paths at linear cost, resumes bit for bit, exports."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch

from archgraph import InputError
from archgraph.networks.macro_skeleton import hyper_of
from archgraph.networks.skeleton import Skeleton
from supernet.export.files import export_network
from supernet.hyper.hyper import HyperArchitecture
from supernet.hyper.recipe import PRESETS, RANKING, bilevel_macs, preset_of
from supernet.hyper.training import HyperTraining
from supernet.hyper.trainings import fade_ranks, train_hypers


@pytest.fixture(params=PRESETS)
def preset(request):
    found = preset_of(request.param)
    return replace(found, recipe=replace(found.recipe, epochs=2, warm_up=min(found.recipe.warm_up, 1), batch_size=32))


@pytest.fixture
def frame(preset):
    return Skeleton((1, 8, 8), 10, (4, 8), (2, 2), norm=preset.norm)


def test_all_paths_are_ranked_at_linear_cost(preset, frame, cells, small_digits):
    ranks = fade_ranks([cells, cells[:3]], frame, small_digits.train, preset.recipe, seeds=[0])
    logs = [ranks.log_rank(path) for path in product(range(5), range(3))]
    assert ranks.paths == len(set(logs)) == 15
    assert np.exp(logs).sum() == pytest.approx(1)

    def macs(count):
        return bilevel_macs([cells[:1] * count] * 2, frame, 100, replace(preset.recipe, warm_up=0))

    assert macs(5) - macs(4) == macs(2) - macs(1) > 0


def test_a_stopped_training_ends_bit_for_bit_as_one_that_was_not(preset, frame, cells, small_digits, tmp_path):
    rows, state = [cells[:3], cells[2:]], tmp_path / "state.safetensors"
    whole = train_hypers(rows, frame, small_digits.train, preset.recipe, [1, 2])

    def stop(epoch, losses, alphas):
        if epoch == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_hypers(rows, frame, small_digits.train, preset.recipe, [1, 2], state, stop)
    assert state.is_file()
    again = train_hypers(rows, frame, small_digits.train, preset.recipe, [1, 2], state)
    for (one, _), (other, _) in zip(whole, again, strict=True):
        for name, value in one.state_dict().items():
            assert torch.equal(value, other.state_dict()[name]), name


def test_members_are_exported_with_the_weights_of_the_hyper_architecture(preset, frame, cells, small_digits, tmp_path):
    [(hyper, held_out)] = train_hypers([cells, cells], frame, small_digits.train, preset.recipe, [0])
    member, hyper = hyper.path((3, 1)).eval(), hyper.eval()
    one_hot = [torch.eye(5)[3], torch.eye(5)[1]]
    expected = hyper(held_out.images, one_hot)
    torch.testing.assert_close(member(held_out.images), expected, atol=1e-4, rtol=1e-3)
    export_network(member, "py", tmp_path / "member.py")
    scope = {"__name__": "exported", "__file__": str(tmp_path / "member.py")}
    exec((tmp_path / "member.py").read_text(), scope)
    torch.testing.assert_close(scope["load"]()(held_out.images), expected, atol=1e-4, rtol=1e-3)


def test_the_default_is_the_training_that_ranked_best():
    assert PRESETS["archgraph"].recipe is RANKING
    with pytest.raises(InputError, match=r"preset is one of archgraph, authors, but got .plain."):
        preset_of("plain")


def test_the_authors_take_one_step_for_weights_and_architecture_parameters(cells, small_digits):
    recipe = replace(preset_of("authors").recipe, epochs=1, batch_size=len(small_digits.train))
    frame = Skeleton((1, 8, 8), 10, (4, 8), (2, 2), norm="sums")
    training = HyperTraining(HyperArchitecture([cells, cells], frame, seed=0), small_digits.train, recipe, [0])
    before = [alpha.detach().clone() for alpha in training.alphas]
    assert all((alpha > 0).all() and (alpha < 1).all() for alpha in before)
    assert len(hyper_of(frame, [cells, cells]).mixtures) == 2
    training.run()
    for alpha, start in zip(training.alphas, before, strict=True):  # the first step of Adam is as long as its rate
        torch.testing.assert_close((alpha.detach() - start).abs(), torch.full((5,), recipe.rate(0)), atol=1e-3, rtol=0)
