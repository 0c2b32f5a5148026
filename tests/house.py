"""The source of the house, read without importing it: modules, who imports whom, classes."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import networkx as nx

ROOT = Path(__file__).parents[1]
PACKAGES = ("archgraph", "encoders", "supernet", "search")


@dataclass(frozen=True)
class Module:
    """A file of the house; a package stands for its `__init__`."""

    name: str
    path: Path

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text(encoding="utf-8"), str(self.path))

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    @property
    def room(self) -> str:
        """The folder that it lies in, with dots."""
        return self.name if self.is_package else self.name.rpartition(".")[0]

    @cached_property
    def is_face(self) -> bool:
        """Whether it is a package that defines nothing and only passes names on."""
        return self.is_package and not self.defined

    @cached_property
    def defined(self) -> set[str]:
        """Names that its top level defines, those of the language (`__all__`) aside."""
        found = set()
        for node in self.tree.body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef):
                found.add(node.name)
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                found |= {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
        return {name for name in found if not name.startswith("__")}

    @cached_property
    def imported(self) -> dict[str, tuple[str, str]]:
        """Local name -> (module, name in it, "" for the module itself), wherever in the file the import stands."""
        found = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found |= {alias.asname or alias.name.partition(".")[0]: (alias.name, "") for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                source = node.module or ""
                if node.level:
                    above = self.room.split(".")[: len(self.room.split(".")) - node.level + 1]
                    source = ".".join([*above, *([source] if source else [])])
                found |= {alias.asname or alias.name: (source, alias.name) for alias in node.names}
        return found

    @cached_property
    def docstrings(self) -> set[ast.expr]:
        """Texts that stand as statements: docstrings of modules, classes, functions and constants."""
        return {node.value for node in ast.walk(self.tree) if isinstance(node, ast.Expr)}

    @cached_property
    def texts(self) -> list[ast.Constant]:
        """All text literals but docstrings."""
        found = (n for n in ast.walk(self.tree) if isinstance(n, ast.Constant) and isinstance(n.value, str))
        return [node for node in found if node not in self.docstrings]

    @cached_property
    def uses(self) -> set[str]:
        """The modules of the house that it imports, functions, TYPE_CHECKING and names in texts included."""
        found = set()
        for source, name in self.imported.values():
            found |= _resolved(source, name)
        for node in self.texts:  # as import_module or a table of what is imported when used gets them
            source, colon, _ = str(node.value).partition(":")
            if source in MODULES and "." in source and not MODULES[source].is_face:
                found.add(source)
            elif colon and f"{self.room}.{source}" in MODULES:
                found.add(f"{self.room}.{source}")
        return found - {self.name}


def _resolved(source: str, name: str) -> set[str]:
    """Where a name that is imported from a module of the house comes from."""
    if name and f"{source}.{name}" in MODULES:
        source, name = f"{source}.{name}", ""
    if source not in MODULES:
        return set()
    module = MODULES[source]
    if module.is_face and name in module.imported:
        return _resolved(*module.imported[name])
    return set() if module.is_face else {source}


def _modules() -> Iterator[Module]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield Module(".".join(parts[:-1] if parts[-1] == "__init__" else parts), path)


MODULES = {module.name: module for module in _modules()}


@cache
def imports() -> nx.DiGraph:
    """An arrow from each module to each that it imports; faces of packages are looked through."""
    graph = nx.DiGraph()
    for module in MODULES.values():
        if not module.is_face:
            graph.add_edges_from((module.name, used) for used in module.uses)
            graph.add_node(module.name)
    return graph


def circles(graph: nx.DiGraph) -> list[list[str]]:
    """The sets of nodes that reach one another."""
    return sorted(sorted(nodes) for nodes in nx.strongly_connected_components(graph) if len(nodes) > 1)


def folders() -> dict[str, list[Module]]:
    """Folder -> its modules, `__init__` aside."""
    found: dict[str, list[Module]] = defaultdict(list)
    for module in MODULES.values():
        if not module.is_package:
            found[module.room].append(module)
    return dict(found)


def child(folder: str, module: str) -> str | None:
    """Under which child of a folder a module stands; None outside it, `__init__` for the folder itself."""
    if module == folder:
        return "__init__"
    return module.removeprefix(folder + ".").partition(".")[0] if module.startswith(folder + ".") else None


def within(folder: str) -> nx.DiGraph:
    """Who imports whom among the children of a folder: an arrow from child to child."""
    graph = nx.DiGraph()
    for source, target in imports().edges:
        pair = child(folder, source), child(folder, target)
        if None not in pair and pair[0] != pair[1]:
            graph.add_edge(*pair, why=f"{source} imports {target}")
    return graph


@cache
def classes() -> dict[str, list[tuple[Module, ast.ClassDef]]]:
    """Name -> the classes of that name on the top level of a module."""
    found: dict[str, list[tuple[Module, ast.ClassDef]]] = defaultdict(list)
    for module in MODULES.values():
        for node in module.tree.body:
            if isinstance(node, ast.ClassDef):
                found[node.name].append((module, node))
    return dict(found)


@cache
def bases(name: str) -> frozenset[str]:
    """A class and all that it descends from, by name."""
    found = {name}
    for _, node in classes().get(name, ()):
        for base in {last_name(base) for base in node.bases} - {name}:  # a class may have its base's name
            found |= bases(base)
    return frozenset(found)


def subclasses(base: str) -> set[str]:
    """The classes of the house that descend from one, by name."""
    return {name for name in classes() if base in bases(name)} - {base}


def last_name(node: ast.expr) -> str:
    """The last name of `a.b.c[...]`; "" where it ends in something else."""
    if isinstance(node, ast.Subscript | ast.Call):
        return last_name(node.value if isinstance(node, ast.Subscript) else node.func)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def code_blocks(text: str) -> list[str]:
    """The Python of a Markdown text."""
    return re.findall(r"```python\n(.*?)```", text, re.S)


def shown_code(docstring: str) -> str:
    """The Python that stands indented in a docstring."""
    lines = (line for line in docstring.splitlines() if line.startswith("    ") or not line)
    return "\n".join(line.removeprefix("    ") for line in lines)
