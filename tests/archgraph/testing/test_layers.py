"""Modules that keep the contract of operations, and what breaks it is found."""

import pytest
from suites import broken_promises

from archgraph import Operation, allow_code
from archgraph.testing import LayerContract


def operation(name, **numbers):
    return Operation(f"test-layer-{name}", "message_passing", numbers=numbers, module=f"own_modules:{name}")


class TestModules(LayerContract):
    def make(self):
        return [operation("Hops", hops=2), operation("Halving")]


def of(*operations):
    class Suite(LayerContract):
        shapes = ((16, 4, 4),)

        def make(self):
            return operations

    return Suite()


@pytest.mark.parametrize(
    ("name", "promise"),
    [
        ("WrongShape", "test_the_rule_of_shapes_is_what_the_module_gives"),
        ("WrongCost", "test_the_cost_is_that_of_the_modules_parameters"),
        ("Idle", "test_gradients_reach_what_comes_in_and_every_parameter"),
        ("Noisy", "test_a_seed_decides_the_weights_and_evaluation_draws_nothing"),
        ("Mixing", "test_images_of_a_batch_do_not_mix_in_evaluation"),
    ],
)
def test_what_breaks_the_contract_is_found(name, promise, tmp_path):
    allow_code()
    try:
        assert promise in broken_promises(of(operation(name)), tmp_path)
    finally:
        allow_code(False)


def test_an_operation_without_a_module_is_found(tmp_path):
    plain = Operation("test-layer-plain", "message_passing")
    assert "test_the_rule_of_shapes_is_what_the_module_gives" in broken_promises(of(plain), tmp_path)
