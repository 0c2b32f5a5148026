"""What makes searches cheap changes nothing that it should not."""

import numpy as np
import optuna
import pytest

from archgraph import ArchTable, InputError, spaces
from encoders.delta.gaussian_process import GaussianProcess
from search.architectures import Architectures
from search.loop import run_in_bulk, run_study
from search.methods import delta, make
from search.methods.points import Choices
from search.methods.sampled import tpe
from search.objectives.base import Objective
from search.objectives.evaluation import Evaluation
from search.objectives.table import TableObjective
from search.studies.history import History
from search.studies.study import open_study

SPACE = spaces.get("macro")


class Digits(Objective):
    """The number that a member's digits make, as a loss."""

    space, names, directions = SPACE, ("digits",), ("minimize",)

    def __call__(self, architectures, seeds):
        return [Evaluation((float(a.native),)) for a in architectures]


def test_our_tpe_proposes_what_optunas_own_does():
    points, rng = Choices(SPACE), np.random.default_rng(0)
    study = optuna.create_study()
    for _ in range(30):
        code = [int(rng.integers(3)) for _ in SPACE.options]
        point = dict(zip(points.distributions, code, strict=True))
        study.add_trial(
            optuna.create_trial(params=point, distributions=dict(points.distributions), value=float(sum(code)))
        )
    ours = tpe(points)._seeded(7)
    plain = optuna.samplers.TPESampler(seed=7, constant_liar=True)
    for _ in range(5):
        proposals = []
        for sampler in (ours, plain):
            study.sampler = sampler
            trial = study.ask()
            proposals.append({name: trial._suggest(name, kind) for name, kind in points.distributions.items()})
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
        assert proposals[0] == proposals[1]


@pytest.mark.parametrize("on_table", [True, False])
def test_deltas_hyper_parameters_are_fitted_on_labels_that_a_resumed_search_has_too(on_table, monkeypatch):
    fitted = []
    fit = GaussianProcess.fit

    def counted(x, y, *further, **named):
        fitted.append(len(x))
        return fit(x, y, *further, **named)

    monkeypatch.setattr(GaussianProcess, "fit", counted)
    study, architectures = open_study(None, "delta", {}), Architectures(SPACE, SPACE.enumerate() if on_table else None)
    for until in (37, 80):  # the second part by a method that has kept nothing
        run_in_bulk(study, make("delta", SPACE), Digits(), 0, lambda h, n=until: len(h) >= n, architectures)
    if on_table:  # where labels cost nothing: seldom
        assert sorted(fitted) == [*range(3, 17), 18, 20, 23, 27, 32, 32, 40, 52, 73]
    else:
        assert fitted == list(range(3, 80))


@pytest.mark.parametrize("labels", [5, 100, 101, 137, 1000])
def test_of_many_labels_delta_is_told_the_best_and_some_of_the_others(labels):
    losses = np.random.default_rng(labels).permutation(labels).astype(float)
    given = delta._given(losses)
    assert len(set(given.tolist())) == len(given) == min(labels, 100)
    assert set(range(min(labels, 50))) <= set(losses[given].tolist())
    assert losses.argmax() in given


def test_a_trial_that_costs_one_query_is_written_twice(tmp_path):
    """Begun with all that is known but its value, then ended with it; plain Optuna writes each parameter as well."""
    study = open_study(f"sqlite:///{tmp_path / 's.db'}", "random", {})
    storage, written = study._storage, []
    for name in ("create_new_trial", "set_trial_user_attr", "set_trial_state_values", "set_trial_param"):
        plain = getattr(storage, name)
        setattr(storage, name, lambda *a, _f=plain, _n=name, **k: (written.append(_n), _f(*a, **k))[1])
    run_study(study, make("random", SPACE), Digits(), 0, lambda trials: len(trials) >= 3)
    assert written == ["create_new_trial", "set_trial_state_values"] * 3


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


def test_delta_sees_what_carries_nothing_where_there_are_several_objectives():
    space = spaces.get("nasbench201")
    architectures, kinds = Architectures(space), ("none", "nor_conv_3x3")
    rows = architectures.add(
        [space.from_native(f"|none~0|+|{kind}~0|none~1|+|none~0|none~1|none~2|") for kind in kinds]
    )
    method = make("delta", space)
    for directions, differ in ((["minimize"], False), (["minimize"] * 2, True)):
        history = History(open_study(None, "s", {}, directions), architectures)
        first, second = method._features(history, rows)
        assert (first != second).any() == differ


@pytest.mark.parametrize("directions", [[], ["max"], ["minimize", "up"]])
def test_a_direction_is_minimize_or_maximize(directions):
    with pytest.raises(InputError, match="minimize or maximize, one an objective"):
        open_study(None, "s", {}, directions)
