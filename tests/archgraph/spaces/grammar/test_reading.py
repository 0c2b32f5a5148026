"""Descriptions of grammars: what is malformed is refused in one line that says where."""

import pytest

from archgraph import OPS, spaces
from archgraph.errors import InputError
from archgraph.spaces.grammar.reading import grammar_of
from archgraph.spaces.grammar.space import load


def described(*alternatives, **more):
    return {"start": "a", "nodes": 12, "rules": {"a": list(alternatives)}, **more}


@pytest.mark.parametrize(
    ("description", "reason"),
    [
        ([], "a grammar takes settings by name"),
        ({"start": "a", "nodes": 12}, "rules is needed"),
        (described("relu", nodes="many"), "nodes is a whole number"),
        (described("relu", "gelu", nodes=1000), "nodes is a whole number from 3 to 128"),
        (described("relu", "no-such-operation"), "rule a: unknown operation 'no-such-operation'"),
        (described("relu", "relu"), "rule a: the alternative relu stands twice"),
        (described("relu", 3), "an alternative is a name, a list"),
        (described("relu", {"residual": "ln", "parallel": ["ln"]}), "with one of"),
        (described("relu", []), "a sequence has at least one part"),
        (described("relu", "sum"), "sum joins or begins what others write"),
        (described("relu", {"parallel": ["ln"]}), "2 to 5 branches are joined"),
        (described("relu", {"parallel": ["skip", "skip", "ln"]}), "at most one of them skip"),
        (described("relu", {"parallel": ["ln", "gelu"], "join": "max"}), "`join` is one of sum, concat, product"),
        (described("relu", {"repeat": "ln", "times": []}), "different numbers of copies"),
        (described("relu", {"repeat": "ln", "times": [0]}), "times is a whole number from 1"),
        (described("relu", {"sequence": ["ln"], "weight": 0}), "weight is a whole number from 1"),
        (described("relu", {"cell": {"0-1": "ln"}}), "an edge is written 0->2"),
        (described("relu", {"cell": {"0->1": "ln", "2->3": "ln"}}), "lies on no way from 0 to 3"),
        (described("relu", {"cell": {"0->1": ["ln", "relu"]}}), "an edge holds one operation"),
        (described("relu", {"dag": {"vertices": 9, "edge": "ln", "sink": "ln"}}), "vertices is a whole number"),
        (described("relu", {"dag": {"vertices": 2, "edge": "ln"}}), "sink is needed"),
        ({"start": "a", "nodes": 9, "rules": {"a b": ["ln"]}}, "a rule's name has letters"),
        ({"start": "skip", "nodes": 9, "rules": {"skip": ["ln", "relu"]}}, "a rule cannot be called skip"),
        ({"start": "a", "nodes": 9, "rules": {"a": "ln"}}, "it lists 1 to 36 alternatives"),
    ],
)
def test_a_malformed_description_is_refused(description, reason):
    with pytest.raises(InputError, match=reason) as refusal:
        grammar_of(description)
    assert "\n" not in str(refusal.value)


def test_operations_of_a_grammar_are_registered_only_where_it_is_whole():
    mine = [{"name": "grammar-test-op", "kind": "conv", "kernel": 3, "activation": "post"}]
    with pytest.raises(InputError, match="stands twice"):
        grammar_of(described("grammar-test-op", "grammar-test-op", operations=mine))
    assert "grammar-test-op" not in OPS
    grammar = grammar_of(described("grammar-test-op", "relu", operations=mine))
    assert "grammar-test-op" in grammar.operations
    assert OPS["grammar-test-op"].kernel == 3


def test_files_are_read_by_path_and_what_is_wrong_names_them(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("start: a\nnodes: 6\nrules: {a: [relu, gelu, [relu, a]]}\n")
    space = spaces.get(f"grammar:{file}")
    assert space.name == f"grammar:{file}"
    assert space.size() == 2 + 2 + 2 + 2
    file.write_text("start: a\nnodes: 6\nrules: {a: [relu, relu]}\n")
    with pytest.raises(InputError, match=r"mine\.yaml: rule a: the alternative relu"):
        load(str(file))
    with pytest.raises(InputError, match=r"no file .*nowhere"):
        spaces.get("grammar:nowhere")
    with pytest.raises(InputError, match="written grammar:NAME, with dag, nasbench201, nested, sequence, vision"):
        spaces.get("grammar")
