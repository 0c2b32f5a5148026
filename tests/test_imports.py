"""The house's one-way imports: archgraph <- encoders, supernet <- search <- archgraph.cli."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ALLOWED = {
    "archgraph": {"archgraph"},
    "encoders": {"archgraph", "encoders"},
    "supernet": {"archgraph", "supernet"},
    "search": {"archgraph", "encoders", "supernet", "search"},
    "archgraph.cli": {"archgraph", "archgraph.cli", "encoders", "supernet", "search"},
}


def room(module: str) -> str:
    return "archgraph.cli" if module.startswith("archgraph.cli") else module.partition(".")[0]


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {room(name) for name in found} & ALLOWED.keys()


SOURCES = [
    path for package in ("archgraph", "encoders", "supernet", "search") for path in (ROOT / package).rglob("*.py")
]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_one_way(path):
    own = room(".".join(path.relative_to(ROOT).with_suffix("").parts))
    assert imported(path) <= ALLOWED[own]


def test_the_command_line_answers_without_loading_what_it_does_not_need():
    code = "import sys, archgraph.cli.main; print(sorted({'torch', 'numpy', 'pandas', 'pyarrow'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_command_modules_import_the_packages_only_when_they_run():
    for path in (ROOT / "archgraph" / "cli").glob("*.py"):
        top = [n for n in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(n, ast.ImportFrom)]
        modules = {n.module for n in top}
        heavy = {m for m in modules if m.partition(".")[0] in ("torch", "encoders", "supernet", "search")}
        assert not heavy | (modules & {"archgraph.table.table"}), f"{path} imports {modules} at its top"
