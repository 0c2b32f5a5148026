"""Each method's sampler takes the method's own settings."""

import pytest
from small_searches import SPACE

from archgraph import InputError
from search import DeltaSampler, EvolutionSampler, GlobalSampler, LocalSampler, RandomArchitectureSampler
from search.methods import METHODS

SAMPLERS = [DeltaSampler, EvolutionSampler, GlobalSampler, LocalSampler, RandomArchitectureSampler]


def test_there_is_a_sampler_of_every_method():
    assert {sampler.name: sampler.kind for sampler in SAMPLERS} == METHODS


def test_settings_are_those_of_the_method():
    assert DeltaSampler(SPACE, parents=4).method.parents == 4
    with pytest.raises(InputError, match="method evolution has no setting 'parents'; known are population"):
        EvolutionSampler(SPACE, parents=4)
