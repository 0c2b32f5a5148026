"""Small objectives and searches that several tests of searches use."""

from functools import cache

from archgraph import spaces
from archgraph.seeds import derive_seed
from archgraph.storages.study import open_study
from search.loop import run_study
from search.methods import METHODS, SAMPLED, make
from search.objectives.base import Objective
from search.objectives.evaluation import Evaluation
from search.objectives.table import TableObjective
from search.studies.study import HASH, completed

SPACE = spaces.get("macro")
OPEN = [name for name in (*METHODS, *SAMPLED) if name not in ("global", "cmaes", "gp")]
"""Methods that search spaces as a whole, and quickly."""


TRIALS = 14


class Made(Objective):
    """A number made of an architecture's size and hash, for the whole of an open space."""

    names, directions = ("made",), ("minimize",)

    def __init__(self, space):
        self.space, self.calls = space, []

    def __call__(self, architectures, seeds):
        self.calls += [a.hash for a in architectures]
        return [Evaluation((self.value(a),), gmacs=2.0) for a in architectures]

    def value(self, architecture):
        return abs(sum(map(int, architecture.native)) - 5) + derive_seed(0, architecture.hash) / 2**32


class Digits(Objective):
    """The number that a member's digits make, as a loss."""

    space, names, directions = SPACE, ("digits",), ("minimize",)

    def __call__(self, architectures, seeds):
        return [Evaluation((float(a.native),)) for a in architectures]


@cache
def table():
    members = spaces.get("dag:1-4").enumerate()
    value = [
        -abs(n - 12) - derive_seed(0, key) / 2**32 for n, key in zip(members.graph_sizes, members.hashes(), strict=True)
    ]
    metrics = {"acc": value, "size": members.graph_sizes.astype(float), "train_time_s": [3.0] * len(members)}
    return members.with_metrics(**metrics)


def closed():
    return TableObjective(table(), spaces.get("dag:1-4"), ["acc"])


def opened():
    return Made(spaces.get("macro"))


def run(method, storage, objective, trials=TRIALS, seed=0, batch=1):
    study = open_study(storage, method, {"seed": seed}, objective.directions)
    chosen = make(method, objective.space)
    run_study(study, chosen, objective, seed, lambda begun: len(begun) >= trials, batch=batch)
    return study


def record(study):
    keep = ("repeated", "rejected", "repaired", "restart", HASH)
    return [(t.values, t.params, {k: t.user_attrs.get(k) for k in keep}) for t in completed(study)]
