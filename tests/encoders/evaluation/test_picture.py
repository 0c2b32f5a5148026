import numpy as np
import pytest

from archgraph import InputError
from encoders import embedding_picture


def test_landmarks_are_numbered_and_the_metric_names_the_colours(members):
    table = members[:50].with_metrics(acc=np.linspace(0, 1, 50))
    figure = embedding_picture(table, np.random.default_rng(0).normal(size=(50, 6)), "acc")
    labels = {text.get_text() for part in figure.subfigs for axes in part.axes for text in axes.texts}
    assert {str(number) for number in range(1, 9)} <= labels
    assert any(axes.get_ylabel() == "acc" for axes in figure.subfigs[0].axes)


def test_too_few_graphs_and_an_unknown_metric_are_refused(members):
    with pytest.raises(InputError, match="at least 3 graphs, but got 2"):
        embedding_picture(members[:2], np.zeros((2, 4)))
    with pytest.raises(InputError, match="no metric beauty"):
        embedding_picture(members[:9], np.zeros((9, 4)), "beauty")
