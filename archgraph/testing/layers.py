"""The contract that every operation with a module of its own keeps, as a suite of tests to inherit.

    from archgraph import Operation
    from archgraph.testing import LayerContract

    class TestMyLayers(LayerContract):
        def make(self):
            return [Operation("gat", "message_passing", numbers={"heads": 4}, module="mypackage.nets:Gat")]

pytest then runs every test of the suite on them, and those of `OperationContract`. Code is allowed meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from archgraph._code import allow_code, code_is_allowed
from archgraph.graph import ArchGraph
from archgraph.networks.builder import CostCounter
from archgraph.networks.own import OwnLayer, own_layer
from archgraph.networks.registry import blueprint, write_network
from archgraph.networks.steps import Shape
from archgraph.ops import OPS
from archgraph.testing.operations import OperationContract


class LayerContract(OperationContract):
    """Tests of operations that bring a module, which are registered for the process.

    Attributes:
        shapes: (channels, height, width) of values that the modules take.
        batch: how many of them at once.

    Example:
        >>> from archgraph import Operation
        >>> from archgraph.testing import LayerContract
        >>> class TestMyLayers(LayerContract):
        ...     def make(self):
        ...         return [Operation("my-conv7x7", "conv", kernel=7)]
        >>> [name for name in dir(TestMyLayers) if name.startswith("test_")][:1]
        ['test_a_cell_with_it_compiles_and_costs_what_is_counted']
    """

    shapes: Sequence[Shape] = ((16, 8, 8), (8, 6, 4))
    batch = 3

    @pytest.fixture(autouse=True)
    def _code_is_allowed(self) -> Iterator[None]:
        before = code_is_allowed()
        allow_code()
        yield
        allow_code(before)

    def layers(self) -> Iterator[tuple[OwnLayer, Shape]]:
        """Each layer with each shape."""
        for operation in self.make():
            layer = own_layer(operation)
            assert layer is not None, f"{operation.name} brings no module"
            for shape in self.shapes:
                yield layer, shape

    def test_the_rule_of_shapes_is_what_the_module_gives(self) -> None:
        import torch

        for layer, shape in self.layers():
            for count in (1, self.batch):
                given = layer.module(shape).eval()(torch.randn(count, *shape))
                assert tuple(given.shape) == (count, *layer.output_shape(shape)), layer.name

    def test_the_cost_is_that_of_the_modules_parameters(self) -> None:
        for layer, shape in self.layers():
            params, flops = layer.cost(shape)
            assert params == sum(p.numel() for p in layer.module(shape).parameters() if p.requires_grad), layer.name
            assert flops >= 0

    def test_gradients_reach_what_comes_in_and_every_parameter(self) -> None:
        import torch

        for layer, shape in self.layers():
            module, given = layer.module(shape).train(), torch.randn(self.batch, *shape, requires_grad=True)
            found = module(given)
            (found * torch.randn_like(found)).sum().backward()
            missing = [name for name, p in module.named_parameters() if p.requires_grad and p.grad is None]
            assert missing == [], layer.name
            assert given.grad is not None, layer.name
            assert all(p.grad.isfinite().all() for p in (given, *module.parameters()) if p.grad is not None), layer.name

    def test_a_seed_decides_the_weights_and_evaluation_draws_nothing(self) -> None:
        import torch

        for layer, shape in self.layers():
            made = []
            for _ in range(2):
                with torch.random.fork_rng(devices=[]):
                    torch.manual_seed(0)
                    made.append(layer.module(shape).eval())
            given = torch.randn(self.batch, *shape)
            with torch.no_grad():
                assert torch.equal(made[0](given), made[0](given)), layer.name
                torch.testing.assert_close(made[0](given), made[1](given), msg=layer.name)

    def test_images_of_a_batch_do_not_mix_in_evaluation(self) -> None:
        import torch

        for layer, shape in self.layers():
            module, given = layer.module(shape).eval(), torch.randn(self.batch, *shape)
            with torch.no_grad():
                torch.testing.assert_close(module(given)[1:2], module(given[1:2]), atol=1e-4, rtol=1e-4, msg=layer.name)

    def test_a_cell_with_it_compiles_and_costs_what_is_counted(self) -> None:
        for operation in self.make():
            OPS.register(operation)
            graph = ArchGraph(["input", operation.name, "output"], [(0, 1), (1, 2)])
            counted = write_network(CostCounter((3, 16, 16)), graph, "", 10, {"stages": 1}).cost
            assert counted == blueprint(graph, "", (3, 16, 16), 10, stages=1).cost
            assert counted.params > 0
