"""The examples in docstrings of public names do what they show."""

import doctest
from importlib import import_module

import pytest

SHOWN = (
    *("archgraph:ArchGraph", "archgraph:ArchTable", "archgraph:Operation"),
    *("supernet:Recipe", "supernet:Skeleton", "supernet:compile_cell", "supernet:compile_network"),
    *("search:make", "search:open_study"),
)


@pytest.mark.parametrize("name", SHOWN)
def test_the_example_of_a_public_name_does_what_it_shows(name):
    module, _, name = name.partition(":")
    finder = doctest.DocTestFinder(recurse=False)
    [test] = finder.find(getattr(import_module(module), name), name, globs={})
    assert test.examples
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    assert runner.run(test).failed == 0
