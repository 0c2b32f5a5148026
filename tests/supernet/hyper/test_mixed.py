import torch

from archgraph.networks.published.darts import mixed_graph
from archgraph.networks.registry import blueprint
from supernet.hyper.hyper import HyperArchitecture
from supernet.hyper.mixed import MixedNetwork
from supernet.hyper.recipe import BilevelRecipe
from supernet.hyper.training import HyperTraining


def test_darts_on_one_graph_of_mixed_operations_trains(small_digits):
    model = MixedNetwork(blueprint(mixed_graph(), "darts", (1, 8, 8), 10, channels=2, layers=3), seed=0)
    recipe = BilevelRecipe(1, warm_up=0, mixture="softmax", alpha_step="adam", alpha_rate=3e-4)
    HyperTraining(model, small_digits.limit_train(32).train, recipe, [0]).run()
    assert all(alpha.detach().any() for alpha in model.alphas)
    best = tuple(int(alpha.argmax()) for alpha in model.alphas)
    assert model.path(best)(small_digits.train.images[:4]).shape == (4, 10)


def test_a_path_by_index_is_the_one_hot_mixture(cells, skeleton):
    hyper = HyperArchitecture([cells[:3], cells[2:]], skeleton, seed=0).eval()
    images = torch.randn(4, 1, 8, 8)
    mixed = hyper(images, [torch.eye(3)[1], torch.eye(3)[2]])
    torch.testing.assert_close(hyper.single(images, (1, 2)), mixed, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(hyper.path((1, 2)).eval()(images), mixed, atol=1e-5, rtol=1e-4)


def test_images_of_one_batch_can_have_mixtures_of_their_own(cells, skeleton):
    hyper = HyperArchitecture([cells[:3], cells[2:]], skeleton, seed=0).eval()
    images = torch.randn(3, 1, 8, 8)
    mixtures = [torch.rand(3, n).softmax(1) for n in (3, 3)]
    each = [hyper(images[b : b + 1], [m[b] for m in mixtures]) for b in range(3)]
    torch.testing.assert_close(hyper(images, mixtures), torch.cat(each), atol=1e-5, rtol=1e-4)


def test_gradients_of_a_single_path_reach_its_weights_alone(cells, skeleton):
    hyper = HyperArchitecture([cells[:3], cells[2:]], skeleton, seed=0)
    before = {name: value.clone() for name, value in hyper.bank.state().items() if "running_mean" in name}
    hyper.single(torch.randn(4, 1, 8, 8), (1, 2)).square().sum().backward()
    reached = {name for name, stacked, i in hyper.bank.tensors() if stacked.grad is not None and stacked.grad[i].any()}
    assert any(name.startswith("layers.row0_cell1_") for name in reached)
    assert not any(name.startswith(("layers.row0_cell0_", "layers.row1_cell0_")) for name in reached)
    moved = {name for name, value in hyper.bank.state().items() if name in before and not value.equal(before[name])}
    assert moved == {"layers.row0_cell1_norm.0.running_mean", "layers.row1_cell2_norm.0.running_mean"}


def test_architecture_parameters_start_equal_and_are_apart_from_the_weights(cells, skeleton):
    hyper = HyperArchitecture([cells, cells], skeleton, seed=0)
    assert all((row == 1 / len(cells)).all() for row in hyper.probabilities())
    own = {id(alpha) for alpha in hyper.alphas}
    assert not own & {id(weight) for weight in hyper.weights()}
    assert len(list(hyper.weights())) + 2 == len(list(hyper.parameters()))
