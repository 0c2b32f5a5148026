"""The site: reference and results are written from the code and the measurements, then Sphinx makes pages of all.

    python docs/tools/site_build.py

The pages lie in `docs/`, what is written from the code in `docs/generated/`, and the site in `build/docs/`. A warning
is an error.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

DOCS = Path(__file__).parents[1]
ROOT = DOCS.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]


def write_generated(folder: Path) -> list[Path]:
    """Write the pages that follow from the code and from RESULTS.md into an empty folder."""
    from site_commands import command_pages
    from site_notebooks import notebook_pages
    from site_python import python_pages
    from site_results import result_pages
    from site_settings import settings_pages

    shutil.rmtree(folder, ignore_errors=True)
    pages = {**python_pages(), **command_pages(), **settings_pages(), **result_pages(ROOT), **notebook_pages()}
    for name, text in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return [folder / name for name in pages]


def build(output: Path) -> int:
    """Build the site; returns Sphinx's exit code."""
    from sphinx.cmd.build import main

    write_generated(DOCS / "generated")
    shutil.rmtree(output, ignore_errors=True)
    config, trees = str(Path(__file__).parent), str(output.with_name("doctrees"))
    return main(["-b", "html", "-W", "--keep-going", "-q", "-E", "-c", config, "-d", trees, str(DOCS), str(output)])


if __name__ == "__main__":
    sys.exit(build(ROOT / "build" / "docs"))
