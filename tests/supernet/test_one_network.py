"""The network of an architecture is one: trained in a bank, by `fit` or in bulk, and exported."""

import numpy as np
import pytest
import torch
from small_networks import SMALL

from archgraph import ArchTable, spaces
from archgraph.networks.choice import NetworkChoice
from supernet.bank.bank import Bank
from supernet.export.deployment import Deployment
from supernet.export.files import export_network
from supernet.images.preprocessing import Preprocessing
from supernet.images.splits import Images, ImageSplits
from supernet.network import Network
from supernet.standalone.bulk import BulkPlan, train_table
from supernet.standalone.fit import FitTask, fit
from supernet.standalone.fit_recipe import FitRecipe
from supernet.standalone.training import Recipe
from supernet.standalone.weights import load_weights, weights_path

NAMES = ("a", "b", "c")
FORM = Preprocessing(channels=3, height=16, width=16, mean=(0.4, 0.5, 0.6), deviation=(0.2, 0.3, 0.25))
CASES = [(name, NetworkChoice(settings=settings)) for name, settings in SMALL.items()]
CASES += [(name, NetworkChoice("rows", {"width": 8})) for name in ("nasbench201", "dag:1-5x3")]


def images():
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (12, 3, 16, 16), generator=generator, dtype=torch.uint8)
    part = Images(FORM.standardise(pixels), torch.arange(12) % 3)
    return pixels, ImageSplits("made", part, part, part, NAMES, FORM)


def parameters(network):
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize(("name", "choice"), CASES, ids=lambda value: str(getattr(value, "kind", value)))
def test_all_build_one_network(name, choice, tmp_path):
    pixels, data = images()
    graph = spaces.get(name).sample(1, np.random.default_rng(3))[0]
    blueprint = choice.blueprint(graph, name, data.shape, data.classes)
    effective = blueprint.prune().cost.params

    fitted = fit(FitTask(graph, name, choice), data, FitRecipe(epochs=1, batch_size=6))
    expected = fitted.network()(data.train.images)
    searched = Bank([blueprint], [0])
    searched.load_state(fitted.weights, 0)
    torch.testing.assert_close(searched.eval()(data.train.images)[:, 0], expected, atol=1e-5, rtol=1e-5)
    assert parameters(searched) == parameters(fitted.network()) == fitted.metrics["params"] == effective

    table = ArchTable.from_graphs([graph], ids=["one"], space=name)
    plan = BulkPlan(Recipe(epochs=1, batch_size=6), network=choice)
    train_table(table, data, plan, tmp_path / "journal", weights=tmp_path / "weights")
    state, build = load_weights(weights_path(tmp_path / "weights", "one"))
    trained = Network(build.choice.blueprint(graph, build.space, build.image, build.classes), 1)
    trained.load_weights(fitted.weights)
    torch.testing.assert_close(trained.eval()(data.train.images), expected, atol=1e-5, rtol=1e-5)
    assert state.keys() == {weight for weight in fitted.weights if not weight.endswith("num_batches_tracked")}

    export_network(fitted.network(), "py", tmp_path / "net.py", deployment=Deployment(NAMES, FORM))
    scope = {"__name__": "net", "__file__": str(tmp_path / "net.py")}
    exec((tmp_path / "net.py").read_text(), scope)
    exported = scope["load"]()
    torch.testing.assert_close(exported(pixels.float() / 255), expected, atol=1e-5, rtol=1e-5)
    assert parameters(exported) == effective
