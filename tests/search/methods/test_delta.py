"""What delta's process learns from."""

import pytest
from small_searches import Digits, closed, record, table

from archgraph import spaces
from archgraph.storages.study import open_study
from encoders.delta.learners.gaussian_process import GaussianProcess
from search.architectures import Architectures
from search.loop import run_in_bulk, run_study
from search.methods import delta, make
from search.studies.history import History

SPACE = spaces.get("macro")


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
    assert sorted(fitted) == [*range(3, 17), 18, 20, 23, 27, 32, 32, 40, 52, 73]  # the more labels, the more seldom


def test_of_a_long_search_on_a_table_four_proposals_share_a_ranking_and_a_stopped_one_goes_on_with_it(monkeypatch):
    monkeypatch.setattr(delta, "_AFTER", 20)
    ranked, plain = [], delta.DeltaEvolution._ranking
    monkeypatch.setattr(
        delta.DeltaEvolution,
        "_ranking",
        lambda self, history, rng: ranked.append(len(history)) or plain(self, history, rng),
    )

    def searched(stops):
        study, architectures = open_study(None, "delta", {}), Architectures(SPACE, SPACE.enumerate())
        for until in stops:
            run_in_bulk(study, make("delta", SPACE), Digits(), 0, lambda h, n=until: len(h) >= n, architectures)
        return record(study)

    whole = searched([34])
    assert ranked == [*range(20), 20, 24, 28, 32]
    assert searched([22, 27, 34]) == whole


def test_a_process_is_given_no_more_labels_than_it_is_said(monkeypatch):
    told, fit, with_kernel = [], GaussianProcess.fit, GaussianProcess.with_kernel
    monkeypatch.setattr(GaussianProcess, "fit", lambda x, *rest: told.append(len(x)) or fit(x, *rest))
    monkeypatch.setattr(
        GaussianProcess, "with_kernel", lambda self, x, *rest: told.append(len(x)) or with_kernel(self, x, *rest)
    )
    study = open_study(None, "delta", {})
    method = make("delta", SPACE, settings={"most": 12})
    run_in_bulk(study, method, Digits(), 0, lambda h: len(h) >= 30, Architectures(SPACE))
    assert told == [*range(3, 13), *[12] * 17]


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


def test_delta_begins_with_what_it_is_given():
    first = ["00000000", "22222222"]
    study = open_study(None, "delta", {})
    run_in_bulk(study, make("delta", SPACE, settings={"first": first}), Digits(), 0, lambda h: len(h) >= 4)
    natives = [trial.user_attrs["architecture"] for trial in study.trials]
    assert natives[:2] == first
    assert len(set(natives)) == 4


@pytest.mark.slow
def test_delta_can_search_by_a_predictor_that_was_trained_before(tmp_path):
    from encoders import DeltaPredictor, save_delta

    predictor = DeltaPredictor.fit(table(), "acc", train_size=12)
    save_delta(predictor, tmp_path / "delta")
    made = closed()

    def go(stops):
        study = open_study(None, "delta", {}, made.directions)
        for stop in stops:
            method = make("delta", made.space, settings={"predictor": str(tmp_path / "delta")})
            run_study(study, method, made, 0, lambda trials, n=stop: len(trials) >= n)
        return record(study)

    assert go([6, 9]) == go([9])
