"""Every objective keeps the contract."""

from archgraph import ArchTable, spaces
from archgraph.networks.choice import NetworkChoice
from archgraph.testing import ObjectiveContract
from search import TableObjective, TrainObjective
from supernet import Recipe, load_images


def table() -> ArchTable:
    members = spaces.get("dag:1-4").enumerate()
    rows = list(range(0, len(members), 2))
    sizes = members.graph_sizes.astype(float)
    return members.with_metrics(accuracy=1 / sizes, size=sizes, train_time_s=sizes * 3)[rows]


class TestTable(ObjectiveContract):
    def make(self):
        return TableObjective(table(), spaces.get("dag:1-4"), ["accuracy"])


class TestTableOfTwoMetrics(ObjectiveContract):
    def make(self):
        return TableObjective(table(), spaces.get("dag:1-4"), ["accuracy", "-size"])


class TestTraining(ObjectiveContract):
    evaluated = 3
    tolerance = 1e-4

    def make(self):
        images = load_images("digits").limit_train(64)
        network = NetworkChoice(settings={"width": 4})
        return TrainObjective(spaces.get("dag:1-3x2"), network, images, Recipe(epochs=1, batch_size=32))
