"""The contract that every operation keeps, as a suite of tests to inherit.

    from archgraph import Operation
    from archgraph.testing import OperationContract

    class TestMyOperations(OperationContract):
        def make(self):
            return [Operation("conv7x7-relu", "conv", kernel=7, activation="post")]

pytest then runs every test of the suite on them.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from archgraph.op_names import parse
from archgraph.operation import Operation
from archgraph.ops import SHIPPED, Vocabulary
from archgraph.testing.outcome import outcome


class OperationContract(ABC):
    """Tests of operations. `make` gives them; they are put into a vocabulary of the test's own.

    Example:
        >>> from archgraph import Operation
        >>> from archgraph.testing import OperationContract
        >>> class TestMyOperations(OperationContract):
        ...     def make(self):
        ...         return [Operation("my-conv7x7", "conv", kernel=7)]
        >>> [name for name in dir(TestMyOperations) if name.startswith("test_")][:1]
        ['test_a_description_makes_the_operation_again']
    """

    @abstractmethod
    def make(self) -> Sequence[Operation]:
        """The operations under test."""

    def test_features_are_finite_and_as_many_as_those_of_others(self) -> None:
        features = np.array([operation.features() for operation in (*SHIPPED, *self.make())])
        assert np.isfinite(features).all()

    def test_operations_of_different_names_have_different_features(self) -> None:
        """An encoder sees nothing else of them."""
        seen: dict[tuple[float, ...], Operation] = {}
        for operation in (*SHIPPED, *self.make()):
            other = seen.setdefault(tuple(operation.features()), operation)
            assert operation.name == other.name, f"{operation.name} looks like {other.name}"

    def test_the_name_finds_the_operation(self) -> None:
        vocabulary = Vocabulary(SHIPPED)
        for operation in self.make():
            index = vocabulary.register(operation)
            assert operation.name in vocabulary
            assert vocabulary.index(operation.name) == index
            assert vocabulary[index] == operation

    def test_registering_again_changes_nothing(self) -> None:
        vocabulary = Vocabulary((*SHIPPED, *self.make()))
        before = list(vocabulary)
        for operation in self.make():
            vocabulary.register(operation)
        assert list(vocabulary) == before

    def test_a_name_that_is_taken_is_refused(self) -> None:
        vocabulary = Vocabulary((*SHIPPED, *self.make()))
        for operation in self.make():
            other = replace(operation, kernel=operation.kernel + 2)
            index, refusal = outcome(partial(vocabulary.register, other))
            assert index is None
            assert operation.name in refusal

    def test_a_name_that_describes_itself_says_the_truth(self) -> None:
        for operation in self.make():
            assert parse(operation.name) in (None, operation)

    def test_a_description_makes_the_operation_again(self) -> None:
        """As files of graphs and checkpoints hold it: through JSON."""
        for operation in self.make():
            assert Operation(**json.loads(json.dumps(operation.to_dict()))) == operation
