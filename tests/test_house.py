"""The house: what its rooms are, which way imports run, and what it leaves alone.

Each test states one rule and names what breaks it. `tests/house.py` reads the source, `tests/fresh_process.py` runs it.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import fresh_process
import house
import networkx as nx
import numpy as np
import pytest
from house import MODULES, PACKAGES, ROOT, Module

from archgraph import spaces
from archgraph.networks.cost import cost
from archgraph.spaces import SPACES

PACKAGE_MAY_IMPORT = {
    "archgraph": set(),
    "encoders": {"archgraph"},
    "supernet": {"archgraph"},
    "search": {"archgraph", "encoders", "supernet"},
}
ROOMS = {
    "archgraph": "persistence, edits < reports < drawing, table, storages < spaces < networks, formats < testing < cli "
    "< commands",
    "encoders": "shipped < features < graph_network < embedding < generation, delta < evaluation, teaching < commands",
    "supernet": "network, images, imported < bank, export < model < standalone < hyper, zerocost < ranking < commands",
    "search": "objectives < parameters < architectures < studies < methods < proposer < samplers, loop < "
    "pruned_loop, fade < problem < run, demo < designer, comparison, explorer < commands",
}
"""A room may import those before a `<`, and not those beside it."""
MOST_MODULES = 15
MOST_STATEMENTS = 25
OWNERS = {"Space": ("archgraph.spaces", "archgraph.networks", "archgraph.formats"), "Objective": ("search.objectives",)}
"""Base -> the rooms that may know which subclass they have before them."""
COMPAT = "_compat"
"""The one module that may use private names of other distributions."""
TESTED_ELSEWHERE = {
    "archgraph.testing": "run by every test that inherits a suite",
}
"""Module without a test file of its name -> why."""


def in_rooms(module: Module | str, rooms: tuple[str, ...]) -> bool:
    name = module if isinstance(module, str) else module.name
    return any(name == room or name.startswith(room + ".") for room in rooms)


def line(module: Module, node: ast.AST) -> str:
    return f"{module.path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


def assert_none(found: Iterable[str]) -> None:
    """Fail where something was found, with a line for each."""
    if text := "\n".join(found):
        pytest.fail(text, pytrace=False)


# (a) and (b): imports


def test_no_modules_import_one_another_in_a_circle():
    """Imports inside functions, under TYPE_CHECKING and by name in a text count."""
    assert_none(" and ".join(circle) for circle in house.circles(house.imports()))


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_import_one_way(package):
    wrong = [
        f"{source} imports {target}"
        for source, target in house.imports().edges
        if in_rooms(source, (package,)) and not in_rooms(target, (package, *PACKAGE_MAY_IMPORT[package]))
    ]
    assert_none(wrong)


@pytest.mark.parametrize("folder", sorted({module.room for module in MODULES.values()}))
def test_what_stands_in_one_folder_imports_one_way(folder):
    """Sub-folders and modules of a folder, each taken as a whole, in no circle."""
    graph = house.within(folder)
    assert_none(
        why
        for circle in house.circles(graph)
        for source, target, why in graph.edges(data="why")
        if {source, target} <= set(circle)
    )


@pytest.mark.parametrize("package", PACKAGES)
def test_rooms_of_a_package_import_those_before_them(package):
    level = {
        room: n for n, rooms in enumerate(ROOMS[package].split("<")) for room in re.split(r"[\s,]+", rooms) if room
    }
    graph = house.within(package)
    folders = {name.split(".")[1] for name in MODULES if MODULES[name].is_package and name.startswith(package + ".")}
    assert folders - level.keys() == set(), f"the order of {package} does not name these folders"
    assert_none(
        why
        for source, target, why in graph.edges(data="why")
        if source in level and target in level and level[source] <= level[target]
    )


def test_the_door_knows_no_command():
    reached = {name for name in MODULES if in_rooms(name, ("archgraph.cli",))}
    for name in list(reached):
        reached |= nx.descendants(house.imports(), name) if name in house.imports() else set()
    assert sorted(name for name in reached if "commands" in name.split(".")) == []
    assert sorted(name for name in reached if not in_rooms(name, ("archgraph",))) == []


def test_the_door_and_the_commands_load_no_library_before_they_work():
    """So `--help`, completion and a mistyped name answer at once."""
    modules = sorted({"archgraph.cli.main", *(point.partition(":")[0] for point in entry_points().values())})
    heavy = {"matplotlib", "numpy", "optuna", "pandas", "pyarrow", "scipy", "sklearn", "torch"}
    code = f"import sys, {', '.join(modules)}; print(*sorted({heavy} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == ""


# (c): rooms


@pytest.mark.parametrize("folder", sorted(house.folders()))
def test_a_folder_holds_at_most_15_modules_unless_all_are_of_one_kind(folder):
    modules = [m for m in house.folders()[folder] if not m.name.rpartition(".")[2].startswith("_")]
    if len(modules) > MOST_MODULES and not of_one_base(modules) and not in_one_table(modules):
        assert_none([f"{folder} holds {len(modules)}: {', '.join(module.name for module in modules)}"])


def of_one_base(modules: list[Module]) -> bool:
    """Whether each module defines a class of one base, or that base."""
    kinds = [frozenset().union(*(house.bases(name) for name in m.defined if name in house.classes())) for m in modules]
    return bool(frozenset.intersection(*kinds) & house.classes().keys())


def in_one_table(modules: list[Module]) -> bool:
    """Whether some dictionary of the house has something of each module among its values."""
    names = {module.name for module in modules}
    for module in MODULES.values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Dict):
                held = [n for value in node.values for n in ast.walk(value)]
                used = {module.imported[n.id][0] for n in held if isinstance(n, ast.Name) and n.id in module.imported}
                used |= {f"{module.room}.{str(n.value).partition(':')[0]}" for n in held if isinstance(n, ast.Constant)}
                if names <= used:
                    return True
    return False


# (d) and (l): what is left alone


@pytest.fixture(scope="module")
def fresh(tmp_path_factory) -> dict[str, dict[str, dict]]:
    """What each import, constructor and command does in a process that has nothing of the house: kind -> name -> it."""
    out = tmp_path_factory.mktemp("out")
    return each_fresh(
        {
            "import": {"all modules": f"import {', '.join(MODULES)}"}
            | {m.name: alone(m) for m in MODULES.values() if m.is_face},
            "constructor": {name: textwrap.dedent(source) for name, source in CONSTRUCTED.items()},
            "command": {
                command: f"from archgraph.cli.main import run\nrun({command.format(out=out).split()})"
                for command in COMMANDS
            },
        }
    )


def alone(module: Module) -> str:
    """An import; of a package that only passes names on, all of them, since the package alone loads none."""
    return f"from {module.name} import *" if module.is_face else f"import {module.name}"


def each_fresh(sources: dict[str, dict[str, str]]) -> dict[str, dict[str, dict]]:
    """What becomes of each source in a process of its own."""
    script = [sys.executable, fresh_process.__file__]
    given = json.dumps([source for kind in sources.values() for source in kind.values()])
    done = subprocess.run(script, input=given, capture_output=True, text=True, cwd=ROOT, check=True)
    found = iter(json.loads(done.stdout))
    return {kind: {name: next(found) for name in named} for kind, named in sources.items()}


@pytest.mark.parametrize("kind", ["import", "constructor", "command"])
def test_each_works_in_a_fresh_process(fresh, kind):
    assert_none(f"{name}: {found['error']}" for name, found in fresh[kind].items() if found["error"])


@pytest.mark.slow
def test_each_module_can_be_the_first_that_is_imported():
    found = each_fresh({"import": {name: alone(module) for name, module in MODULES.items()}})["import"]
    assert_none(f"{name}: {f['error'] or f['changed']}" for name, f in found.items() if f["error"] or f["changed"])
    assert len({f["operations"] for f in found.values()} - {None}) == 1


@pytest.mark.parametrize("kind", ["import", "constructor", "command"])
def test_each_leaves_others_as_they_were(fresh, kind):
    """Optuna's verbosity, torch's threads, warning filters and the like; a command may have malloc for itself."""
    own = {"malloc"} if kind == "command" else set()
    assert_none(f"{name} changes {what}" for name, f in fresh[kind].items() for what in f["changed"] if what not in own)


def test_the_vocabulary_is_the_same_whatever_is_imported(fresh):
    """The same operations in the same number, whichever module is the first."""
    assert len({found["operations"] for found in fresh["import"].values()} - {None}) == 1


CONSTRUCTED = {
    "the vocabulary": """
        from archgraph import OPS, Operation
        assert "conv9x9-relu" in OPS and "nonsense" not in OPS
        OPS.register(Operation("mine", "conv", kernel=7))""",
    "spaces": """
        import numpy as np
        from archgraph import ArchTable, spaces
        for name in ("dag", "dag:1-3x2", "nasbench101", "nasbench201", "darts", "macro", "transnas"):
            ArchTable.from_graphs(spaces.get(name).sample(2, np.random.default_rng(0))).hashes()""",
    "an encoder, and encoding": """
        from archgraph import spaces
        from encoders import ArchEncoder
        ArchEncoder().encode(spaces.get("dag:1-3").enumerate())""",
    "a bank and a network": """
        import torch
        from archgraph import spaces
        from supernet import Bank, blueprint, compile_network
        graph = spaces.get("macro").enumerate()[0]
        made = blueprint(graph, "macro", (1, 8, 8), 10)
        compile_network(graph, "macro", (1, 8, 8), 10)
        Bank([made], [0])""",
    "a hyper-architecture": """
        from archgraph import spaces
        from supernet import HyperArchitecture, Skeleton
        cells = list(spaces.get("dag:1-3").enumerate())
        HyperArchitecture([cells, cells], Skeleton((1, 8, 8), 10, (2, 4), (2, 2)), seed=0)""",
    "a study": """
        from archgraph import spaces
        from search import open_study, make
        open_study(None, "mine", {})
        for method in ("random", "evolution", "local", "delta", "tpe"):
            make(method, spaces.get("macro"))""",
}
"""What is made -> how."""
COMMANDS = (
    "info data/examples/dag_cells.jsonl",
    "draw data/examples/dag_cells.jsonl -o {out}/cells.png",
    "draw data/examples/dag_cells.jsonl -o {out}/cells.svg",
    "space sample macro -n 5 -o {out}/macro.jsonl",
    "space enumerate dag:1-3 -o {out}/cells.parquet",
    "space neighbors macro {out}/macro.jsonl -o {out}/neighbors.jsonl",
    "delta train data/digits_rows/digits_rows.parquet --metric val_acc --train-size 12 -o {out}/delta",
    "supernet score data/examples/dag_cells.jsonl --dataset digits -o {out}/scores.parquet",
    "supernet train data/examples/dag_cells.jsonl --dataset digits --train-size 64 --epochs 1 -o {out}/trained.parquet",
    "search random --space dag:2-5x3 --objective table:data/digits_rows/digits_rows.parquet:val_acc --trials 2 "
    "--storage journal:{out}/studies.log",
    "compare --storage journal:{out}/studies.log -o {out}/comparison",
    "study best journal:{out}/studies.log -o {out}/winners.jsonl",
)
"""Commands, most of which write with -o; later ones read what earlier ones wrote."""


# (e): ask, don't test


@pytest.mark.parametrize("base", OWNERS)
def test_nobody_asks_which_class_a_space_or_objective_is(base):
    concrete = house.subclasses(base)
    assert concrete, f"no class descends from {base}"
    assert_none(
        f"{line(module, node)} asks for {name}"
        for module in MODULES.values()
        if not in_rooms(module, OWNERS[base])
        for node in ast.walk(module.tree)
        for name in sorted(asked_for(node) & concrete)
    )


def asked_for(node: ast.AST) -> set[str]:
    """The classes that an expression tests for."""
    if (
        isinstance(node, ast.Call)
        and house.last_name(node.func) in ("isinstance", "issubclass")
        and len(node.args) == 2
    ):
        asked: list[ast.AST] = [node.args[1]]
    elif isinstance(node, ast.MatchClass):
        asked = [node.cls]
    elif isinstance(node, ast.Compare) and "type(" in ast.unparse(node):
        asked = [node]
    else:
        return set()
    return {house.last_name(n) for a in asked for n in ast.walk(a) if isinstance(n, ast.Name | ast.Attribute)}


def test_spaces_are_named_in_their_own_rooms_only():
    """Docstrings, help texts and the defaults of commands aside."""
    assert_none(
        f"{line(module, node)} names {node.value!r}"
        for module in MODULES.values()
        if not in_rooms(module, OWNERS["Space"])
        for node in module.texts
        if re.fullmatch(rf"({'|'.join(SPACES)})(:\S*)?", str(node.value))
        if node not in of_the_command(module)
    )


def of_the_command(module: Module) -> set[ast.AST]:
    """Defaults of functions, and help texts, in a command."""
    found: set[ast.AST] = set()
    if "commands" in module.name.split("."):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef):
                given = [*node.args.defaults, *filter(None, node.args.kw_defaults)]
                found |= {n for default in given for n in ast.walk(default)}
            elif isinstance(node, ast.Call) and house.last_name(node.func) in ("Option", "Argument"):
                found |= set(ast.walk(node))
    return found


# (f): one description of a network


def test_one_table_says_which_network_a_space_has():
    tables = list(network_tables())
    assert len(tables) == 1, tables


def network_tables() -> Iterator[str]:
    """Dictionaries keyed by names of spaces, those of spaces and of formats themselves aside."""
    for module in MODULES.values():
        if not in_rooms(module, ("archgraph.spaces", "archgraph.formats")):
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Dict):
                    keys = {key.value for key in node.keys if isinstance(key, ast.Constant)}
                    if len(keys & SPACES.keys()) >= 3:
                        yield line(module, node)


@pytest.mark.parametrize("name", [*(name for name in SPACES if name != "module"), "dag:1-3x2", "transnas:macro"])
def test_every_space_has_a_cost(name):
    """Those around networks aside, which supernet knows."""
    space = spaces.get({"custom": "custom:data/examples/my_space.yaml", "grammar": "grammar:vision"}.get(name, name))
    for graph in space.sample(3, np.random.default_rng(0)):
        found = cost(graph, space)
        assert found.params > 0
        assert found.flops > 0


# (g): other distributions


def test_private_names_of_other_distributions_are_used_in_one_module(fresh):
    used = [
        f"{line(module, node)} uses {name}"
        for module in MODULES.values()
        if module.name.rpartition(".")[2] != COMPAT
        for node, name in private_uses(module)
    ]
    replaced = {tuple(names) for found in fresh["import"].values() for names in found["replaced"]}
    methods = [
        f"{module} replaces {cls}.{name}"
        for module, cls, name in sorted(replaced)
        if module.rpartition(".")[2] != COMPAT
        if any(name in private_names(node) for owner, node in house.classes().get(cls, ()) if owner.name == module)
    ]
    assert_none(used + methods)


def test_that_module_says_of_which_versions_they_are():
    [compat] = [module for name, module in MODULES.items() if name.rpartition(".")[2] == COMPAT]
    text = compat.path.read_text(encoding="utf-8").lower()
    others = {source.partition(".")[0] for source, _ in compat.imported.values()}
    others -= {*PACKAGES, *sys.stdlib_module_names, "numpy"}  # whose arrays go in and out
    unversioned = [o for o in others if not re.search(rf"{o.replace('_', '.')}\W*( (version )?)?\W*\d+\.\d+", text)]
    assert unversioned == []


NAMED_TUPLES = {"_replace", "_fields", "_asdict", "_make", "_field_defaults"}  # public, in spite of their names


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in NAMED_TUPLES and name != "_"


def private_uses(module: Module) -> Iterator[tuple[ast.AST, str]]:
    """Uses of private names that nothing which the module defines, or its classes inherit in the house, has."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] not in PACKAGES:
            parts = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
            if any(map(is_private, parts)) and parts[0] not in sys.stdlib_module_names:
                yield node, ".".join(parts)
    for scope, known in scopes(module):
        for node in scope:
            name, owner = "", None
            if isinstance(node, ast.Attribute):
                name, owner = node.attr, node.value
            elif isinstance(node, ast.Call) and house.last_name(node.func) in ("getattr", "setattr") and node.args[1:]:
                name, owner = str(getattr(node.args[1], "value", "")), node.args[0]
            if is_private(name) and name not in known and not is_own(module, owner):
                yield node, f"{ast.unparse(owner)}.{name}"


def scopes(module: Module) -> Iterator[tuple[list[ast.AST], set[str]]]:
    """The nodes of each class, and of what is outside, with the private names that are at home there."""
    here = module.defined | {name for node in module.tree.body for name in private_names(node)}
    inside: set[ast.AST] = set()
    for node in module.tree.body:
        if isinstance(node, ast.ClassDef):
            nodes = list(ast.walk(node))
            family = [private_names(c) for base in house.bases(node.name) for _, c in house.classes().get(base, ())]
            inside |= set(nodes)
            yield nodes, here.union(*family)
    yield [node for node in ast.walk(module.tree) if node not in inside], here


def private_names(scope: ast.AST) -> set[str]:
    """What a class defines: fields, methods, attributes that it sets on itself."""
    found = set()
    for node in ast.walk(scope):
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
                found.add(node.attr)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return {name for name in found if is_private(name)}


def is_own(module: Module, owner: ast.expr | None) -> bool:
    """Whether something is a module of the house or of Python."""
    source = module.imported.get(owner.id, ("", ""))[0] if isinstance(owner, ast.Name) else ""
    return source.partition(".")[0] in {*PACKAGES, *sys.stdlib_module_names}


# (h): commands


def test_a_command_parses_calls_and_prints():
    assert_none(f"{name} has {n} statements" for name, n in commands().items() if n > MOST_STATEMENTS)


def test_commands_are_announced_from_the_rooms_of_commands():
    modules = {point.partition(":")[0] for point in entry_points().values()}
    assert modules
    assert [name for name in modules if name not in MODULES or "commands" not in name.split(".")] == []


def entry_points() -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project.get("entry-points", {}).get("archgraph.commands", {})


def commands() -> dict[str, int]:
    """Each function of the modules of commands -> how many statements it has, its docstring aside."""
    return {
        f"{module.name}:{node.name}": sum(isinstance(n, ast.stmt) for s in node.body for n in ast.walk(s))
        - (ast.get_docstring(node) is not None)
        for module in MODULES.values()
        if {"commands", "cli"} & set(module.name.split("."))
        for node in module.tree.body
        if isinstance(node, ast.FunctionDef)
    }


# (i): names


def test_a_public_class_name_is_used_once():
    assert_none(
        f"{name}: {', '.join(module.name for module, _ in found)}"
        for name, found in house.classes().items()
        if not name.startswith("_") and len(found) > 1
    )


def test_no_alias_has_the_name_of_a_class():
    assert_none(
        f"{module.name}.{name}"
        for module in MODULES.values()
        for name in sorted(module.defined & house.classes().keys())
        if name not in {node.name for node in module.tree.body if isinstance(node, ast.ClassDef)}
    )


def test_nothing_shadows_pathlibs_path():
    assert_none(f"{module.name} defines Path" for module in MODULES.values() if "Path" in module.defined)


# (j): what is public


def documents() -> Iterator[tuple[str, str]]:
    """The Python that users are shown, with where it stands."""
    texts = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "data").rglob("*.md")]
    for path in texts:
        for block in house.code_blocks(path.read_text(encoding="utf-8")):
            yield str(path.relative_to(ROOT)), block
    for path in (ROOT / "data" / "examples").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        yield str(path.relative_to(ROOT)), text
        yield str(path.relative_to(ROOT)), house.shown_code(ast.get_docstring(ast.parse(text), clean=False) or "")


def test_documents_and_examples_import_what_is_public():
    assert_none(
        f"{where} imports {source}{'.' if name else ''}{name}"
        for where, text in documents()
        for source, name in parsed(where, text).imported.values()
        if source.partition(".")[0] in PACKAGES and not is_public(source, name)
    )


def parsed(where: str, text: str) -> Module:
    """A text as a module."""
    module = Module(where, Path(where))
    module.__dict__["tree"] = ast.parse(text)
    return module


def is_public(source: str, name: str) -> bool:
    """Whether `__all__` names it, and each room on the way to it."""
    above, _, last = source.rpartition(".")
    return (not above or is_public(above, last)) and (not name or name in all_of(source))


def all_of(name: str) -> list[str]:
    """The `__all__` of a module."""
    for node in MODULES[name].tree.body if name in MODULES else ():
        if isinstance(node, ast.Assign) and any(house.last_name(target) == "__all__" for target in node.targets):
            return list(ast.literal_eval(node.value))
    return []


# (k): tests


def is_tested(module: Module) -> bool:
    """Whether the mirrored folder has a test file of the module's name; that of a package may lie within its own."""
    *rooms, last = module.name.split(".")
    folders = [rooms, [*rooms, last]] if module.is_package else [rooms]
    return any(ROOT.joinpath("tests", *folder, f"test_{last}.py").is_file() for folder in folders)


def test_each_module_has_a_test_file_of_its_name():
    missing = [name for name, module in MODULES.items() if not module.is_face and not is_tested(module)]
    assert_none(sorted(set(missing) - TESTED_ELSEWHERE.keys()))


def test_the_list_of_modules_without_one_is_true_and_short():
    assert [name for name in TESTED_ELSEWHERE if name not in MODULES or is_tested(MODULES[name])] == []
    assert len(TESTED_ELSEWHERE) <= len(MODULES) / 10
