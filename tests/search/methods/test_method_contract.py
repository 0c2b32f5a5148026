"""Every search method keeps the contract."""

from functools import cache

import pytest

from archgraph import spaces
from archgraph.seeds import derive_seed
from archgraph.testing import MethodContract
from search import METHODS, SAMPLED, TableObjective, make, open_study, run_study


@cache
def objective():
    """A number of an architecture's size and hash."""
    members = spaces.get("dag:1-4").enumerate()
    noise = [derive_seed(0, key) / 2**32 for key in members.hashes()]
    return TableObjective(
        members.with_metrics(accuracy=members.graph_sizes + noise), spaces.get("dag:1-4"), ["accuracy"]
    )


class Shipped(MethodContract):
    name: str

    def make(self):
        return make(self.name, self.space())

    def space(self):
        return objective().space

    def run(self, method, storage, seed, trials):
        study = open_study(storage, "contract", {"seed": seed}, objective().directions)
        run_study(study, method, objective(), seed, lambda begun: len(begun) >= trials)
        return study


class TestRandom(Shipped):
    name = "random"


class TestEvolution(Shipped):
    name = "evolution"


class TestLocal(Shipped):
    name = "local"


class TestGlobal(Shipped):
    name = "global"


class TestDelta(Shipped):
    name = "delta"


class TestTPE(Shipped):
    name = "tpe"


class TestNSGA2(Shipped):
    name = "nsga2"


class TestCMAES(Shipped):
    name = "cmaes"


@pytest.mark.slow
class TestGP(Shipped):
    name = "gp"


def test_no_method_is_left_out():
    assert {kind.name for kind in Shipped.__subclasses__()} == {*METHODS, *SAMPLED}
