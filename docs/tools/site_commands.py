"""Pages of the reference: every command with all its options, from the parser itself."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import unwrap
from pathlib import Path
from typing import Any, get_args, get_type_hints

from site_markdown import cell, escaped, table


def commands() -> Iterator[tuple[str, Any]]:
    """(name with its group, command) of all commands, depth first."""
    from typer.main import get_command

    from archgraph.cli.main import app

    yield from _below("archgraph", get_command(app))


def _below(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    if hasattr(command, "list_commands"):
        for child in command.list_commands(None):
            yield from _below(f"{name} {child}", command.get_command(None, child))
    else:
        yield name, command


def parameters(command: Any) -> Iterator[tuple[str, str, str, str]]:
    """(how it is written, what it takes, default, help) of each argument and option."""
    annotations = get_type_hints(unwrap(command.callback))
    for one in command.params:
        written = (
            ", ".join([*one.opts, *one.secondary_opts])
            if one.param_type_name == "option"
            else one.metavar or one.name.upper()
        )
        flag = getattr(one, "is_flag", False)
        kind = "" if flag or one.param_type_name == "argument" else _taken(one, annotations[one.name])
        if one.required:
            default = "needed"
        elif flag or one.default is None or one.default == ():
            default = ""
        else:
            default = str(one.default)
        yield written, kind, default, (one.help or "").strip()


def _taken(option: Any, annotation: Any) -> str:
    """What an option takes, in a word."""
    words = {str: "text", int: "whole number", float: "number", Path: "path"}
    found = [words[kind] for kind in (annotation, *get_args(annotation)) if kind in words]
    inner = [words[kind] for one in get_args(annotation) for kind in get_args(one) if kind in words]
    return (found or inner or ["text"])[0] + (", repeated for more" if option.multiple else "")


def command_pages() -> dict[str, str]:
    """File -> page, one for each command or group of commands."""
    pages: dict[str, list[str]] = {}
    for name, command in commands():
        first = name.split()[1]
        pages.setdefault(first, [f"# archgraph {first}\n"]).append(_command(name, command))
    return {f"commands/{name}.md": "\n".join(parts) for name, parts in pages.items()}


def _command(name: str, command: Any) -> str:
    found = list(parameters(command))
    arguments = [written for written, _, _, _ in found if not written.startswith("-")]
    text = "\n\n".join(escaped(" ".join(block.split())) for block in (command.help or "").split("\n\n"))
    rows = [
        (f"`{written}`", cell(kind), f"`{default}`" if default and default != "needed" else default, cell(said))
        for written, kind, default, said in found
    ]
    heading = "" if len(name.split()) == 2 else f"## {name}\n\n"
    usage = f"```text\n{' '.join([name, *arguments, '[OPTIONS]'])}\n```\n"
    return f"{heading}{text}\n\n{usage}\n{table(('', 'takes', 'default', 'meaning'), rows)}"
