"""The spaces by name: `spaces.get("dag")`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable

from archgraph._plugins import plugin, plugin_names
from archgraph.errors import InputError
from archgraph.spaces import custom
from archgraph.spaces.base import Space
from archgraph.spaces.dag import DagSpace
from archgraph.spaces.darts import DARTSSpace
from archgraph.spaces.grammar import space as grammars
from archgraph.spaces.grammar.space import GrammarSpace
from archgraph.spaces.macro import MacroSpace
from archgraph.spaces.module.space import ModuleSpace, load
from archgraph.spaces.nasbench101 import NASBench101Space
from archgraph.spaces.nasbench201 import NASBench201Space
from archgraph.spaces.nats import NATSSizeSpace
from archgraph.spaces.node_cells import NodeCellSpace
from archgraph.spaces.rows import RowsSpace
from archgraph.spaces.tables import neighbors_table, sample_table
from archgraph.spaces.template import TemplateSpace
from archgraph.spaces.transnas import TransNASMacroSpace, TransNASMicroSpace

__all__ = [
    "DEFAULT",
    "SPACES",
    "DARTSSpace",
    "DagSpace",
    "GrammarSpace",
    "MacroSpace",
    "ModuleSpace",
    "NASBench101Space",
    "NASBench201Space",
    "NATSSizeSpace",
    "NodeCellSpace",
    "RowsSpace",
    "Space",
    "TemplateSpace",
    "TransNASMacroSpace",
    "TransNASMicroSpace",
    "get",
    "listed",
    "neighbors_table",
    "register",
    "sample_table",
]


def _dag(parameter: str) -> Space:
    match = re.fullmatch(r"([0-9])(?:-([0-9]))?(?:x([0-9]{1,3}))?", parameter or DEFAULT.partition(":")[2])
    if not match:
        raise InputError(
            f"a dag space is written dag, dag:6, dag:1-5 or, with rows, dag:1-5x3, but got 'dag:{parameter[:32]}'"
        )
    cell = DagSpace(int(match[1]), int(match[2] or match[1]))
    return cell.with_rows(int(match[3])) if match[3] else cell


def _transnas(parameter: str) -> Space:
    if parameter not in ("", "micro", "macro"):
        raise InputError(
            f"a TransNAS-Bench-101 space is transnas or transnas:macro, but got 'transnas:{parameter[:32]}'"
        )
    return TransNASMacroSpace() if parameter == "macro" else TransNASMicroSpace()


def _nats(parameter: str) -> Space:
    if parameter not in ("", "size", "topology"):
        raise InputError(f"a space of NATS-Bench is nats:size or nats:topology, but got 'nats:{parameter[:32]}'")
    return NASBench201Space() if parameter == "topology" else NATSSizeSpace()


def _custom(parameter: str) -> Space:
    if not parameter:
        raise InputError("a custom space is written custom:FILE, with the YAML or JSON file that describes it")
    return custom.load(parameter)


def _grammar(parameter: str) -> Space:
    rows = re.fullmatch(r"(.+)x([0-9]{1,3})", parameter, re.DOTALL)
    if rows and not grammars.is_there(parameter):
        return grammars.load(rows[1]).with_rows(int(rows[2]))
    return grammars.load(parameter)


def _module(parameter: str) -> Space:
    if not parameter:
        raise InputError("a space around a network is written module:FILE, a file of `archgraph space from-module`")
    return load(parameter)


def _only(name: str, make: Callable[[], Space]) -> Callable[[str], Space]:
    def without_parameter(parameter: str) -> Space:
        if parameter:
            raise InputError(f"{name} takes no parameter, but got '{name}:{parameter[:32]}'")
        return make()

    return without_parameter


DEFAULT = "dag:1-5"
"""The space where none is named: FaDE's cells."""
SPACES: dict[str, tuple[Callable[[str], Space], str]] = {
    "dag": (
        _dag,
        "FaDE's cells: DAGs with Conv3x3-ReLU on every edge; dag:6 or dag:1-5 sets the vertices (default 1-5), "
        "dag:1-5x3 puts a cell in each of 3 rows",
    ),
    "nasbench101": (
        _only("nasbench101", NASBench101Space),
        "NAS-Bench-101: cells of at most 7 nodes and 9 edges, 3 operations on nodes",
    ),
    "nasbench201": (
        _only("nasbench201", NASBench201Space),
        "NAS-Bench-201: 4 vertices, 5 operations on each of the 6 edges",
    ),
    "nats": (
        _nats,
        "NATS-Bench: nats:size (or nats) is a network of 5 layers, 8 widths each; nats:topology is nasbench201",
    ),
    "darts": (_only("darts", DARTSSpace), "DARTS and NAS-Bench-301: a normal and a reduction cell"),
    "macro": (_only("macro", MacroSpace), "NAS-Bench-Macro: 8 layers, 3 choices each"),
    "transnas": (
        _transnas,
        "TransNAS-Bench-101: 4 operations on each of 6 edges; transnas:macro is the networks of 4 to 6 modules",
    ),
    "grammar": (
        _grammar,
        "what the rules of a grammar derive; grammar:vision, grammar:sequence, grammar:nasbench201 and grammar:dag "
        "ship, grammar:FILE is a YAML file of yours, grammar:FILEx3 puts cells of it in 3 rows",
    ),
    "module": (_module, "the space around a network; module:FILE is a file that `archgraph space from-module` wrote"),
    "custom": (_custom, "a space of your own; custom:FILE names the YAML or JSON file that describes it"),
}
"""Name -> (constructor from the text after the colon, one line of description)."""
EXAMPLES = (
    "nasbench101",
    "nasbench201",
    "darts",
    "nats:size",
    "macro",
    "transnas",
    "transnas:macro",
    "dag:1-5",
    "dag:6",
    "dag:9",
    "dag:1-5x3",
    "dag:1-5x10",
)
"""All spaces that ship: cells, rows of cells, and rows so long that a graph has some 130 nodes; what is to serve every
space learns from these."""


def register(name: str, make: Callable[[str], Space], description: str = "") -> None:
    """Make a space of your own known by name; `make` gets the text after the colon, "" where there is none.

    Raises:
        InputError: the name is taken or has a colon.

    Example:
        >>> from archgraph import spaces
        >>> spaces.register("small-dags", lambda text: spaces.get(f"dag:1-{text or 3}"), "cells of few vertices")
        >>> spaces.get("small-dags:2").size()
        3
    """
    if name in SPACES or not name or ":" in name:
        raise InputError(f"a space cannot be called {name[:64]!r}: the name is empty, taken or has a colon")
    SPACES[name] = (make, description)


def get(name: str) -> Space:
    """The space called `name`, with parameters after a colon as in `dag:6`.

    Other distributions add spaces by entry points of the group `archgraph.spaces`: functions of what stands after the
    colon.

    Raises:
        InputError: no such space, the text lists the choices; or one that was added cannot be loaded.

    Example:
        >>> from archgraph import spaces
        >>> spaces.get("dag:4").size(), spaces.get("dag:1-4x3").rows
        (31, 3)
    """
    base, _, parameter = name.partition(":")
    if base in SPACES:
        return SPACES[base][0](parameter)
    added = plugin("spaces", base)
    if added is None:
        raise InputError(f"unknown space {name[:64]!r}; choose from {', '.join([*SPACES, *plugin_names('spaces')])}")
    made = added(parameter)
    if not isinstance(made, Space):
        raise InputError(f"{base} of archgraph.spaces makes no space, but {type(made).__name__}")
    return made


def listed() -> dict[str, str]:
    """All spaces by name, those of other distributions too, with one line on each.

    Example:
        >>> from archgraph import spaces
        >>> sorted(spaces.listed())[:3]
        ['custom', 'dag', 'darts']
    """
    found = {name: text for name, (_, text) in SPACES.items()}
    for name in plugin_names("spaces"):
        try:
            found[name] = (inspect.getdoc(plugin("spaces", name)) or "").partition("\n")[0]
        except InputError as error:
            found[name] = str(error)
    return found
