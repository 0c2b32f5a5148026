"""From the steps of a traced network, whoever traced it, to an architecture.

- What does not depend on the input (weights, tokens, position tables) is folded into the step that takes it.
- Numbers about shapes, assertions and whatever does not reach the output are dropped.
- Steps that change nothing in evaluation (dropout, identity, taking an item) are left out.
- A norm and an activation join the layer before them where nothing else reads in between.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

from archgraph.architecture import MAX_NODES, Edge, prune
from archgraph.errors import InputError
from archgraph.graph import ArchGraph
from archgraph.op_names import ACTIVATIONS, NORMS, parse

NOTHING = "nothing"
"""The word of a step that changes no number: it is left out of the graph."""
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
    """

    key: Hashable
    role: Literal["input", "constant", "shape", "step", "output"]
    word: str = NOTHING
    sources: tuple[Hashable, ...] = ()
    params: int = 0


def to_architecture(steps: Sequence[TracedStep]) -> tuple[ArchGraph, int]:
    """The architecture of steps in the order in which they run, and the parameters in it.

    Raises:
        InputError: there are too many steps, or no path leads from input to output.
    """
    if len(steps) > MAX_STEPS:
        raise InputError(f"the network has {len(steps)} steps; at most {MAX_STEPS} are taken")
    network, counts = _network(steps)
    readers = Counter(source for step in network for source in step.sources)
    ops, edges, single = ["input"], set[Edge](), {0: False}
    owner: dict[Hashable, tuple[int, ...]] = {}
    for step in network:
        before = tuple(dict.fromkeys(node for source in step.sources for node in owner[source]))
        alone, word = readers[step.key] == 1, _word(step, counts)
        if step.role == "input":
            owner[step.key] = (0,)
        elif word == NOTHING:
            owner[step.key] = before
            if len(before) == 1:
                single[before[0]] = single[before[0]] and alone
        elif len(before) == 1 and single[before[0]] and _joins(ops[before[0]], word):
            ops[before[0]] += f"-{word}"
            owner[step.key], single[before[0]] = before, alone
        else:
            if len(ops) >= MAX_NODES:
                raise InputError(f"the network has more than {MAX_NODES} operations")
            edges.update((node, len(ops)) for node in before)
            owner[step.key], single[len(ops)] = (len(ops),), alone
            ops.append(word)
    if not network or network[-1].role != "output":
        raise InputError("no path leads from the network's input to its output")
    return ArchGraph(*prune(ops, sorted(edges))), sum(counts[step.key] for step in network)


def _word(step: TracedStep, counts: dict[Hashable, int]) -> str:
    if step.role == "output":
        return "output"
    lonely = step.word in ("sum", "concat") and len(step.sources) < 2 and not counts[step.key]
    return NOTHING if lonely else step.word


def _joins(layer: str, word: str) -> bool:
    """Whether a norm or an activation can be part of the layer before it."""
    return word in (*NORMS, *ACTIVATIONS) and parse(f"{layer}-{word}") is not None


def _network(steps: Sequence[TracedStep]) -> tuple[list[TracedStep], dict[Hashable, int]]:
    """The steps between input and output, with sources among them only, and the parameters of each."""
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
    counts = _fold_parameters(steps, constant, effective)
    outside = constant | shape
    network = [
        TracedStep(s.key, s.role, s.word, tuple(k for k in s.sources if k not in outside))
        for s in steps
        if s.key in effective and s.key not in outside
    ]
    return network, counts


def _fold_parameters(
    steps: Sequence[TracedStep], constant: set[Hashable], effective: set[Hashable]
) -> dict[Hashable, int]:
    """Parameters by step; those of a constant count at the first effective step that takes it."""
    counts = {step.key: step.params for step in steps}
    taken: set[Hashable] = set()
    for step in steps:
        for source in step.sources if step.key in effective else ():
            if source in constant and source not in taken:
                taken.add(source)
                counts[step.key] += counts[source]
    return counts
