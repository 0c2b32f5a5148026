"""Docstrings as Markdown."""

from __future__ import annotations

import re
import textwrap

SECTIONS = ("Args", "Attributes", "Shapes", "Raises", "Returns", "Yields", "Example", "Examples")


def escaped(text: str) -> str:
    """Text whose code keeps its meaning, and in which nothing else is markup.

    >>> escaped("a `b*c` of <d> and *e*")
    'a `b*c` of \\\\<d> and \\\\*e\\\\*'
    """
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else re.sub(r"([<*\[\]_|$])", r"\\\1", part) for part in parts)


def cell(text: object) -> str:
    """A text in a cell of a table."""
    return escaped(str(text)).replace("\n", " ")


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table; cells are Markdown already."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def docstring(text: str | None) -> str:
    """A docstring of the house's form as Markdown: prose, then its sections."""
    found: list[str] = []
    section, lines = "", []

    def close() -> None:
        body = textwrap.dedent("\n".join(lines)).strip("\n")
        if body:
            found.append(_section(section, body))

    for line in textwrap.dedent(_cleaned(text)).splitlines():
        match = re.fullmatch(r"(\w+):", line)
        if match and match[1] in SECTIONS:
            close()
            section, lines = match[1], []
        else:
            lines.append(line)
    close()
    return "\n\n".join(found) + "\n"


def _cleaned(text: str | None) -> str:
    first, _, rest = (text or "").partition("\n")
    return f"{first.strip()}\n{textwrap.dedent(rest)}"


def _section(name: str, body: str) -> str:
    if name in ("Args", "Attributes", "Raises"):
        return f"**{name}**\n\n{_items(body)}"
    if name in ("Example", "Examples") or body.lstrip().startswith(">>>"):
        return f"**Example**\n\n{_code(body)}" if name else _code(body)
    if name == "Shapes":
        return f"**Shapes**\n\n{_code(body, 'text')}"
    return (f"**{name}**\n\n" if name else "") + _prose(body)


def _items(body: str) -> str:
    """`name: text`, each over one or more lines, as a list."""
    items: list[str] = []
    for line in body.splitlines():
        if line.startswith(" ") and items:
            items[-1] += " " + line.strip()
        elif line.strip():
            items.append(line.strip())
    made = []
    for item in items:
        name, colon, text = item.partition(": ")
        made.append(f"- `{name}`: {escaped(text)}" if colon else f"- {escaped(item)}")
    return "\n".join(made)


def _code(body: str, language: str = "py") -> str:
    return f"````{'pycon' if '>>>' in body else language}\n{body}\n````"


def _prose(body: str) -> str:
    """Paragraphs, with code where lines are indented or begin with >>>."""
    made = []
    for block in re.split(r"\n\s*\n", body):
        if block.startswith("    ") or block.startswith(">>>"):
            made.append(_code(textwrap.dedent(block)))
        else:
            made.append("\n".join(escaped(line) for line in block.splitlines()))
    return "\n\n".join(made)
