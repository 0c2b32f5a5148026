"""Runs every code block of the pages in order, each page in an empty folder, and holds it against what the page shows.

    python docs/tools/site_blocks.py [--write] [PAGE|NOTEBOOK...]

A block of `sh` or `python` is run as it stands. A `text` block right behind one shows what it printed; numbers differ
from machine to machine, words may not. A `{code-block}` with a caption is a file of that name. A picture in
`made/PAGE/` is what the page's blocks wrote. Notebooks are run as well. With `--write` outputs and pictures are then
those of this run.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from site_notebooks import notebooks, run_notebook

DOCS = Path(__file__).parents[1]
ROOT = DOCS.parent
RUN = {"sh": ["bash", "-euo", "pipefail", "-c"], "python": [sys.executable, "-c"]}
FENCE = re.compile(r"^(`{3,})(\{?[\w-]*\}?)[ ]*([^\n`]*)\n(.*?)^\1[ ]*\n", re.M | re.S)
LONGEST = 600  # seconds of a block


@dataclass(frozen=True)
class Block:
    """A fenced block of a page.

    Args:
        kind: `sh`, `python`, `text`, or a directive such as `{code-block}`.
        argument: what stands behind it.
        text: inside.
        span: where the text begins and ends in the page.
        close: nothing but white space is between it and the block before.
    """

    kind: str
    argument: str
    text: str
    span: tuple[int, int]
    close: bool


def pages() -> list[Path]:
    """The pages that are written by hand."""
    return sorted(path for path in DOCS.rglob("*.md") if "generated" not in path.parts)


def blocks(page: str) -> Iterator[Block]:
    """The fenced blocks of a page in order."""
    end = 0
    for match in FENCE.finditer(page):
        between = page[end : match.start()]
        yield Block(match[2], match[3].strip(), match[4], match.span(4), bool(end) and not between.strip())
        end = match.end()


def files(block: Block, page: Path) -> Iterator[tuple[str, str]]:
    """(name, content) of the file that a block shows."""
    caption = re.match(r":caption: (\S+)\n\n?", block.text)
    if block.kind == "{code-block}" and caption:
        yield caption[1], block.text[caption.end() :]
    elif block.kind == "{literalinclude}":
        source = (page.parent / block.argument).resolve()
        yield source.name, source.read_text(encoding="utf-8")


def run_page(page: Path, write: bool) -> list[str]:
    """Run a page's blocks; returns what is wrong, a line each."""
    text = page.read_text(encoding="utf-8")
    wrong: list[str] = []
    changed: list[tuple[tuple[int, int], str]] = []
    with tempfile.TemporaryDirectory(prefix="archgraph-docs-") as folder:
        printed: str | None = None
        for block in blocks(text):
            line = text.count("\n", 0, block.span[0])
            for name, content in files(block, page):
                (Path(folder) / name).write_text(content, encoding="utf-8")
            if block.kind in RUN:
                code, printed, said = run(block, folder)
                if code:
                    wrong.append(f"{page.relative_to(ROOT)}:{line}: exit code {code}\n{printed}{said}")
                    break
            elif block.kind == "text" and block.close and printed is not None:
                if write:
                    changed.append((block.span, printed))
                elif masked(printed) != masked(block.text):
                    wrong.append(f"{page.relative_to(ROOT)}:{line}: printed other words than the page shows\n{printed}")
            else:
                printed = None
        wrong += pictures(page, text, Path(folder), write) if not wrong else []
    for (start, end), new in reversed(changed):
        text = text[:start] + new + text[end:]
    if changed and not wrong:
        page.write_text(text, encoding="utf-8")
    return wrong


def run(block: Block, folder: str) -> tuple[int, str, str]:
    """Exit code, and what a block printed on stdout and stderr; what it starts in the background ends with it."""
    before = os.environ.get("PYTHONPATH")
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), before])),
        "COLUMNS": "100",
    }
    command = [*RUN[block.kind], block.text]
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=LONGEST, check=False
        )
    except subprocess.TimeoutExpired:
        return 124, "", f"took longer than {LONGEST} s"
    return done.returncode, done.stdout, done.stderr


def masked(text: str) -> list[str]:
    """The words of a text, without numbers and without how they are set out."""
    return re.sub(r"[-+]?\d[\d.,:e+-]*", "#", text).split()


def pictures(page: Path, text: str, folder: Path, write: bool) -> list[str]:
    """Hold the page's pictures against what was made, or take those over; returns what is wrong."""
    wrong = []
    for name in re.findall(rf"\]\([./]*made/{page.stem}/([^)\s]+)\)", text):
        kept = DOCS / "made" / page.stem / name
        if not (folder / name).is_file():
            wrong.append(f"{page.relative_to(ROOT)}: no block writes {name}")
        elif write:
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(folder / name, kept)
        elif not kept.is_file():
            wrong.append(f"{page.relative_to(ROOT)}: {kept.relative_to(ROOT)} is missing; run with --write")
    return wrong


def main(arguments: list[str]) -> int:
    """Run the named pages, or all."""
    write = "--write" in arguments
    named = [Path(name).resolve() for name in arguments if name != "--write"]
    failed = 0
    for page in named or [*pages(), *notebooks()]:
        started = time.perf_counter()
        wrong = (run_notebook if page.suffix == ".ipynb" else run_page)(page, write)
        failed += bool(wrong)
        print(f"{time.perf_counter() - started:6.1f} s  {page.relative_to(ROOT)}", *wrong, sep="\n", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
