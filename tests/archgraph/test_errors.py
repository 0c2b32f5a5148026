import inspect

import pytest

import archgraph
from archgraph import errors

CLASSES = [cls for _, cls in inspect.getmembers(errors, inspect.isclass)]


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_each_error_is_public_and_stands_in_the_tree(cls):
    assert getattr(archgraph, cls.__name__) is cls
    assert issubclass(cls, errors.ArchGraphError)
    assert len((cls.__doc__ or "").split("\n\n")[0].splitlines()) == 1
    tree = (errors.__doc__ or "").splitlines()
    [line] = [line for line in tree if line.strip(" │├└─").split(" ")[0] == cls.__name__]
    above = [one.__name__ for one in cls.__mro__[1:] if one in CLASSES]
    assert line.index(cls.__name__) == 4 + 4 * len(above)


def test_a_wrong_input_is_also_a_value_error():
    assert issubclass(errors.InputError, ValueError)
    assert not issubclass(errors.ArchGraphError, ValueError)


def test_an_error_is_one_line_whatever_the_names_in_it_hold():
    error = errors.InputError("no file 'a\n\x1b[31mb'; check the name")
    assert str(error) == r"no file 'a\n\x1b[31mb'; check the name"
    assert str(errors.InputError(f"x: {error}")) == rf"x: {error}"


def test_an_error_with_a_long_name_ends_with_what_to_do():
    text = str(errors.InputError(f"no rule {'x' * 5000}; check the name"))
    assert len(text) == errors.LONGEST
    assert text.startswith("no rule x")
    assert text.endswith("x; check the name")
    assert str(errors.InputError(text)) == text
