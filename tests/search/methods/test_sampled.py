"""Optuna's samplers propose what they propose by themselves."""

import numpy as np
import optuna
import pytest
from small_searches import closed, record, table

from archgraph import spaces
from archgraph.storages.study import open_study
from encoders.embedding.buckets import BucketGenerator
from search.loop import run_study
from search.methods import make
from search.methods.points import Choices
from search.methods.sampled import tpe

SPACE = spaces.get("macro")


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


@pytest.mark.filterwarnings("error::UserWarning")
@pytest.mark.parametrize("embedded", [True, False], ids=["embedded", "native"])
def test_cmaes_samples_on_both_parametrisations_and_goes_on_exactly_where_it_is_installed(embedded, monkeypatch):
    pytest.importorskip("cmaes", reason="the package cmaes is not installed")
    members = table()
    generator = BucketGenerator(members, np.random.default_rng(0).standard_normal((40, 3)), buckets=20, seed=0)
    generator = generator if embedded else None
    by_itself = []
    plain = optuna.samplers.RandomSampler.sample_independent
    monkeypatch.setattr(
        optuna.samplers.RandomSampler,
        "sample_independent",
        lambda self, *args: by_itself.append(args) or plain(self, *args),
    )

    def go(stops):
        made = closed()
        study = open_study(None, "cmaes", {}, made.directions)
        for trials in stops:
            method = make("cmaes", made.space, generator)
            run_study(study, method, made, 0, lambda trials, n=trials: len(trials) >= n)
        return record(study)

    stopped = go([3, 7, 12, 20])
    by_itself.clear()
    assert go([20]) == stopped
    assert len(by_itself) == (3 if embedded else len(closed().space.options)), "only the first trial is random"
