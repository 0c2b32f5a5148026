"""Steps that together are one operation.

Attention is written in many ways. Wherever a product of two values goes through a softmax into another product, and
nobody else reads in between, that is attention (Vaswani et al. 2017, equation 1), also where it is scaled, masked or
biased before the softmax.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace

from archgraph.formats.traced.architecture import NOTHING, TracedStep
from archgraph.formats.traced.aten import heads
from archgraph.op_names import describe

_BEFORE_SOFTMAX = frozenset((NOTHING, "sum", "product", "where", "clip", "tanh", "reshape", "tile"))
_LONGEST = 64
"""Steps between the product and the softmax."""
_AFTER_SOFTMAX = frozenset((NOTHING, "reshape", "where"))


def join(steps: Sequence[TracedStep], groups: Mapping[Hashable, tuple[Hashable, str]]) -> list[TracedStep]:
    """The steps, with each group as one step where its last member stood.

    Args:
        steps: in the order in which they run.
        groups: step -> key and word of the step that its group becomes.
    """
    members: dict[Hashable, list[TracedStep]] = defaultdict(list)
    for step in steps:
        if step.key in groups:
            members[groups[step.key][0]].append(step)
    joined = []
    for step in steps:
        key, word = groups.get(step.key, (step.key, step.word))
        if key in members and step is not members[key][-1]:
            continue
        part = members.get(key, [step])
        sources = (groups.get(s, (s,))[0] for member in part for s in member.sources)
        joined.append(
            replace(
                step,
                key=key,
                role="step" if key in members else step.role,
                word=word,
                sources=tuple(dict.fromkeys(s for s in sources if s != key)),
                params=sum(member.params for member in part),
            )
        )
    return joined


def attention_groups(steps: Sequence[TracedStep]) -> dict[Hashable, tuple[Hashable, str]]:
    """The steps that are attention, as `join` takes them; its heads are the last axis but two of what is softmaxed."""
    by_key = {step.key: step for step in steps}
    readers: dict[Hashable, list[TracedStep]] = defaultdict(list)
    read: set[Hashable] = set()
    for step in reversed(steps):
        if step.role == "output" or step.key in read:
            read.update(step.sources)
            for source in step.sources:
                readers[source].append(step)
    groups: dict[Hashable, tuple[Hashable, str]] = {}
    for step in steps:
        if step.word != "softmax" or step.role != "step":
            continue
        before, after = _scores(step, by_key, readers), _weighted(step, readers)
        if before and after:
            word = describe("attention", groups=heads(step.shape or by_key[before[-1]].shape or ()))
            groups |= dict.fromkeys((*before, step.key, *after), (("attention", step.key), word))
    return groups


def module_groups(
    steps: Sequence[TracedStep],
    calls: Mapping[Hashable, tuple[Hashable, str]],
    attention: Mapping[Hashable, tuple[Hashable, str]],
) -> dict[Hashable, tuple[Hashable, str]]:
    """The steps that are calls of modules which are one operation, as `join` takes them.

    Args:
        steps: in the order in which they run.
        calls: step -> the call that it belongs to, and the word of that; empty where it is the attention within.
        attention: what `attention_groups` gives.

    Returns:
        `attention`, with what lies in a call as a part of it. A call that should be one attention and holds none, or
        several, is left as it is.
    """
    found: dict[Hashable, set[tuple[Hashable, str]]] = defaultdict(set)
    for step in steps:
        if step.key in calls:
            call, word = calls[step.key]
            if word:
                found[call].add((call, word))
            elif step.key in attention:
                found[call].add(attention[step.key])
            elif step.word.startswith("attention"):
                found[call].add((step.key, step.word))
    whole = {call: next(iter(inside))[1] for call, inside in found.items() if len(inside) == 1}
    split = {group for key, (group, _) in attention.items() if key not in calls}
    for key, (call, word) in calls.items():
        if not word and key in attention and attention[key][0] in split:
            whole.pop(call, None)
    return dict(attention) | {key: (call, whole[call]) for key, (call, _) in calls.items() if call in whole}


def _scores(
    softmax: TracedStep, steps: Mapping[Hashable, TracedStep], readers: Mapping[Hashable, list[TracedStep]]
) -> list[Hashable]:
    """From a softmax back to the product of queries and keys; empty where there is none."""
    stack: list[tuple[TracedStep, list[Hashable]]] = [(softmax, [])]
    while stack:
        step, chain = stack.pop()
        for source in step.sources:
            before = steps[source]
            if before.role != "step" or len(readers[source]) != 1 or len(chain) >= _LONGEST:
                continue
            if before.word == "matmul":
                return [*chain, source]
            if before.word in _BEFORE_SOFTMAX:
                stack.append((before, [*chain, source]))
    return []


def _weighted(softmax: TracedStep, readers: Mapping[Hashable, list[TracedStep]]) -> list[Hashable]:
    """From a softmax on to the product with the values; empty where there is none.

    A test for what is no number, and the 0 that is put in its place, are part of the softmax.
    """
    chain: list[Hashable] = []
    step = softmax
    while readers[step.key]:
        tests = [reader for reader in readers[step.key] if reader.word == "compare"]
        others = [reader for reader in readers[step.key] if reader.word != "compare"]
        if len(others) != 1 or any([reader.key for reader in readers[t.key]] != [others[0].key] for t in tests):
            return []
        step = others[0]
        chain += [*(test.key for test in tests), step.key]
        if step.word == "matmul":
            return chain
        if step.word not in _AFTER_SOFTMAX:
            return []
    return []
