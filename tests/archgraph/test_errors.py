"""The errors that archgraph raises on purpose are one tree."""

from archgraph import errors


def test_bad_input_is_a_value_error_and_all_have_one_base() -> None:
    assert issubclass(errors.GraphError, errors.InputError)
    assert issubclass(errors.CompileError, errors.InputError)
    assert issubclass(errors.InputError, ValueError)
    made = [e for e in vars(errors).values() if isinstance(e, type)]
    assert all(issubclass(error, errors.ArchGraphError) for error in made)
