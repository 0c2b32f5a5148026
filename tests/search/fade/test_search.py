"""FaDE's outer search: its steps, what it derives and pays, and what it keeps."""

from itertools import pairwise

import numpy as np
import pytest
from optuna.trial import TrialState, create_trial

from archgraph import InputError
from archgraph.errors import DivergedError
from archgraph.storages.liveness import Shift
from archgraph.storages.study import open_study
from search.fade.config import FadeConfig
from search.fade.drawing import different, mirrored_noise
from search.fade.search import FaDESearch
from search.objectives.base import Objective
from search.objectives.evaluation import Evaluation
from search.studies.study import complete, completed, spent
from supernet.hyper.ranks import FadeRanks


class TowardsTheRight:
    """A ranker that likes cells whose point lies far along the first coordinate."""

    def __init__(self, generator):
        self.generator = generator
        self.where = {graph.canonical_hash(): i for i, graph in enumerate(generator.members)}

    def __call__(self, rows, seed):
        x = [np.array([self.generator.points[self.where[c.canonical_hash()], 0] for c in row]) for row in rows]
        probabilities = [np.exp(v) / np.exp(v).sum() for v in x]
        return FadeRanks([probabilities]), 1.0


@pytest.fixture
def search(generator, objective):
    config = FadeConfig(2, "gradient", candidates=6, annealing=1.0, rate=1.0, sigma=0.5)
    return FaDESearch(generator, TowardsTheRight(generator), objective, config)


def test_means_climb_what_the_ranks_prefer(search, tmp_path):
    study = open_study(f"sqlite:///{tmp_path / 's.db'}", "fade", {})
    search.run(study, 0, lambda trials: len(trials) >= 6)
    means = np.array([trial.user_attrs["means"] for trial in completed(study)])
    assert means.shape == (6, 2, 2)
    assert (means[-1, :, 0] > 0.3).all()


def test_a_step_knows_nothing_but_the_means_that_the_last_one_left(search, tmp_path):
    """Memory-less: with the same means, older values and ranks change nothing."""
    study = open_study(f"sqlite:///{tmp_path / 's.db'}", "fade", {})
    search.run(study, 0, lambda trials: len(trials) >= 2)
    other = open_study(f"sqlite:///{tmp_path / 't.db'}", "fade", {})
    for trial in completed(study)[:1]:
        copy = other.ask()
        nothing = {name: [[], []] for name in ("elite", "candidates", "log_ranks")}
        for name, value in {"means": trial.user_attrs["means"], "derived": [], **nothing}.items():
            copy.set_user_attr(name, value)
        other.tell(copy, 1e9)
    search.run(other, 0, lambda trials: len(trials) >= 2)
    assert completed(other)[1].user_attrs["means"] == completed(study)[1].user_attrs["means"]


def test_the_best_ranked_paths_are_evaluated_and_the_best_of_them_is_the_steps_value(search):
    study = open_study(None, "fade", {})
    search.run(study, 0, lambda trials: len(trials) >= 1)
    [trial] = completed(study)
    derived = trial.user_attrs["derived"]
    assert len(derived) == search.config.deriving
    assert [trial.value, trial.user_attrs["architecture"]] == min(derived, key=lambda found: found[0])[:2]
    for cell, names, ranks in zip(
        derived[0][1].split("|"), trial.user_attrs["candidates"], trial.user_attrs["log_ranks"], strict=True
    ):
        assert names[int(np.argmax(ranks))] == cell


def test_what_an_earlier_step_evaluated_is_not_paid_for_again(search):
    study = open_study(None, "fade", {})
    search.run(study, 0, lambda trials: len(trials) >= 5)
    seen = [key for trial in completed(study) for _, _, key in trial.user_attrs["derived"]]
    paid = sum(trial.user_attrs["queries"] - search.config.candidates for trial in completed(study))
    assert paid == len(set(seen)) < len(seen)


def test_a_step_goes_down_the_ranks_until_enough_architectures_are_new(search):
    study = open_study(None, "fade", {})
    search.run(study, 0, lambda trials: len(trials) >= 5)
    known = set()
    for trial in completed(study):
        derived = [key for _, _, key in trial.user_attrs["derived"]]
        assert len(set(derived)) == len(derived)
        assert len(set(derived) - known) == search.config.deriving
        assert derived[-1] not in known
        known |= set(derived)


def test_a_trial_of_a_worker_that_is_alive_is_left_alone(search):
    study = open_study(None, "fade", {})
    other, left = Shift(study), Shift(study)
    for shift in (other, left):
        shift.begin(create_trial(state=TrialState.RUNNING))
    left.leave()
    search.run(study, 0, lambda trials: len(complete(trials)) >= 1)
    assert [trial.state.name for trial in study.trials] == ["RUNNING", "FAIL", "COMPLETE"]


@pytest.mark.parametrize("sigma", [1e-9, 1e-3, 1.0, 1e9])
def test_cells_of_a_row_are_all_different_however_narrow_their_distribution(generator, sigma):
    rng = np.random.default_rng(0)
    for count in (2, 5, len(generator.members)):
        noise = sigma * mirrored_noise((1, count, generator.latent), seed=count)[0]
        drawn = different(generator, np.zeros(generator.latent), noise, [3], rng)
        assert drawn[0] == 3
        assert len(set(drawn)) == len(drawn) == count


def test_more_candidates_than_cells_or_none_beside_the_elite_are_refused(generator, objective):
    for config in (
        FadeConfig(2, "gradient", candidates=len(generator.members) + 1),
        FadeConfig(strategy="gradient", candidates=4, elite=4),
    ):
        with pytest.raises(InputError, match="different candidates"):
            FaDESearch(generator, TowardsTheRight(generator), objective, config)


def test_the_elite_of_a_step_stands_among_the_next_candidates(generator, objective):
    config = FadeConfig(2, "gradient", candidates=6, elite=1)
    study = open_study(None, "fade", {})
    FaDESearch(generator, TowardsTheRight(generator), objective, config).run(study, 0, lambda trials: len(trials) >= 3)
    for before, after in pairwise(completed(study)):
        for names, ranks, following in zip(
            before.user_attrs["candidates"],
            before.user_attrs["log_ranks"],
            after.user_attrs["candidates"],
            strict=True,
        ):
            assert following[0] == names[int(np.argmax(ranks))]


def test_rows_that_share_a_distribution_move_together(generator, objective):
    config = FadeConfig(2, "gradient", candidates=6, shared=True)
    study = open_study(None, "fade", {})
    FaDESearch(generator, TowardsTheRight(generator), objective, config).run(study, 0, lambda trials: len(trials) >= 3)
    for trial in completed(study):
        first, second = trial.user_attrs["means"]
        assert first == second


def test_a_trial_of_several_steps_derives_after_the_last_and_pays_for_all(generator, objective):
    def searched(**settings):
        study = open_study(None, "fade", {})
        config = FadeConfig(2, "gradient", candidates=6, **settings)
        count = 4 // config.every
        FaDESearch(generator, TowardsTheRight(generator), objective, config).run(
            study, 0, lambda trials: len(trials) >= count
        )
        return completed(study)

    alone, together = searched(), searched(every=2)
    assert [trial.user_attrs["means"] for trial in together] == [trial.user_attrs["means"] for trial in alone[1::2]]
    for trial in together:
        assert trial.user_attrs["hyper_gmacs"] == 2.0
        assert len(trial.user_attrs["derived"]) >= 2
    assert together[0].user_attrs["queries"] == 2 * 6 + 2


def test_repeats_average_ranks_and_are_paid_for(generator, objective):
    calls = []

    def ranker(rows, seed):
        calls.append(seed)
        return FadeRanks([[np.full(len(row), 1 / len(row)) for row in rows]]), 1.0

    study = open_study(None, "fade", {})
    config = FadeConfig(2, "gradient", candidates=4, repeats=3)
    FaDESearch(generator, ranker, objective, config).run(study, 0, lambda trials: len(trials) >= 1)
    [trial] = completed(study)
    assert len(set(calls)) == 3
    assert trial.user_attrs["hyper_gmacs"] == 3.0
    assert trial.user_attrs["queries"] == 3 * 4 + config.deriving


class EverySecondFails:
    """A ranker whose every second training raises an exception."""

    def __init__(self, ranker, error):
        self.ranker, self.error, self.calls = ranker, error, 0

    def __call__(self, rows, seed):
        self.calls += 1
        if self.calls % 2:
            raise self.error
        return self.ranker(rows, seed)


@pytest.mark.parametrize(
    ("error", "reason"),
    [(DivergedError("the training diverged"), "the training diverged"), (MemoryError("full"), "MemoryError: full")],
)
def test_a_step_whose_training_fails_is_a_failed_trial_and_the_next_is_another(generator, objective, error, reason):
    config = FadeConfig(2, "gradient", candidates=3)
    search = FaDESearch(generator, EverySecondFails(TowardsTheRight(generator), error), objective, config)
    study = open_study(None, "fade", {})
    search.run(study, 0, lambda trials: len(trials) >= 4)
    assert [trial.state.name for trial in study.trials] == ["FAIL", "COMPLETE", "FAIL", "COMPLETE"]
    assert study.trials[0].user_attrs["reason"] == reason
    whole = FaDESearch(generator, TowardsTheRight(generator), objective, config)
    other = open_study(None, "fade", {})
    whole.run(other, 0, lambda trials: len(trials) >= 2)
    assert completed(other)[1].user_attrs["candidates"] != completed(study)[1].user_attrs["candidates"]


class SomeFail(Objective):
    """Architectures whose hash is even fail."""

    names, directions = ("made",), ("minimize",)

    def __init__(self, space):
        self.space, self.asked = space, []

    def __call__(self, architectures, seeds):
        self.asked += [a.hash for a in architectures]
        return [Evaluation((float("nan") if int(a.hash, 16) % 2 == 0 else 1.0,), gmacs=1.0) for a in architectures]


class SomeRaise(SomeFail):
    """Architectures whose hash is even raise an exception."""

    def __call__(self, architectures, seeds):
        found = super().__call__(architectures, seeds)
        if any(evaluation.reason for evaluation in found):
            raise RuntimeError("out of memory")
        return found


@pytest.mark.parametrize("kind", [SomeFail, SomeRaise])
def test_an_architecture_that_failed_is_derived_no_more(generator, objective, kind):
    made = kind(objective.space)
    config = FadeConfig(2, "gradient", candidates=4, derived=1, annealing=0.5)
    study = open_study(None, "fade", {})
    FaDESearch(generator, TowardsTheRight(generator), made, config).run(study, 0, lambda trials: len(trials) >= 8)
    assert len(made.asked) == len(set(made.asked)) == 8
    even = [key for key in made.asked if int(key, 16) % 2 == 0]
    assert 1 < len(even) < 8
    assert [key for trial in study.trials for key in trial.user_attrs.get("failed", ())] == even
    assert all(int(key, 16) % 2 for trial in completed(study) for _, _, key in trial.user_attrs["derived"])


def test_a_step_all_of_whose_architectures_failed_has_no_value_and_moves_on(generator, objective):
    class AllFail(SomeFail):
        def __call__(self, architectures, seeds):
            return [Evaluation((), gmacs=1.0, reason="no room") for _ in architectures]

    config = FadeConfig(2, "gradient", candidates=4, derived=1)
    study = open_study(None, "fade", {})
    FaDESearch(generator, TowardsTheRight(generator), AllFail(objective.space), config).run(
        study, 0, lambda trials: len(trials) >= 3
    )
    assert [(trial.state.name, trial.user_attrs["reason"]) for trial in study.trials] == [("FAIL", "no room")] * 3
    means = [trial.user_attrs["means"] for trial in study.trials]
    assert means[0] != means[1] != means[2]
    assert spent(study.trials) == 3 * (1.0 + 1.0)
