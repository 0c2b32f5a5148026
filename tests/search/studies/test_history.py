"""What a search knows of its study."""

import numpy as np
from optuna.trial import TrialState, create_trial

import search.studies.history
from archgraph import ArchTable, spaces
from archgraph.storages.liveness import Shift
from archgraph.storages.study import open_study
from search.architectures import Architectures
from search.loop import run_study
from search.methods import make
from search.objectives.base import Objective
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


def test_what_a_trial_costs_to_read_does_not_grow_with_the_study(monkeypatch):
    """Counted are the trials that are looked at, of a search that reads its study after each."""
    looked, counts = [], []
    for name in ("is_kept", "_violation"):
        plain = getattr(search.studies.history, name)
        monkeypatch.setattr(search.studies.history, name, lambda trial, plain=plain: looked.append(0) or plain(trial))

    class Free(Objective):
        space, names, directions = SPACE, ("made",), ("minimize",)

        def __call__(self, architectures, seeds):
            return [Evaluation((float(seed),)) for seed in seeds]

    def finished(trials):
        counts.append(len(looked))
        return len(trials) >= 150

    run_study(open_study(None, "s", {}), make("evolution", SPACE), Free(), 0, finished)
    each = np.diff(counts)
    assert each[50:60].sum() == each[-10:].sum() > 0


def test_trials_that_are_given_up_move_the_later_ones_up():
    """As by other workers; what is read anew is as if it was read for the first time."""
    study = open_study(None, "s", {})
    history = History(study, Architectures(SPACE))
    natives = ["00000000", "11111111", "22222222", "00000001"]
    rows = history.architectures.add([SPACE.from_native(native) for native in natives]).tolist()
    trials = []
    for row in rows:
        found = history.architectures.architecture(row)
        known = {ARCHITECTURE: found.native, HASH: found.hash}
        trials.append(Shift(study).begin(create_trial(state=TrialState.RUNNING, user_attrs=known)))
    history.sync()
    study.tell(trials[1], state=TrialState.FAIL)
    study.tell(trials[2], 1.0)
    history.sync()
    fresh = History(study, history.architectures)
    fresh.sync()
    for read in (history, fresh):
        assert read.rows.tolist() == [rows[0], rows[2], rows[3]]
        assert [read.position(n) for n in (0, 2, 3)] == [0, 1, 2]
        assert np.isnan(read.losses[:, 0]).tolist() == [True, False, True]
        assert rows[1] not in read
        assert len(read.unfinished) == 2


def test_a_history_before_its_last_trials_is_what_it_was_then():
    made = TableObjective(SPACE.enumerate().with_metrics(made=np.arange(SPACE.size(), dtype=float)), SPACE, ["made"])
    study, met = open_study(None, "s", {}, made.directions), Architectures(SPACE, made.members)
    history = History(study, met)
    for trials in (6, 9):
        run_study(study, make("random", SPACE), made, 0, lambda begun, n=trials: len(begun) >= n, met)
        history.sync()
        if trials == 6:
            rows, losses, unseen = history.rows.copy(), history.losses.copy(), history.unseen(np.arange(len(met)))
    earlier = history.before(6)
    assert len(earlier) == earlier.ended == 6
    np.testing.assert_array_equal(earlier.rows, rows)
    np.testing.assert_array_equal(earlier.losses, losses)
    np.testing.assert_array_equal(earlier.unseen(np.arange(len(met))), unseen)
    assert len(history) == 9
    assert len(history.unseen(np.arange(len(met)))) < len(unseen)
