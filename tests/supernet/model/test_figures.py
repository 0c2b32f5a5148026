import pytest

from supernet.model.figures import curves_figure

HISTORY = {"train_loss": [2.0, 1.0], "validation_loss": [2.5, 1.5], "train_accuracy": [0.1, 0.5]}


@pytest.mark.parametrize(("what", "lines"), [("loss", [[2.0, 1.0], [2.5, 1.5]]), ("accuracy", [[0.1, 0.5]])])
def test_a_curve_for_each_part_that_has_one(what, lines):
    [axes] = curves_figure(HISTORY, what).axes
    assert [list(line.get_ydata()) for line in axes.lines] == lines
    assert axes.get_title() == what


def test_the_kept_epoch_is_marked():
    [axes] = curves_figure(HISTORY, "loss", kept=2).axes
    assert list(axes.lines[-1].get_xdata()) == [2, 2]
