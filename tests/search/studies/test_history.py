"""What a search knows of its study."""

import numpy as np

from archgraph import ArchTable, spaces
from archgraph.storages.liveness import Shift
from archgraph.storages.study import open_study
from search.architectures import Architectures
from search.loop import run_study
from search.methods import make
from search.objectives.evaluation import Evaluation
from search.objectives.table import TableObjective
from search.studies.history import History
from search.studies.study import ARCHITECTURE, HASH, finish

SPACE = spaces.get("macro")


def test_with_several_objectives_spellings_of_a_network_are_told_apart():
    """Latency and parameters count what carries nothing: a front may need another spelling than the first one met."""
    space = spaces.get("nasbench201")
    dead = "|none~0|+|{}~0|none~1|+|none~0|none~1|none~2|"
    graphs = [space.from_native(dead.format(name)) for name in ("none", "nor_conv_3x3", "avg_pool_3x3")]
    table = ArchTable.from_graphs(graphs, metrics={"acc": [10.0] * 3, "latency": [1.0, 3.0, 2.0]})
    for metrics, left in ((["acc"], 0), (["acc", "-latency"], 2)):
        made = TableObjective(table, space, metrics)
        study = open_study(None, "s", {}, made.directions)
        history = History(study, Architectures(space, made.members))
        run_study(study, make("random", space), made, 0, lambda trials: len(trials) >= 1, history.architectures)
        history.sync()
        assert len(history.unseen(np.arange(3))) == left


def test_an_architecture_that_failed_has_no_label_but_is_known():
    study = open_study(None, "s", {})
    history = History(study, Architectures(SPACE))
    rows = history.architectures.add([SPACE.from_native(native) for native in ("00000000", "11111111")])
    for row, value in zip(rows.tolist(), (1.0, float("nan")), strict=True):
        found = history.architectures.architecture(row)
        trial = study.ask()
        trial.set_user_attr(ARCHITECTURE, found.native)
        trial.set_user_attr(HASH, found.hash)
        finish(Shift(study), trial, Evaluation((value,)))
    history.sync()
    assert len(history) == 2
    assert history.labelled()[0].tolist() == rows[:1].tolist()
    assert rows[1] in history
    assert not len(history.unseen(rows))
