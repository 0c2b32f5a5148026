"""Small objectives and searches that several tests of searches use."""

from functools import cache

from archgraph import ArchGraph, ArchTable, InputError, spaces
from archgraph.seeds import derive_seed
from archgraph.spaces import Space
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


class Endless(Space):
    """Chains of any length: members grow without end, so there are no fixed choices."""

    name, operations = "endless", ("input", "output", "identity", "conv3x3-relu")

    def size(self):
        return None

    def enumerate(self) -> ArchTable:
        raise InputError("endless")

    def sample(self, n, rng):
        return [self.from_native("".join(map(str, rng.integers(2, size=rng.integers(1, 9))))) for _ in range(n)]

    def to_native(self, graph):
        return "".join(str(self.operations.index(op) - 2) for op in graph.ops[1:-1])

    def from_native(self, native):
        ops = ["input", *(self.operations[2 + int(digit)] for digit in native), "output"]
        return ArchGraph(ops, [(i, i + 1) for i in range(len(ops) - 1)])

    def neighbors(self, graph):
        native = self.to_native(graph)
        return [self.from_native(native + digit) for digit in "01"]


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
