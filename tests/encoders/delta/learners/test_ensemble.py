import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoders.delta.learners.ensemble import TUNED, USUAL, Ensemble, held_out, weights_of


@given(st.integers(4, 2000))
def test_no_label_is_held_back_twice_and_few_labels_all_are(count):
    times = np.sum(list(held_out(count)), axis=0)
    assert times.max() == 1
    assert times.all() == (count <= 600)


def test_members_that_err_alike_count_as_usual():
    np.testing.assert_allclose(weights_of(np.full((3, 50), 0.2)), USUAL)


def test_the_graph_network_counts_for_more_the_more_labels_there_are_and_at_most_for_half():
    share = [weights_of(np.full((4, labels), 0.2))[3] for labels in (5, 50, 500, 50_000)]
    assert share == sorted(share)
    assert share[1] == pytest.approx(TUNED / 2)
    assert TUNED * 0.99 < share[3] < TUNED


def test_a_member_that_errs_more_counts_for_less_the_surer_that_is():
    def share(labels):
        return weights_of(np.array([[0.2], [0.25], [0.2]]) * np.ones(labels))[1]

    assert USUAL[1] > share(4) > share(40) > share(400) > 0


@pytest.mark.parametrize("errors", [0.0, 1e-30])
def test_members_without_error_have_weights(errors):
    assert weights_of(np.full((3, 5), errors)).sum() == pytest.approx(1)


def test_what_only_processes_can_learn_is_left_to_them():
    rng = np.random.default_rng(0)
    known, noise = rng.normal(size=(2, 40, 5)).astype(np.float32)  # trees and networks read noise
    ensemble, held = Ensemble.fit(noise, known, known[:, 0] + np.sin(2 * known[:, 1]), [], seed=0)
    assert ensemble.weights[0] > 0.95
    assert ensemble.weights.sum() == pytest.approx(1)
    assert sorted(held.rows.tolist()) == list(range(40))
    assert np.corrcoef(held.said, (known[:, 0] + np.sin(2 * known[:, 1]))[held.rows])[0, 1] > 0.8
