"""Spaces described by a user."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archgraph import OPS, InputError, spaces
from archgraph.spaces import custom

YAML = """
name: own
operations:
  - {name: conv9x9-relu, kind: conv, kernel: 9, activation: post}
cell:
  rule: edges
  vertices: 3
  choices: [conv9x9-relu, identity, zero]
  join: concat
"""


def test_a_yaml_file_describes_a_space_with_operations_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(YAML)
    space = spaces.get(f"custom:{tmp_path / 'own.yaml'}")
    assert space.size() == 27
    assert space.name == "own"
    assert OPS[OPS.index("conv9x9-relu")].kernel == 9
    assert space.from_native("012").ops.count("concat") == 2


def test_the_example_that_is_shipped_has_4_operations_on_each_of_6_edges() -> None:
    assert custom.load(Path(__file__).parents[3] / "data/examples/my_space.yaml").size() == 4**6


def test_a_json_file_describes_the_same_space(tmp_path: Path) -> None:
    description = {"name": "own", "cell": {"rule": "chain", "layers": 4, "choices": ["identity", "zero"]}}
    (tmp_path / "own.json").write_text(json.dumps(description))
    assert custom.load(tmp_path / "own.json").size() == 16


def test_a_space_of_cells_with_operations_on_nodes() -> None:
    cell = {"rule": "nodes", "max_vertices": 4, "max_edges": 5, "choices": ["identity"]}
    assert custom.from_dict({"name": "own", "cell": cell}).size() == 1 + 2 + 9


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"name": ""}, "a space's name"),
        ({"cell": {}}, "`rule`, one of edges, nodes, chain"),
        ({"cell": 3}, "a space: cell is settings by name, but got 3"),
        ({"extra": 1}, "a space has no setting 'extra'; known are name"),
        ({"operations": [{"name": "x"}]}, "an operation: kind is needed, a text"),
        ({"operations": [{"name": "x", "kind": "Magic!"}]}, "kind is one of"),
        ({"operations": [{"name": "x", "kind": "conv", "kernel": "3"}]}, "kernel is a whole number, but got '3'"),
        ({"operations": [{"name": "x", "kind": "conv", "kernel": 10**9}]}, "at most 1e6"),
        (
            {"operations": [{"name": "x", "kind": "conv", "expansion": float("nan")}]},
            "expansion is a number, but got nan",
        ),
        ({"operations": "x"}, "operations is a list, but got 'x'"),
        ({"cell": {"rule": "edges", "vertices": 99, "choices": ["zero"]}}, "whole number from 2 to 6"),
        ({"cell": {"rule": "edges", "vertices": 3, "choices": ["nothing"]}}, "unknown operation 'nothing'"),
        ({"cell": {"rule": "edges", "vertices": 3, "choices": []}}, "1 to 10 operation names"),
        (
            {"cell": {"rule": "edges", "vertices": 3, "choices": ["zero"], "join": "mean"}},
            "join is one of sum, concat, but got 'mean'",
        ),
        ({"cell": {"rule": "edges", "vertices": 3, "choices": ["sum"]}}, "not both"),
        (
            {"cell": {"rule": "nodes", "max_vertices": 7, "choices": ["zero"]}},
            "`cell`: max_edges is needed, a whole number",
        ),
        ({"cell": {"rule": "chain", "choices": [["zero"]], "layers": 2}}, "one list for each"),
    ],
)
def test_a_malformed_description_is_refused_in_one_line(change: dict[str, Any], text: str) -> None:
    description = {"name": "own", "cell": {"rule": "chain", "layers": 2, "choices": ["zero"]}} | change
    with pytest.raises(InputError, match=text) as error:
        custom.from_dict(description)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "text",
    ["", "[1, 2", "a: &x [1]\nb: *x", "!!python/object/apply:os.system ['true']", "\x00", "name: own", "- " * 2000],
)
def test_a_broken_file_is_refused_in_one_line_that_names_it(tmp_path: Path, text: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=r"own\.yaml") as error:
        custom.load(path)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_refused() -> None:
    with pytest.raises(InputError, match="cannot read the custom space"):
        custom.load("nowhere.yaml")


_KEYS = ["name", "operations", "cell", "rule", "vertices", "choices", "join", "layers", "max_edges", "kind", "kernel"]
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.fixed_dictionaries({"name": st.just("own"), "cell": _JSON}) | _JSON)
def test_any_description_gives_a_space_or_one_clear_error(description: Any) -> None:
    try:
        space = custom.from_dict(description)
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017
    else:
        assert space.name == "own"
