import numpy as np

from encoders.evaluation.probe import probe


def test_what_lies_in_a_coordinate_is_found_and_noise_is_not():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(150, 6))
    assert min(probe(x, x[:, 0], x[:, 0], 40, [0, 1])) > 0.7
    noise = rng.normal(size=150)
    assert abs(np.mean(probe(x, noise, noise, 40, [0, 1]))) < 0.3
