import numpy as np
import pytest

from archgraph import ArchTable, InputError, spaces
from encoders.delta.features import Features


def drawn(name, count=20):
    return ArchTable.from_graphs(spaces.get(name).sample(count, np.random.default_rng(0)), space=name)


@pytest.mark.parametrize(("space", "variants"), [("nasbench201", 2), ("nasbench101", 1)])
def test_only_where_an_operation_may_be_a_zero_there_are_two_variants(space, variants):
    features = Features.of(drawn(space))
    assert [variant.effective for variant in features.variants()] == [True, False][:variants]


def test_all_variants_at_once_are_those_of_each_alone():
    table = drawn("nasbench201")
    features = Features.of(table)
    for variant, x in zip(features.variants(), features.of_variants(table), strict=True):
        np.testing.assert_array_equal(x, variant(table))
        assert x.shape == (len(table), len(variant.names))


def test_the_core_is_all_but_the_statistics():
    features = Features.of(drawn("nasbench101"))
    names = np.array(features.names)
    assert not any(name.startswith(("count", "shortest", "log paths")) for name in names[features.core])
    assert names[features.core][-1] == "log multiply-adds"


def test_names_read_as_english():
    names = Features.of(drawn("nasbench201")).variants()[1].names
    assert "log parameters on effective paths" in names
    assert "mean convolutions on a backward walk" in names
    assert "distance from input relu-conv3x3-bn" in names


def test_a_column_that_is_missing_is_named():
    with pytest.raises(InputError, match="lacks the column naswot"):
        Features.of(drawn("nasbench101"), ["naswot"])
