import itertools
import os
import signal
import subprocess
import sys
import time

import pytest
import torch
from torch.nn import functional as F

from archgraph import OPS, ArchGraph, InputError, Operation
from archgraph.networks.darts import mixed_graph
from archgraph.networks.darts import network as darts_network
from supernet.hyper.hyper import HyperArchitecture
from supernet.hyper.mixed import MixedNetwork
from supernet.hyper.recipe import BilevelRecipe, bilevel_macs
from supernet.hyper.sampled_effects import sampled_effects
from supernet.hyper.training import HyperTraining, fade_ranks, train_hyper
from supernet.images.datasets import digits
from supernet.ranking.substitution import substitution_macs, substitution_scores

EVERY = [
    {"order": "second"},
    {"order": "single-level"},
    {"mixture": "softmax"},
    {"mixture": "gumbel"},
    {"mixture": "single"},
    {"mixture": "per-image"},
    {"alpha_step": "adam", "alpha_rate": 0.01},
    {"alpha_step": "sgd", "alpha_rate": 0.5},
    {"alpha_step": "substitution", "order": "single-level"},
    {"alpha_step": "substitution", "mixture": "per-image", "regulariser": "independent"},
    {"regulariser": "independent"},
    {"regulariser": "dependent"},
    {"augment": True, "clip": 1.0},
    {"precision": "bfloat16"},
    {"optimizer": "sgd", "weight_decay": 1e-3, "learning_rate": 0.02},
]


@pytest.mark.parametrize("options", EVERY, ids=str)
def test_every_way_of_training_moves_the_architecture_parameters_and_resumes_exactly(
    options, cells, skeleton, small_digits, tmp_path
):
    recipe = BilevelRecipe(epochs=3, warm_up=1, **options)

    def hyper():
        return HyperArchitecture([cells[:3], cells[2:]], skeleton, seed=0)

    whole = HyperTraining(hyper(), small_digits.train, recipe, [1])
    whole.run()
    assert all(alpha.detach().any() for alpha in whole.alphas)
    stopped = HyperTraining(hyper(), small_digits.train, recipe, [1], tmp_path / "state.safetensors", stop_after(2))
    with pytest.raises(KeyboardInterrupt):
        stopped.run()
    again = HyperTraining(hyper(), small_digits.train, recipe, [1], state=tmp_path / "state.safetensors")
    assert again.epoch == 1
    again.run()
    assert all(torch.equal(a, b) for a, b in zip(again.alphas, whole.alphas, strict=True))
    for name, value in whole.model.state_dict().items():
        assert torch.equal(again.model.state_dict()[name], value), name


def stop_after(epochs):
    def monitor(epoch, losses, alphas):
        if epoch == epochs:
            raise KeyboardInterrupt

    return monitor


def test_architecture_parameters_move_only_after_the_warm_up(cells, skeleton, small_digits):
    frozen, _ = train_hyper([cells, cells], skeleton, small_digits.train, BilevelRecipe(2, warm_up=2), seed=0)
    assert all(not alpha.detach().any() for alpha in frozen.alphas)
    moved, _ = train_hyper([cells, cells], skeleton, small_digits.train, BilevelRecipe(2, warm_up=1), seed=0)
    assert all(alpha.detach().any() for alpha in moved.alphas)
    # One natural gradient step: it keeps the mean and has the stated size.
    for alpha in moved.alphas:
        assert alpha.mean().item() == pytest.approx(0, abs=1e-5)
        assert alpha.square().mean().sqrt().item() == pytest.approx(0.05, rel=1e-3)


def test_training_repeats_exactly_and_lowers_the_loss(cells, skeleton, small_digits):
    def loss(epochs):
        recipe = BilevelRecipe(epochs, warm_up=0)
        hyper, held_out = train_hyper([cells, cells], skeleton, small_digits.train, recipe, seed=4)
        return F.cross_entropy(hyper.eval()(held_out.images), held_out.labels).item()

    assert loss(12) < loss(1)
    assert loss(2) == loss(2)


def test_weights_and_architecture_parameters_see_different_parts(cells, skeleton, small_digits):
    recipe = BilevelRecipe(1, held_out=0.25)
    training = HyperTraining(HyperArchitecture([cells, cells], skeleton, 0), small_digits.train, recipe, [0])
    parts = training.courses[0].own, training.courses[0].held_out
    seen = [{image.numpy().tobytes() for image in part.images} for part in parts]
    assert [len(part) for part in parts] == [96, 32]
    assert not seen[0] & seen[1]


def test_darts_on_one_graph_of_mixed_operations_trains(small_digits):
    model = MixedNetwork(darts_network(mixed_graph(), (1, 8, 8), 10, channels=2, layers=3), seed=0)
    recipe = BilevelRecipe(1, warm_up=0, mixture="softmax", alpha_step="adam", alpha_rate=3e-4)
    HyperTraining(model, small_digits.limit_train(32).train, recipe, [0]).run()
    assert all(alpha.detach().any() for alpha in model.alphas)
    best = tuple(int(alpha.argmax()) for alpha in model.alphas)
    assert model.path(best)(small_digits.train.images[:4]).shape == (4, 10)


def test_a_state_of_another_training_is_refused(cells, skeleton, small_digits, tmp_path):
    state = tmp_path / "state.safetensors"
    train_hyper([cells[:2]] * 2, skeleton, small_digits.train, BilevelRecipe(1), 0, state)
    with pytest.raises(InputError, match="other settings"):
        train_hyper([cells[:2]] * 2, skeleton, small_digits.train, BilevelRecipe(2), 0, state)
    state.write_bytes(b"broken")
    with pytest.raises(InputError, match=r"training state .* is damaged; remove it"):
        train_hyper([cells[:2]] * 2, skeleton, small_digits.train, BilevelRecipe(1), 0, state)


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"order": "third"}, "order is one of first, second, single-level, but got 'third'"),
        ({"mixture": "hard"}, "mixture is one of dirichlet, .*, but got 'hard'"),
        ({"order": "second", "alpha_step": "substitution"}, "second order needs gradients"),
    ],
)
def test_choices_that_do_not_exist_or_go_together_are_said(choices, message):
    with pytest.raises(InputError, match=message):
        BilevelRecipe(**choices)


def test_cost_is_linear_in_the_number_of_cells_and_rows(cells, skeleton):
    stem = bilevel_macs([[], []], skeleton, 100, BilevelRecipe())
    one = bilevel_macs([cells[:1], cells[:1]], skeleton, 100, BilevelRecipe()) - stem
    assert bilevel_macs([cells[:1] * 4, cells[:1] * 4], skeleton, 100, BilevelRecipe()) - stem == 4 * one


def test_steps_by_substitution_cost_four_forward_passes_behind_the_first_row(cells, skeleton):
    rows, frozen = [cells, cells], BilevelRecipe(2, warm_up=2)
    each = skeleton.macs(rows) * 50
    assert bilevel_macs(rows, skeleton, 100, frozen) == 6 * each
    assert bilevel_macs(rows, skeleton, 100, BilevelRecipe(2, warm_up=1)) == 9 * each
    by_substitution = BilevelRecipe(2, warm_up=1, alpha_step="substitution")
    assert bilevel_macs(rows, skeleton, 100, by_substitution) == 10 * each - 3 * 50 * skeleton.row_macs(0, cells)


def test_ranks_put_a_cell_that_blurs_the_image_away_behind_one_that_works(cells, skeleton):
    OPS.register(Operation("test-blur", "avg_pool", kernel=15))
    blur = ArchGraph(["input", "test-blur", "test-blur", "output"], [(0, 1), (1, 2), (2, 3)])
    rows = [[blur, cells[1]], [cells[1], blur]]
    ranks = fade_ranks(rows, skeleton, digits().train, BilevelRecipe(4, warm_up=2), seeds=[0, 1])
    assert ranks.best() == (1, 0)


def test_the_price_of_substitution_is_a_forward_pass_of_what_comes_after_each_cell(cells, skeleton):
    rows = [cells[:2], cells[:3]]
    first, second, head = skeleton.row_macs(0, rows[0]), skeleton.row_macs(1, rows[1]), skeleton.head_macs
    assert skeleton.macs(rows) == first + second + head
    assert substitution_macs(rows, skeleton, 10) == 10 * (first + second + 2 * (second + head) + 3 * head)


def test_substitution_is_the_loss_with_one_cell_in_a_rows_place(cells, skeleton, small_digits):
    hyper, held_out = train_hyper([cells[:2], cells], skeleton, small_digits.train, BilevelRecipe(2, warm_up=1), 0)
    scores = substitution_scores(hyper, held_out)
    assert hyper.training
    hyper.eval()
    mixtures = [alpha.softmax(0).detach() for alpha in hyper.alphas]
    for row, size in enumerate((2, 5)):
        losses = [
            F.cross_entropy(hyper(held_out.images, [*mixtures[:row], one, *mixtures[row + 1 :]]), held_out.labels)
            for one in torch.eye(size)
        ]
        expected = (-torch.stack(losses)).double().softmax(0)
        torch.testing.assert_close(torch.tensor(scores[row]), expected.detach(), atol=1e-5, rtol=1e-4)


KILLED = """
import sys, time
from pathlib import Path
from archgraph import spaces
from supernet.hyper.recipe import BilevelRecipe
from supernet.hyper.training import train_hypers
from supernet.images.datasets import digits
from archgraph.networks.skeleton import Skeleton
cells = [spaces.get("dag").from_native(native) for native in ("2:0-1", "3:0-1,0-2", "4:0-1,1-2,2-3")]
def monitor(epoch, losses, alphas):
    print(epoch, flush=True)
    time.sleep(float(sys.argv[2]))
frame, seeds = Skeleton((1, 8, 8), 10, (4, 8), (2, 2)), [int(seed) for seed in sys.argv[3:]]
trained = train_hypers([cells] * 2, frame, digits().limit_train(256).train, BilevelRecipe(epochs=6, warm_up=1), seeds,
                       Path(sys.argv[1]), monitor)
print([alpha.tolist() for hyper, _ in trained for alpha in hyper.alphas])
"""


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [["3"], ["3", "4", "5"]], ids=["alone", "side by side"])
def test_a_training_killed_in_the_middle_ends_with_the_same_ranks_bit_for_bit(seeds, tmp_path):
    def start(name, pause):
        arguments = [sys.executable, "-c", KILLED, str(tmp_path / name), str(pause), *seeds]
        return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"})

    whole, _ = start("whole", 0).communicate(timeout=300)
    killed = start("killed", 0.5)
    for line in killed.stdout:
        if line.startswith("3"):
            time.sleep(0.2)
            killed.send_signal(signal.SIGKILL)
            break
    killed.wait()
    again, _ = start("killed", 0).communicate(timeout=300)
    assert again.splitlines()[0] in ("3", "4")
    assert again.splitlines()[-1] == whole.splitlines()[-1]


@pytest.mark.parametrize(("d", "k"), list(itertools.product((2, 3), (2, 4))))
def test_a_hyper_architecture_runs_the_cells_of_its_rows_and_no_path(cells, d, k):
    from archgraph.networks.skeleton import Skeleton

    frame = Skeleton((1, 8, 8), 10, (4,) * d, (2,) + (1,) * (d - 1))
    made = HyperArchitecture([cells[:k]] * d, frame, 0).blueprint
    per_cell = sum(len([s for s in layer.steps if s.kind == "Conv2d"]) for layer in made.layers)
    convs = sum(op.startswith("conv") for cell in cells[:k] for op in cell.ops)
    assert per_cell == d * (1 + convs)


def test_sampled_effects_are_the_losses_of_one_cell_in_a_rows_place(cells, skeleton, small_digits):
    """Against every cell in every row's place, one by one; in evaluation, so that images do not see each other."""
    hyper = HyperArchitecture([cells[:3], cells[2:4]], skeleton, seed=0).eval()
    batch = small_digits.limit_train(64).train
    with torch.no_grad():
        hyper.alphas[0].copy_(torch.tensor([0.5, 0.0, -0.5]))
        even = [alpha.softmax(0) for alpha in hyper.alphas]
        losses = []
        for i, mixture in enumerate(even):
            ones = [[one if i == k else m for k, m in enumerate(even)] for one in torch.eye(len(mixture))]
            losses.append(torch.stack([F.cross_entropy(hyper(batch.images, m), batch.labels) for m in ones]))
    generator = torch.Generator().manual_seed(0)
    sampled = [sampled_effects(hyper, batch, [generator], times=4) for _ in range(40)]
    overall = torch.cat(losses).mean()
    for exact, row in zip(losses, zip(*sampled, strict=True), strict=True):
        torch.testing.assert_close(torch.stack(row).mean(0), exact - overall, atol=0.05, rtol=0.1)


def test_a_batch_smaller_than_the_cells_leaves_some_unseen(cells, skeleton, small_digits):
    hyper = HyperArchitecture([cells, cells], skeleton, seed=0)
    few = sampled_effects(hyper, small_digits.limit_train(2).train, [torch.Generator().manual_seed(0)], times=2)
    assert sum(int((row != 0).sum()) for row in few) <= 4


def test_steps_by_substitution_go_against_the_sampled_effects(cells, skeleton, small_digits):
    recipe = BilevelRecipe(1, 64, warm_up=0, alpha_step="substitution", alpha_rate=0.5)
    training = HyperTraining(HyperArchitecture([cells, cells], skeleton, 0), small_digits.train, recipe, [0])
    effects = [torch.linspace(-1, 1, 5), torch.linspace(1, -1, 5)]
    training.alpha_step(effects)
    for alpha, effect in zip(training.alphas, effects, strict=True):
        torch.testing.assert_close(alpha.detach(), -0.5 * effect)
