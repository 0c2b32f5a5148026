"""The examples in docstrings of public names do what they show; every public class and function has one."""

import doctest
import inspect
import logging
from importlib import import_module

import optuna
import pytest
import site_blocks
from site_python import public_names

LONG = ("search.design", "search.run_demo")
"""What takes minutes; its example is shown and not run."""
NAMES = [
    f"{module}.{name}"
    for module, name in public_names()
    if inspect.isclass(value := getattr(import_module(module), name)) or inspect.isfunction(value)
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the files that `docs/reference/examples.md` makes."""
    made = tmp_path_factory.mktemp("examples")
    page = (site_blocks.DOCS / "reference" / "examples.md").read_text(encoding="utf-8")
    [block] = [block for block in site_blocks.blocks(page) if block.kind == "python"]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(made)
        exec(compile(block.text, "examples.md", "exec"), {})
    return made


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch, folder):
    """Each example begins in that folder, says nothing of Optuna's, and adds no space for others."""
    from archgraph import spaces

    monkeypatch.chdir(folder)
    monkeypatch.setattr(spaces, "SPACES", dict(spaces.SPACES))
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(logging.WARNING)
    yield
    optuna.logging.set_verbosity(before)


@pytest.mark.parametrize("full", NAMES)
def test_the_example_of_a_public_name_does_what_it_shows(full):
    module, _, name = full.rpartition(".")
    found = doctest.DocTestFinder(recurse=False).find(getattr(import_module(module), name), name, globs={})
    tests = [test for test in found if test.examples]
    assert tests, f"{full} shows no example"
    [test] = tests
    assert full in LONG or not any(doctest.SKIP in example.options for example in test.examples)
    printed = []
    doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test, out=printed.append)
    assert not printed, "".join(printed)
