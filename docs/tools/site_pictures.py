"""The screenshots of the documentation, taken as the browser tests look at pages.

    python docs/tools/site_pictures.py demo DEMO/report.html docs/demo.png
    python docs/tools/site_pictures.py explorer explorer.html docs/explorer.png --cell ID

The first page is that of `make demo`; the second of `archgraph explore TABLE --delta DELTA`, TABLE all of NAS-Bench-201
and DELTA of `archgraph delta train TABLE --metric c10_xvalid_val_mean --train-size 100`. Both are 1,400 pixels wide, in
the light.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "tests"))
from browser import Box, Page, browser

WIDTH = 1400
_BOX = """
    const title = text => Array.from(document.querySelectorAll('h2')).find(one => one.textContent === text);
    const above = title('In short').getBoundingClientRect();
    let last = title('Convergence');
    while (!last.querySelector('figcaption')) last = last.nextElementSibling;
    const below = last.getBoundingClientRect();
    return [above.left - 6, above.top + scrollY - 14, above.width + 12, below.bottom - above.top + 20];"""


def take_demo(window: Page, report: Path, picture: Path) -> None:
    """What the demo's report says in short, its winners, and how the searches went."""
    window.resize(WIDTH)
    window.open(report)
    window.screenshot(picture, Box(*window.run(_BOX)))


def take_explorer(window: Page, page: Path, picture: Path, cell: str) -> None:
    """The explorer, with one cell shown."""
    window.resize(WIDTH)
    window.open(page)
    window.run("explorer.show(explorer.search(arguments[0])[0]); explorer.search('')", cell)
    window.screenshot(picture)


def main() -> None:
    """Take the picture that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("which", choices=("demo", "explorer"))
    parser.add_argument("page", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--cell", default="", help="a part of the id of the cell that the explorer shows")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as profile, browser(Path(profile)) as window:
        if given.which == "demo":
            take_demo(window, given.page, given.picture)
        else:
            take_explorer(window, given.page, given.picture, given.cell)


if __name__ == "__main__":
    main()
