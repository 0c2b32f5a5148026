import numpy as np
import pytest

from archgraph import ArchTable, InputError, spaces
from encoders.embedding.pretrain import split
from encoders.embedding.targets import SPREAD, codes_by_space, pairs_by_space, principal_statistics


def test_no_pair_holds_a_graph_that_is_held_out(space, members):
    kept, held_out = split(len(members), len(members) // 2, 0)
    hidden = set(members[held_out].hashes())
    pairs = pairs_by_space(members[kept], {space.name: space}, 300, 0, unseen=members[held_out])
    assert len(pairs) > 100
    assert not hidden & {*pairs.first.hashes(), *pairs.second.hashes()}


def test_codes_are_those_of_the_graphs_of_each_space(space, members):
    other = ArchTable.from_graphs(spaces.get("macro").sample(3, np.random.default_rng(0)))
    codes = codes_by_space(ArchTable.concatenate([other, members[:4]]), {space.name: space})[space.name]
    assert codes.row.tolist() == [-1, -1, -1, 0, 1, 2, 3]
    np.testing.assert_array_equal(codes.codes.numpy(), space.to_codes(members[:4]))


def test_principal_statistics_have_no_correlation_and_one_spread(members):
    known = principal_statistics(members, 100, np.random.default_rng(0)).numpy()
    covariance = np.cov(known, rowvar=False)
    assert np.trace(covariance) == pytest.approx(SPREAD**2, rel=0.01)
    np.testing.assert_allclose(covariance - np.diag(np.diag(covariance)), 0, atol=1e-3)
    assert (np.diff(np.diag(covariance)) <= 1e-6).all()
    with pytest.raises(InputError, match="all alike"):
        principal_statistics(members[np.zeros(20, dtype=int)], 4, np.random.default_rng(0))
