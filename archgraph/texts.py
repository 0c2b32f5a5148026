"""Names that others chose, made safe for where they are shown; nothing else prints one."""

from __future__ import annotations

from html import escape


def printable(text: object, lines: bool = False) -> str:
    r"""A text without what a terminal, a picture or a page would act on: controls and what turns the direction of
    writing stand as escapes.

    Args:
        text: any, or what has one, as a path.
        lines: whether ends of lines and tabs stay.

    Example:
        >>> from archgraph.texts import printable
        >>> printable("a\x1b[31mb")
        'a\\x1b[31mb'
    """
    plain = str(text)
    if plain.isprintable():
        return plain
    kept = "\n\t" if lines else ""
    return "".join(c if c.isprintable() or c in kept else c.encode("unicode_escape").decode() for c in plain)


def in_html(text: object) -> str:
    """A text that can stand in a page of HTML, between tags or as the value of an attribute.

    Example:
        >>> from archgraph.texts import in_html
        >>> in_html("<b>" + chr(27))
        '&lt;b&gt;\\\\x1b'
    """
    return escape(printable(text))


def in_docstring(text: str) -> str:
    """A text as one line that can stand in a docstring of Python.

    Example:
        >>> from archgraph.texts import in_docstring
        >>> in_docstring("the 'best'  of " + chr(34) + "mine" + chr(34))
        "the 'best' of 'mine'"
    """
    return printable(" ".join(text.split())).replace('"', "'").replace("\\", "/")
