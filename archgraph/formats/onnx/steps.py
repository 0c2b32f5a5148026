"""From an ONNX model to the steps of its network.

The model's own functions are opened where they are called. Both branches of an If are part of the network and meet in a
`where`, unless the condition is known; the body of a Loop runs as often as its count says, and one that nobody can
know is refused. What is counted as a weight is said in `archgraph.formats.onnx.weights`.
"""

from __future__ import annotations

from collections import ChainMap, Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from archgraph.errors import InputError
from archgraph.formats.onnx.attributes import check_attributes
from archgraph.formats.onnx.inference import infer
from archgraph.formats.onnx.item import Item, channels, is_bias, keeps
from archgraph.formats.onnx.known import NOT_KNOWN, Known
from archgraph.formats.onnx.messages import MAX_DEPTH, Function, Graph, Node, OnnxModel, OnnxTensor, Reference
from archgraph.formats.onnx.weights import Weights
from archgraph.formats.onnx.words import SHAPE_OPERATORS, WEIGHTS, words_of
from archgraph.formats.traced.architecture import MAX_STEPS, NOTHING, TracedStep
from archgraph.formats.traced.fusion import attention_groups, join, module_groups

_KEEPS = frozenset(("Identity", "Cast", "CastLike", "Transpose", "Reshape", "Squeeze", "Unsqueeze", "Flatten"))
_SIZED = frozenset(("Expand", "Tile", "Reshape", "Slice", "Resize"))
_BIASED = frozenset(("Conv", "ConvTranspose", "MatMul", "Gemm", "FusedMatMul", "ConvInteger", "MatMulInteger"))
MAX_NAMES = 1 << 20  # inputs, outputs and attributes of all nodes that run
_TOO_MANY = f"the network has more than {MAX_STEPS} nodes, its functions and loops opened"


Scope = ChainMap[str, Item]
"""Values by name: those of a body before those of the graphs around it."""


def steps_of(model: OnnxModel) -> tuple[list[TracedStep], int]:
    """The steps of a model's network in the order in which they run, and the numbers in its weights.

    Raises:
        InputError: a node reads what nothing makes, a Loop's count cannot be known, or there are too many steps.
    """
    return _Walk(model).all()


class _Walk:
    def __init__(self, model: OnnxModel) -> None:
        self._model = model
        self._steps: list[TracedStep] = []
        self._weights = Weights()
        self._met: dict[int, Item] = {}
        self._visited = self._named = 0
        self._sizes: dict[tuple[str, str, str], int] = {}
        self._counted: dict[int, Counter[str]] = {}
        self._input: Hashable = None
        self._calls: dict[Hashable, tuple[Hashable, str]] = {}  # step -> call of a module that is one operation
        self._call_of: tuple[str, str] | None = None
        self._turns = 0

    def all(self) -> tuple[list[TracedStep], int]:
        graph = self._model.graph
        own = {tensor.name for tensor in graph.tensors}
        scope: Scope = ChainMap()
        for name in graph.inputs:
            if name not in own:
                item = self._add("input", varies=True)
                scope[name] = replace(item, known=Known(graph.shapes.get(name)))
                self._input = item.key if self._input is None else self._input
        ends = self._run(graph, scope, 0)
        self._steps.append(TracedStep("output", "output", sources=tuple(item.key for item in ends)))
        counts = self._weights.counts
        steps = [replace(step, params=counts.get(step.key, 0)) for step in self._steps]
        return join(steps, module_groups(steps, self._calls, attention_groups(steps))), sum(counts.values())

    def _add(
        self,
        role: Any,
        word: str = NOTHING,
        sources: Iterable[Hashable] = (),
        varies: bool = False,
        known: Known = NOT_KNOWN,
    ) -> Item:
        if len(self._steps) >= MAX_STEPS:
            raise InputError(f"the network has more than {MAX_STEPS} steps")
        key = len(self._steps)
        shape = None if known.shape is None else tuple(size or 1 for size in known.shape)
        self._steps.append(TracedStep(key, role, word, tuple(sources), shape=shape))
        return Item(key, known, varies=varies, shape_like=role == "shape")

    def _run(self, graph: Graph, scope: Scope, depth: int) -> list[Item]:
        """Run a graph whose inputs stand in `scope`, and give its outputs."""
        readers = self._readers(graph)
        for tensor in graph.tensors:
            scope[tensor.name] = self._tensor(tensor, initial=True, kind=graph.kinds.get(tensor.name, ""))
        for name in {*graph.inputs} & scope.keys():
            scope[name] = replace(scope[name], readers=readers[name])
        self._nodes(graph.nodes, scope, {}, readers, graph.shapes, depth)
        if missing := [name for name in graph.outputs if name not in scope]:
            raise InputError(f"nothing makes the output {missing[0][:64]!r}")
        return [scope[name] for name in graph.outputs]

    def _nodes(
        self,
        nodes: Sequence[Node],
        scope: Scope,
        given: Mapping[str, Any],
        readers: Counter[str],
        shapes: Mapping[str, tuple[int | None, ...]],
        depth: int,
    ) -> None:
        """Run nodes in order; `given` are the attributes of the call of a function, where they are one's."""
        for number, node in enumerate(nodes):
            self._visit(node)
            if missing := [name for name in node.inputs if name and name not in scope]:
                raise InputError(
                    f"node {number} ({node.operator[:32]}) reads {missing[0][:64]!r} before anything makes it"
                )
            node = replace(node, attributes=_bound(node.attributes, given))
            inputs = [scope[name] if name else None for name in node.inputs]
            first = len(self._steps)
            outputs = self._node(node, inputs, scope, depth)
            self._note_module(node, first)
            for name, item in zip(node.outputs, outputs, strict=False):
                if name:
                    known = item.known.completed(shapes[name]) if name in shapes else item.known
                    scope[name] = replace(item, known=known, readers=readers[name])

    def _note_module(self, node: Node, first: int) -> None:
        """Whether the steps from `first` on belong to the call of a module that is one operation.

        Nodes of one call follow one another; a module that is called again has others between.
        """
        if node.module != self._call_of and node.operator != "Constant":
            self._call_of, self._turns = node.module, self._turns + 1
        if node.module is not None and self._call_of == node.module:
            word = "lrn" if node.module[0] == "LocalResponseNorm" else ""
            call = ("module", self._turns)
            self._calls |= {step.key: (call, word) for step in self._steps[first:] if step.role != "constant"}

    def _visit(self, node: Node) -> None:
        """Count a node, and what it names, each time that it runs."""
        self._visited += 1
        self._named += len(node.inputs) + len(node.outputs) + len(node.attributes)
        if self._visited > MAX_STEPS or self._named > MAX_NAMES:
            raise InputError(_TOO_MANY)

    def _readers(self, opened: Graph | Function) -> Counter[str]:
        """How many nodes, and outputs, read each name; counted once, however often it runs."""
        if id(opened) not in self._counted:
            self._counted[id(opened)] = _readers(opened.nodes, opened.outputs)
        return self._counted[id(opened)]

    def _node(self, node: Node, inputs: list[Item | None], scope: Scope, depth: int) -> Iterable[Item]:
        """The outputs of one node."""
        function = self._model.functions.get(_called(node))
        if function is not None:
            return self._call(node, function, inputs, depth + 1)
        if node.operator == "If":
            return self._branches(node, inputs, scope, depth + 1)
        if node.operator == "Loop":
            return self._loop(node, inputs, scope, depth + 1)
        if any(isinstance(value, Graph) for value in node.attributes.values()):
            raise InputError(f"{node.operator[:32]} has a body, which is not read; only those of If and Loop are")
        check_attributes(node)
        if node.operator == "Constant":
            return [self._constant(node)]
        if not any(node.inputs):
            item = replace(self._add("constant"), known=infer(node.operator, [], node.attributes), made=True)
            return [item] * len(node.outputs)
        return self._step(node, inputs)

    def _tensor(self, tensor: OnnxTensor, initial: bool, kind: str = "") -> Item:
        """A tensor of the file; that of a body or function is the same however often it runs."""
        if id(tensor) not in self._met:
            item, numbers = self._add("constant"), tensor.numbers
            self._weights.meet(item.key, tensor, initial, kind)
            known = Known(tensor.shape) if numbers is None else Known.of(numbers)
            self._met[id(tensor)] = replace(item, known=known, leaf=item.key, made=self._weights.made(item.key))
        return self._met[id(tensor)]

    def _constant(self, node: Node) -> Item:
        tensor = next((value for value in node.attributes.values() if isinstance(value, OnnxTensor)), None)
        if tensor is not None:
            return self._tensor(tensor, initial=False)
        return replace(self._add("constant"), known=infer("Constant", [], node.attributes), made=True)

    def _step(self, node: Node, inputs: list[Item | None]) -> list[Item]:
        """An operator of the standard, or one of which only the name is known."""
        if node.operator == "CastLike":
            inputs = inputs[:1]  # of the other only the type is read
        items = [item for item in inputs if item is not None]
        known = infer(node.operator, [None if item is None else item.known for item in inputs], node.attributes)
        varies = any(item.varies for item in items)
        quantised = self._weights.read(node, [None if item is None else item.leaf for item in inputs], varies)
        quantised |= not varies and any(item.quantised for item in items)
        if quantised:
            self._weights.leave_out(item.leaf for item in items if not item.quantised)
        if node.operator == "Sqrt":
            self._weights.leave_out(item.guard for item in items)
        weighs = [i is not None and (i.weighs or self._weights.counted(i.leaf)) for i in inputs]
        sources = tuple(item.key for item in items)
        if node.operator in SHAPE_OPERATORS:
            return [replace(self._add("shape", sources=sources), known=known, made=True)] * len(node.outputs)
        if not varies and self._input is not None and self._is_position(node, inputs):
            item = self._add("step", "embedding", (self._input, *sources), varies=True, known=known)
            return [item] * len(node.outputs)
        if not varies and self._input is not None and _is_layer_on_made(node, inputs, weighs):
            return self._varying(
                node, [replace(items[0], varies=True), *inputs[1:]], weighs, known, (self._input, *sources)
            )
        if not varies:
            item = self._add("step", "other:constant", sources)
            made = all(i.made for i in items)
            item = replace(item, known=known, quantised=quantised, weighs=any(weighs), made=made)
            leaf = items[0].leaf if node.operator in _KEEPS else None
            return [replace(item, leaf=leaf, shape_like=all(i.shape_like for i in items))] * len(node.outputs)
        return self._varying(node, inputs, weighs, known, sources)

    def _is_position(self, node: Node, inputs: Sequence[Item | None]) -> bool:
        """Whether a table is looked up at places that do not depend on the input; it stands after the input."""
        if node.operator != "Gather" or node.attributes.get("axis", 0) or len(inputs) < 2:
            return False
        table, places = inputs[0], inputs[1]
        is_table = table is not None and table.known.rank == 2 and self._weights.counted(table.leaf)
        return is_table and places is not None and bool(places.known.rank)

    def _varying(
        self,
        node: Node,
        inputs: list[Item | None],
        weighs: Sequence[bool],
        known: Known,
        sources: tuple[Hashable, ...],
    ) -> list[Item]:
        """A node whose output depends on the network's input."""
        words = words_of(
            node.operator,
            node.attributes,
            [None if item is None else item.known for item in inputs],
            [item is not None and item.varies for item in inputs],
            weighs,
        )
        if (node.operator == "Add" and is_bias(inputs)) or (node.operator in _SIZED and keeps(inputs, known)):
            words = (NOTHING,)
        item = self._add("step", words[0], sources, varies=True, known=known)
        for word in words[1:]:
            item = self._add("step", word, (item.key,), varies=True)
        wide = 0
        if node.operator in _BIASED and len(node.inputs) == 2:
            wide = channels(node.operator, known)
        lone = [i.leaf for i in inputs if i is not None and node.operator == "Add" and self._weights.lone(i.leaf)]
        outputs = [replace(item, known=known, channels=wide, guard=lone[0] if lone else None)]
        if node.operator == "DynamicQuantizeLinear":  # its scale and its zero point are no part of the network
            scale = replace(self._add("shape", sources=(item.key,)), quantised=True)
            return [*outputs, *[scale] * (len(node.outputs) - 1)]
        return outputs + [replace(item, known=NOT_KNOWN)] * (len(node.outputs) - 1)

    def _call(self, node: Node, function: Function, inputs: list[Item | None], depth: int) -> list[Item]:
        """The nodes of a function in the place of its call."""
        if self._visited + self._opened(node, depth) > MAX_STEPS:
            raise InputError(_TOO_MANY)
        readers, given = self._readers(function), zip(function.inputs, inputs, strict=False)
        scope: Scope = ChainMap({n: replace(item, readers=readers[n]) for n, item in given if item is not None})
        left_out = set(function.inputs) - scope.keys()
        nodes = [
            replace(inner, inputs=tuple("" if name in left_out else name for name in inner.inputs))
            for inner in function.nodes
        ]  # an input that the call leaves out is left out within
        attributes = ChainMap(node.attributes, function.attributes)
        self._nodes(nodes, scope, attributes, readers, {}, depth)
        if missing := [name for name in function.outputs[: len(node.outputs)] if name not in scope]:
            raise InputError(f"nothing in the function {node.operator[:32]} makes {missing[0][:64]!r}")
        return [scope[name] for name in function.outputs[: len(node.outputs)]]

    def _opened(self, node: Node, depth: int) -> int:
        """How many nodes a call of a function is once all functions in it are opened."""
        _check_depth(depth)
        key = _called(node)
        if key in self._model.functions and key not in self._sizes:
            inner = self._model.functions[key].nodes
            self._sizes[key] = sum(self._opened(called, depth + 1) for called in inner)
        return self._sizes.get(key, 1)

    def _branches(self, node: Node, inputs: list[Item | None], scope: Scope, depth: int) -> list[Item]:
        """Both branches of an If, and a `where` for each of its outputs; one branch where the condition is known."""
        _check_depth(depth)
        branches = [_body(node, name) for name in ("then_branch", "else_branch")]
        condition = inputs[0] if inputs else None
        if condition is None:
            raise InputError("an If has no condition")
        chosen = _truth(condition.known)
        if chosen is not None:
            return self._run(branches[0 if chosen else 1], scope.new_child(), depth)
        ends = [self._run(branch, scope.new_child(), depth) for branch in branches]
        joined = []
        for then, other in zip(*ends, strict=False):
            sources = (then.key, other.key, condition.key)
            item = self._add("step", "where", sources, varies=then.varies or other.varies or condition.varies)
            joined.append(replace(item, known=then.known if then.known.shape == other.known.shape else NOT_KNOWN))
        return joined

    def _loop(self, node: Node, inputs: list[Item | None], scope: Scope, depth: int) -> list[Item]:
        """The body of a Loop, as often as it runs."""
        _check_depth(depth)
        body = _body(node, "body")
        if not body.outputs:
            raise InputError("the body of a Loop has no output")
        count, start, *carried = [*inputs, None, None][: max(2, len(inputs))]
        limit = None if count is None else _count(count.known)
        running = True if start is None else _truth(start.known)
        if (limit or 0) * (1 + len(body.nodes)) > MAX_STEPS:
            raise InputError(_TOO_MANY)
        values = [item for item in carried if item is not None]
        scans: list[list[Item]] = []
        turn = 0
        while running and (count is None or (limit is not None and turn < limit)):
            self._visited += 1
            inner = scope.new_child()
            number, go_on = (replace(self._add("constant"), known=Known.of(np.array(v))) for v in (turn, True))
            inner.update(zip(body.inputs, [number, go_on, *values], strict=False))
            condition, *ends = self._run(body, inner, depth)
            running = _truth(condition.known)
            values, scanned = ends[: len(values)], ends[len(values) :]
            scans = [[*row, item] for row, item in zip(scans or [[] for _ in scanned], scanned, strict=False)]
            turn += 1
        if running is None or (count is not None and limit is None):
            raise InputError("a Loop runs as often as the data say, which is not known; unroll it before exporting")
        return [*values, *(self._stacked(row) for row in scans)]

    def _stacked(self, items: list[Item]) -> Item:
        return self._add("step", "concat", [item.key for item in items], varies=any(item.varies for item in items))


def _is_layer_on_made(node: Node, inputs: Sequence[Item | None], weighs: Sequence[bool]) -> bool:
    """Whether a layer with a weight reads what was made of numbers alone, such as positions; it stands after the
    input, whose sides these follow from."""
    place = WEIGHTS.get(node.operator, 0)
    data = inputs[0] if inputs else None
    return 0 < place < len(inputs) and weighs[place] and data is not None and data.made


def _readers(nodes: Sequence[Node], outputs: Sequence[str]) -> Counter[str]:
    """How many nodes, and outputs, read each name; the bodies of nodes included."""
    found = Counter(outputs)
    for node in nodes:
        found.update(node.inputs)
        for value in node.attributes.values():
            if isinstance(value, Graph):
                found.update(_readers(value.nodes, value.outputs))
    return found


def _bound(attributes: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes with references to those of the function's call resolved; one that is not given is left out."""
    if not any(isinstance(value, Reference) for value in attributes.values()):
        return dict(attributes)
    found = {n: given.get(v.name) if isinstance(v, Reference) else v for n, v in attributes.items()}
    return {name: value for name, value in found.items() if value is not None}


def _called(node: Node) -> tuple[str, str, str]:
    """The key of the function that a node calls, if it calls one."""
    return node.domain, node.operator, node.overload


def _body(node: Node, name: str) -> Graph:
    body = node.attributes.get(name)
    if not isinstance(body, Graph):
        raise InputError(f"{node.operator[:32]} has no {name}")
    return body


def _check_depth(depth: int) -> None:
    if depth > MAX_DEPTH:
        raise InputError(f"functions and bodies call one another more than {MAX_DEPTH} deep")


def _truth(known: Known) -> bool | None:
    """The truth of a condition, or None where it is not known."""
    return bool(known.numbers.reshape(-1)[0]) if known.numbers is not None and known.numbers.size == 1 else None


def _count(known: Known) -> int | None:
    return int(known.numbers.reshape(-1)[0]) if known.numbers is not None and known.numbers.size == 1 else None
