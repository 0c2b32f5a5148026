"""From the steps of a traced network, whoever traced it, to an architecture.

- What does not depend on the input (weights, tokens, position tables) is folded into the step that takes it.
- Numbers about shapes, assertions and whatever does not reach the output are dropped.
- Steps that change nothing in evaluation (dropout, identity, taking an item) are left out.
- A norm and an activation join the layer before them where nothing else reads in between.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from archgraph.architecture import MAX_NODES, Edge, prune
from archgraph.errors import InputError
from archgraph.graph import ArchGraph
from archgraph.op_names import ACTIVATIONS, NORMS, parse

NOTHING = "nothing"
"""The word of a step that changes no number: it is left out of the graph."""
MAX_EDGES = 1 << 20
MAX_STEPS = 1 << 16  # calls that are taken of one network, many times what `MAX_NODES` keeps


@dataclass(frozen=True)
class TracedStep:
    """One step of a traced network.

    Args:
        key: what other steps call it.
        role: where it stands; `shape` gives numbers about shapes, not tensors.
        word: the name of its operation, or `NOTHING`.
        sources: the steps whose results it takes.
        params: parameters of its own.
        shape: sides of its result, where they are known.
    """

    key: Hashable
    role: Literal["input", "constant", "shape", "step", "output"]
    word: str = NOTHING
    sources: tuple[Hashable, ...] = ()
    params: int = 0
    shape: tuple[int, ...] | None = None


@dataclass(frozen=True)
class FoldedNetwork:
    """An architecture and the steps that it was made of.

    Args:
        graph: the architecture.
        params: parameters in it.
        nodes: step -> the nodes that it is part of, mostly one; constants belong to the first that takes them. Steps
            that do not reach the output are missing.
    """

    graph: ArchGraph
    params: int
    nodes: Mapping[Hashable, tuple[int, ...]]


def to_architecture(steps: Sequence[TracedStep]) -> tuple[ArchGraph, int]:
    """The architecture of steps in the order in which they run, and the parameters in it.

    Raises:
        InputError: there are too many steps, or no path leads from input to output.
    """
    folded = fold(steps)
    return folded.graph, folded.params


def fold(steps: Sequence[TracedStep]) -> FoldedNetwork:
    """The architecture of steps in the order in which they run.

    Raises:
        InputError: there are too many steps, or no path leads from input to output.
    """
    if len(steps) > MAX_STEPS:
        raise InputError(f"the network has {len(steps)} steps; at most {MAX_STEPS} are taken")
    network, counts, takers = _network(steps)
    readers = Counter(source for step in network for source in step.sources)
    ops, edges, single = ["input"], set[Edge](), {0: False}
    nodes: dict[Hashable, tuple[int, ...]] = {}
    taken = 0
    for step in network:
        before = _before(step, nodes)
        taken += len(before)
        if taken > MAX_EDGES:
            raise InputError(f"the network has more than {MAX_EDGES} connections")
        alone, word = readers[step.key] == 1, _word(step, counts)
        if step.role == "input":
            nodes[step.key] = (0,)
        elif word == NOTHING:
            nodes[step.key] = before
            if len(before) == 1:
                single[before[0]] = single[before[0]] and alone
        elif len(before) == 1 and single[before[0]] and _joins(ops[before[0]], word):
            ops[before[0]] += f"-{word}"
            nodes[step.key], single[before[0]] = before, alone
        else:
            if len(ops) >= MAX_NODES:
                raise InputError(f"the network has more than {MAX_NODES} operations")
            edges.update((node, len(ops)) for node in before)
            nodes[step.key], single[len(ops)] = (len(ops),), alone
            ops.append(word)
    if not network or network[-1].role != "output":
        raise InputError("no path leads from the network's input to its output")
    for constant, taker in reversed(takers.items()):
        nodes[constant] = nodes[taker]
    graph = ArchGraph(*prune(ops, sorted(edges)))
    return FoldedNetwork(graph, sum(counts[step.key] for step in network), nodes)


def _before(step: TracedStep, nodes: Mapping[Hashable, tuple[int, ...]]) -> tuple[int, ...]:
    """The nodes that a step takes."""
    if len(step.sources) == 1:
        return nodes[step.sources[0]]
    return tuple(dict.fromkeys(node for source in step.sources for node in nodes[source]))


def _word(step: TracedStep, counts: dict[Hashable, int]) -> str:
    if step.role == "output":
        return "output"
    lonely = step.word in ("sum", "concat") and len(step.sources) < 2 and not counts[step.key]
    return NOTHING if lonely else step.word


def _joins(layer: str, word: str) -> bool:
    """Whether a norm or an activation can be part of the layer before it."""
    return word in (*NORMS, *ACTIVATIONS) and parse(f"{layer}-{word}") is not None


def _network(
    steps: Sequence[TracedStep],
) -> tuple[list[TracedStep], dict[Hashable, int], dict[Hashable, Hashable]]:
    """The steps between input and output, with sources among them only; the parameters of each; and the constants, each
    with the first step that takes it."""
    constant: set[Hashable] = set()
    shape: set[Hashable] = set()
    for step in steps:
        if step.role == "shape" or (step.role == "step" and step.sources and all(s in shape for s in step.sources)):
            shape.add(step.key)
        elif step.role == "constant" or (
            step.role == "step" and all(s in constant or s in shape for s in step.sources)
        ):
            constant.add(step.key)
    effective: set[Hashable] = set()
    for step in reversed(steps):
        if step.role == "output" or (step.key in effective and step.key not in shape):
            effective.add(step.key)
            effective.update(s for s in step.sources if s not in shape)
    takers: dict[Hashable, Hashable] = {}
    for step in steps:
        for source in step.sources if step.key in effective else ():
            if source in constant:
                takers.setdefault(source, step.key)
    counts = {step.key: step.params for step in steps}
    for source, taker in takers.items():
        counts[taker] += counts[source]
    outside = constant | shape
    network = [
        TracedStep(s.key, s.role, s.word, tuple(k for k in s.sources if k not in outside))
        for s in steps
        if s.key in effective and s.key not in outside
    ]
    return network, counts, takers
