"""Layers that operations bring: their shapes and costs, and who may say what runs."""

import sys
import textwrap

import pytest

from archgraph import ArchGraph, InputError, Operation, allow_code
from archgraph.errors import CompileError
from archgraph.networks.own import check_modules, own_layer
from archgraph.networks.registry import blueprint
from archgraph.ops import OPS

HOPS = Operation("test-own-hops", "message_passing", numbers={"hops": 2}, module="own_modules:Hops")
HALVING = Operation("test-own-halving", "message_passing", module="own_modules:Halving")


@pytest.fixture
def allowed():
    allow_code()
    yield
    allow_code(False)


@pytest.mark.usefixtures("allowed")
class TestWhereCodeIsAllowed:
    def test_what_a_module_does_not_say_is_counted_on_it(self):
        layer = own_layer(HOPS)
        assert layer.output_shape((4, 6, 5)) == (4, 6, 5)
        assert layer.cost((4, 6, 5)) == (2 * (16 + 4) + 8, 2 * 2 * 16 * 30)  # two 1x1 convolutions, twice; a norm
        assert sum(p.numel() for p in layer.module((4, 6, 5)).parameters()) == layer.cost((4, 6, 5))[0]

    def test_what_it_says_holds(self):
        layer = own_layer(HALVING)
        assert layer.output_shape((4, 6, 6)) == (8, 3, 3)
        assert layer.cost((4, 6, 6)) == layer.counted((4, 6, 6))

    def test_a_cell_with_it_is_a_blueprint(self):
        for operation in (HOPS, HALVING):
            OPS.register(operation)
        graph = ArchGraph(["input", HOPS.name, HALVING.name, "output"], [(0, 1), (1, 2), (2, 3)])
        made = blueprint(graph, "custom", (3, 8, 8), 10, stages=1)
        assert (32, 4, 4) in made.shapes
        assert made.depth == 4  # stem, both operations, classifier

    @pytest.mark.parametrize(
        ("module", "numbers", "reason"),
        [
            ("own_modules:no_module", {}, "is no torch.nn.Module, but str"),
            ("own_modules:Hops", {"heads": 2}, "cannot be made for 4x4x4 .TypeError"),
            ("own_modules:not_callable", {}, "it is a int"),
        ],
    )
    def test_what_makes_no_module_is_refused_in_one_line(self, module, numbers, reason):
        operation = Operation("test-own-wrong", "wrong", numbers=numbers, module=module)
        with pytest.raises(InputError, match=reason) as refused:
            own_layer(operation).module((4, 4, 4))
        assert "\n" not in str(refused.value)

    def test_a_rule_that_gives_no_shape_is_refused(self):
        layer = own_layer(Operation("test-own-shape", "wrong", module="own_modules:Halving"))
        with pytest.raises(CompileError, match="output_shape gives"):
            layer.output_shape((4, 1, 1))


def test_without_leave_nothing_is_imported():
    sys.modules.pop("own_modules", None)
    OPS.register(HOPS)
    for call in (lambda: own_layer(HOPS), lambda: check_modules(["identity", HOPS.name])):
        with pytest.raises(InputError, match=r"test-own-hops brings code of its own.*--allow-code"):
            call()
    assert "own_modules" not in sys.modules


@pytest.mark.parametrize("module", ["nothing", "a b:c", "os:system('ls')", ":x", "x:"])
def test_a_module_is_named_by_package_and_class(module):
    with pytest.raises(InputError, match=r"module is written package.module:Class"):
        Operation("wrong", "wrong", module=module)


def test_operations_of_known_kinds_are_what_they_are_called():
    assert own_layer(OPS["conv3x3-relu"]) is None
    assert own_layer(Operation("test-own-plain", "message_passing")) is None


def test_installed_distributions_announce_modules_which_need_no_leave(tmp_path, monkeypatch):
    info = tmp_path / "strange-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: strange\nVersion: 1.0\n")
    entries = """
    [archgraph.operations]
    test-own-announced = own_modules:Hops
    identity = own_modules:Hops
    """
    (info / "entry_points.txt").write_text(textwrap.dedent(entries))
    monkeypatch.syspath_prepend(tmp_path)
    layer = own_layer(Operation("test-own-announced", "message_passing", numbers={"hops": 3}))
    assert layer.module((4, 4, 4)).hops == 3
    assert own_layer(OPS["identity"]) is None
