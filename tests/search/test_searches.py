"""What every search promises: seeds, budgets, storage, and going on after an interruption with the same numbers."""

import optuna
import pytest

import search.baselines
import search.fade
from archgraph import InputError, spaces
from search.baselines import random_proposal, run_proposals, suggest_dag, tpe_proposal
from search.fade import FadeConfig, FaDESearch
from search.ranker import HyperRanker
from search.study import CELLS, COST, completed, finish, open_study, ordinal, spent
from supernet.darts import BilevelRecipe

METHODS = ("random", "tpe", "fade")
TRIALS = {"random": 6, "tpe": 6, "fade": 3}
WHOLE = {}  # what each method gives uninterrupted


def run(method, storage, objective, generator, space, skeleton, trials=None, seed=0):
    study = open_study(storage, method, {"seed": seed})
    trials = trials or TRIALS[method]

    def finished():
        return len(completed(study)) >= trials

    if method == "fade":
        ranker = HyperRanker(skeleton, objective.data.train, BilevelRecipe(1, warm_up=0, batch_size=16))
        FaDESearch(generator, ranker, objective, FadeConfig(rows=2, candidates=4)).run(study, seed, finished)
    else:
        propose = random_proposal(space, 2) if method == "random" else tpe_proposal(space, 2, start_up=2)
        run_proposals(study, propose, objective, seed, finished, batch=3)
    return study


def record(study):
    keep = (CELLS, COST, "means", "log_ranks", "candidates")
    return [(t.value, {k: t.user_attrs[k] for k in keep if k in t.user_attrs}) for t in completed(study)]


@pytest.fixture
def storage(tmp_path):
    return f"sqlite:///{tmp_path / 'studies.db'}"


@pytest.mark.parametrize("method", METHODS)
class TestEverySearch:
    def test_repeats_exactly_for_a_seed_and_differs_for_another(
        self, method, objective, generator, space, skeleton, tmp_path
    ):
        def go(name, seed):
            return record(run(method, f"sqlite:///{tmp_path / name}", objective, generator, space, skeleton, seed=seed))

        first = go("a.db", 0)
        assert first == go("b.db", 0)
        assert first != go("c.db", 1)

    def test_pays_for_every_trial_and_stops_at_its_number(self, method, storage, objective, generator, space, skeleton):
        study = run(method, storage, objective, generator, space, skeleton)
        assert len(completed(study)) == TRIALS[method]
        assert all(trial.user_attrs[COST] > 0 for trial in completed(study))
        assert spent(study) == pytest.approx(sum(trial.user_attrs[COST] for trial in completed(study)))

    def test_chooses_members_of_the_space(self, method, storage, objective, generator, space, skeleton):
        for trial in completed(run(method, storage, objective, generator, space, skeleton)):
            assert [space.from_native(cell) in space for cell in trial.user_attrs[CELLS]] == [True, True]

    def test_does_nothing_more_once_finished(self, method, storage, objective, generator, space, skeleton):
        before = record(run(method, storage, objective, generator, space, skeleton))
        assert record(run(method, storage, objective, generator, space, skeleton)) == before

    @pytest.mark.parametrize("where", ["objective", "finish", "ask", "attribute"])
    @pytest.mark.parametrize("at", [1, 2, 3])
    def test_goes_on_after_an_interruption_with_the_same_numbers(
        self, method, where, at, storage, objective, generator, space, skeleton, interrupting, monkeypatch
    ):
        if method not in WHOLE:
            WHOLE[method] = record(run(method, None, objective, generator, space, skeleton))
        stopped = objective
        with monkeypatch.context() as patch:
            if where == "objective":
                stopped = interrupting(objective, at)
            elif where == "finish":
                for module in (search.baselines, search.fade):
                    patch.setattr(module, "finish", interrupting(finish, at))
            elif where == "ask":
                patch.setattr(optuna.Study, "ask", interrupt_after(optuna.Study.ask, at))
            else:
                patch.setattr(
                    optuna.trial.Trial, "set_user_attr", interrupt_after(optuna.trial.Trial.set_user_attr, 4 * at)
                )
            try:
                run(method, storage, stopped, generator, space, skeleton)
            except KeyboardInterrupt:
                pass
            else:
                assert method == "random" or method == "tpe", "the interruption came too late to test anything"
                assert where == "objective"
                assert at == 3
        assert record(run(method, storage, objective, generator, space, skeleton)) == WHOLE[method]


def interrupt_after(method, at):
    """A method that is interrupted right after its n-th call did its work."""
    left = [at]

    def wrapped(self, *args, **kwargs):
        result = method(self, *args, **kwargs)
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        return result

    return wrapped


def test_a_study_is_not_continued_under_other_settings(storage):
    open_study(storage, "s", {"seed": 0, "rows": 3})
    open_study(storage, "s", {"seed": 0, "rows": 3})
    with pytest.raises(InputError, match="begun with another rows"):
        open_study(storage, "s", {"seed": 0, "rows": 4})


def test_a_storage_that_cannot_be_opened_gives_one_clear_error(tmp_path):
    with pytest.raises(InputError, match="cannot open storage"):
        open_study(f"sqlite:///{tmp_path / 'missing' / 'x.db'}", "s", {})
    with pytest.raises(InputError, match="cannot open storage"):
        open_study("nonsense", "s", {})


def test_failed_trials_do_not_count(storage):
    study = open_study(storage, "s", {})
    study.tell(study.ask(), state=optuna.trial.TrialState.FAIL)
    study.tell(study.ask(), 1.0)
    assert ordinal(study) == 1


def test_tpe_chooses_any_labelled_cell_and_nothing_else():
    space = spaces.get("dag:1-4")
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    seen = {space.from_native(suggest_dag(study.ask(), space, "row0")).canonical_hash() for _ in range(600)}
    assert len(seen) > 30
    assert len(seen) <= space.size() == 40


def test_tpe_refuses_a_space_that_it_cannot_describe():
    with pytest.raises(InputError, match="no parametrisation of nasbench201"):
        tpe_proposal(spaces.get("nasbench201"), 3)
