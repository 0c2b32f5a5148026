"""A small grammar for tests: every way of writing one, and few enough members to list."""

import hypothesis.strategies as st

from archgraph.spaces.grammar.reading import grammar_of
from archgraph.spaces.grammar.space import GrammarSpace

DESCRIPTION = {
    "start": "cell",
    "nodes": 9,
    "rules": {
        "cell": [
            "block",
            {"sequence": ["block", "cell"], "weight": 2},
            {"repeat": "block", "times": [2, 3]},
        ],
        "block": [
            {"residual": ["op", "relu"]},
            {"parallel": ["op", "op"]},
            {"parallel": ["op", ["op", "relu"], "skip"], "join": "product"},
            "op",
        ],
        "op": ["conv3x3-bn-relu", "maxpool3x3"],
    },
}


def small() -> GrammarSpace:
    """The space of the small grammar."""
    return GrammarSpace("grammar:small", grammar_of(DESCRIPTION))


seeds = st.integers(0, 2**32 - 1)


def cells_in_cells() -> GrammarSpace:
    """Cells that hold cells, and copies of them; not all that can be chosen is small enough."""
    description = {
        "start": "cell",
        "nodes": 14,
        "rules": {
            "cell": [["inner", "inner"], {"residual": "inner"}, {"repeat": "inner", "times": [3, 1, 2]}],
            "inner": [
                "op",
                {"parallel": ["op", "conv1x1-relu"]},
                {"cell": {"0->1": "op", "0->2": "op", "1->2": "op"}},
            ],
            "op": ["conv3x3-relu", "maxpool3x3", "identity"],
        },
    }
    return GrammarSpace("grammar:test", grammar_of(description))
