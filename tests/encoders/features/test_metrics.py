import numpy as np
import pytest

from archgraph import InputError
from encoders.features.metrics import metric_values


def test_values_are_numbers_and_an_unknown_name_gets_the_choices(members):
    table = members[:3].with_metrics(acc=[1, 2, np.nan])
    np.testing.assert_array_equal(metric_values(table, "acc"), [1.0, 2.0, np.nan])
    with pytest.raises(InputError, match="no metric loss; choose from acc"):
        metric_values(table, "loss")
    with pytest.raises(InputError, match="these graphs have none"):
        metric_values(members[:3], "loss")
