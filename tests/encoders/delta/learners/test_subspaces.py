import numpy as np

from encoders.delta.learners.subspaces import Subspaces


def data():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 10))
    return x, x[:, 0] + np.sin(x[:, 1])


def test_the_average_of_halves_learns_and_comes_back_from_its_arrays():
    x, y = data()
    ensemble = Subspaces.fit(x, y, seed=0, share=0.8, most=6)
    assert len(ensemble.processes) == 6
    assert all(len(part) == 8 for part in ensemble.columns)
    assert np.corrcoef(ensemble.mean(x), y)[0, 1] > 0.9
    np.testing.assert_array_equal(Subspaces.from_arrays(ensemble.arrays()).mean(x), ensemble.mean(x))


def test_the_seed_draws_the_features():
    x, y = data()
    first, again, other = (Subspaces.fit(x, y, seed, most=4).columns[0].tolist() for seed in (0, 0, 1))
    assert first == again != other


def test_every_second_process_sees_the_core_alone():
    x, y = data()
    columns = Subspaces.fit(x, y, seed=0, core=[0, 1, 2, 3], most=4).columns
    assert [len(part) for part in columns] == [5, 2, 5, 2]
    assert set(columns[1]) | set(columns[3]) <= {0, 1, 2, 3}
