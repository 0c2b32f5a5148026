"""Pages of results: `tests/benchmarks/RESULTS.md`, one page for each of its sections."""

from __future__ import annotations

import re
from pathlib import Path


def result_pages(root: Path) -> dict[str, str]:
    """File -> page, and an index of them."""
    text = (root / "tests" / "benchmarks" / "RESULTS.md").read_text(encoding="utf-8")
    before, *sections = re.split(r"^## ", text, flags=re.M)
    pages, listed = {}, []
    for section in sections:
        title, _, body = section.partition("\n")
        title = re.sub(r" \(issue \d+\)", "", title)
        name = re.sub(r"\W+", "-", title.lower()).strip("-")
        pages[f"results/{name}.md"] = f"# {title[:1].upper()}{title[1:]}\n{_lifted(body)}"
        listed.append(name)
    toctree = "\n".join(["```{toctree}", ":maxdepth: 1", "", *listed, "```", ""])
    return {"results/index.md": f"{before.strip()}\n\n{toctree}", **pages}


def _lifted(body: str) -> str:
    """Headings one level up, and links as they are from the page."""
    body = re.sub(r"^###(#*) ", r"##\1 ", body, flags=re.M)
    return body.replace("](../../docs/", "](../../").replace("```python", "```py")
