"""The shipped operations keep the contract, and what breaks it is found."""

from dataclasses import dataclass

import pytest
from suites import broken_promises

from archgraph import Operation
from archgraph.op_names import parse
from archgraph.ops import SHIPPED
from archgraph.testing import OperationContract


class TestShipped(OperationContract):
    def make(self):
        return SHIPPED


class TestNamesThatDescribeThemselves(OperationContract):
    def make(self):
        return [parse(name) for name in ("conv5x5-relu", "maxpool5x5-s2", "linear-gelu", "conv3x3-g4-s2-bn-relu")]


def of(*operations):
    class Suite(OperationContract):
        def make(self):
            return operations

    return Suite()


@dataclass(frozen=True)
class Endless(Operation):
    def features(self):
        return [*super().features()[:-1], float("inf")]


@dataclass(frozen=True)
class Longer(Operation):
    def features(self):
        return [*super().features(), 1.0]


@dataclass(frozen=True)
class Silent(Operation):
    def features(self):
        return [0.0] * len(super().features())


@dataclass(frozen=True)
class Forgetful(Operation):
    def to_dict(self):
        return {"name": self.name, "kind": self.kind}


@pytest.mark.parametrize(
    ("operations", "promise"),
    [
        ([Endless("mine", "conv")], "test_features_are_finite_and_as_many_as_those_of_others"),
        ([Longer("mine", "conv")], "test_features_are_finite_and_as_many_as_those_of_others"),
        (
            [Silent("mine", "conv"), Silent("other", "conv", kernel=3)],
            "test_operations_of_different_names_have_different_features",
        ),
        ([Operation("sum", "conv")], "test_the_name_finds_the_operation"),
        ([Operation("conv5x5-relu", "conv", kernel=7)], "test_a_name_that_describes_itself_says_the_truth"),
        ([Forgetful("mine", "conv", kernel=7)], "test_a_description_makes_the_operation_again"),
    ],
)
def test_what_breaks_the_contract_is_found(operations, promise, tmp_path):
    assert promise in broken_promises(of(*operations), tmp_path)
