"""Runs the notebooks of `docs/notebooks`, holds them against what they show, and makes pages of them.

A notebook is a file of Jupyter's; this runs its cells without Jupyter: what a cell prints, and what its last line is
worth, as that shows itself. `site_blocks.py` runs all, and with `--write` their outputs become those of the run.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "notebooks"
LONGEST = 600  # seconds of a notebook
_PLAIN = 120  # characters of the plain form of what has a richer one
Cell = dict[str, Any]
Output = dict[str, Any]


def notebooks() -> list[Path]:
    """The notebooks in the order of their names."""
    return sorted(FOLDER.glob("*.ipynb"))


def read(path: Path) -> dict[str, Any]:
    """A notebook as the form of Jupyter has it."""
    return json.loads(path.read_text(encoding="utf-8"))


def run_notebook(path: Path, write: bool) -> list[str]:
    """Run a notebook in an empty folder; returns what is wrong, a line each."""
    notebook = read(path)
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    sources = json.dumps([text(cell["source"]) for cell in code])
    with tempfile.TemporaryDirectory(prefix="archgraph-docs-") as folder:
        done = subprocess.run(
            [sys.executable, str(Path(__file__).resolve())],
            input=sources,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )
    if done.returncode:
        return [f"docs/notebooks/{path.name}: exit code {done.returncode}\n{done.stderr}"]
    found: list[list[Output]] = json.loads(done.stdout)
    if write:
        for number, (cell, outputs) in enumerate(zip(code, found, strict=True), 1):
            cell["outputs"], cell["execution_count"] = outputs, number
            for output in outputs:
                if output["output_type"] == "execute_result":
                    output["execution_count"] = number
        path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        return []
    return [
        f"docs/notebooks/{path.name}: cell {number} shows other things than the notebook"
        for number, (cell, outputs) in enumerate(zip(code, found, strict=True), 1)
        if kinds(cell["outputs"]) != kinds(outputs)
    ]


def kinds(outputs: list[Output]) -> list[Any]:
    """What sorts of things a cell shows."""
    return [sorted(output.get("data", {})) or output["name"] for output in outputs]


def text(lines: str | list[str]) -> str:
    """A source or an output, which Jupyter keeps as one text or as lines."""
    return lines if isinstance(lines, str) else "".join(lines)


def notebook_pages() -> dict[str, str]:
    """File -> page, one a notebook with what it showed, and an index of them."""
    pages = {f"notebooks/{path.stem}.md": _page(path) for path in notebooks()}
    listed = "\n".join(path.stem for path in notebooks())
    intro = (
        "# Notebooks\n\nThree to open in Jupyter or VS Code, from `docs/notebooks`; what they show here is what they "
        "showed when they were last run.\n\n"
    )
    return {"notebooks/index.md": f"{intro}```{{toctree}}\n:maxdepth: 1\n\n{listed}\n```\n", **pages}


def _page(path: Path) -> str:
    parts = []
    for cell in read(path)["cells"]:
        source = text(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(source)
            continue
        parts.append(f"```py\n{source}\n```")
        parts += [_shown(output) for output in cell["outputs"]]
    return "\n\n".join(parts) + "\n"


def _shown(output: Output) -> str:
    """An output as Markdown, in the richest form that it has."""
    if output["output_type"] == "stream":
        return f"```text\n{text(output['text'])}\n```"
    data = output["data"]
    for kind, tag in (("image/svg+xml", "figure"), ("text/html", "div")):
        if kind in data:
            return f'```{{raw}} html\n<{tag} class="shown">{text(data[kind])}</{tag}>\n```'
    return f"```text\n{text(data['text/plain'])}\n```"


def run_cells(sources: list[str]) -> list[list[Output]]:
    """What each cell shows."""
    names: dict[str, Any] = {"__name__": "__main__"}
    return [_run(source, names) for source in sources]


def _run(source: str, names: dict[str, Any]) -> list[Output]:
    tree = ast.parse(source)
    last = tree.body.pop().value if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, "cell", "exec"), names)
        value = None if last is None else eval(compile(ast.Expression(last), "cell", "eval"), names)
    outputs: list[Output] = []
    if printed.getvalue():
        outputs.append({"output_type": "stream", "name": "stdout", "text": printed.getvalue()})
    if value is not None:
        outputs.append({"output_type": "execute_result", "metadata": {}, "data": shown(value)})
    return outputs


def shown(value: Any) -> dict[str, str]:
    """What a value shows of itself, by kind, as in Jupyter."""
    data = {}
    for kind, name in (("text/html", "_repr_html_"), ("image/svg+xml", "_repr_svg_")):
        of_its_own = getattr(value, name, None)
        if callable(of_its_own) and (said := of_its_own()) is not None:
            data[kind] = said
    plain = repr(value)
    return {"text/plain": plain.partition("\n")[0][:_PLAIN] if data else plain, **data}


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    with contextlib.redirect_stdout(sys.stderr):
        results = run_cells(json.loads(sys.stdin.read()))
    print(json.dumps(results))
