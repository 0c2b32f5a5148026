"""YAML as plain data, with limits: the one reader of all YAML that users write."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from archgraph.errors import InputError
from archgraph.persistence.files import check_plain

MAX_TEXT = 1 << 20  # characters
MAX_DEPTH = 64  # of what is nested in what
MAX_NODES = 1 << 15  # values of a text
_TAG = "tag:yaml.org,2002:"
_WHOLE = "(?:0|[1-9][0-9_]*)"
_NUMBERS = {
    f"{_TAG}int": re.compile(rf"[-+]?(?:{_WHOLE}|0x[0-9a-fA-F_]+|0b[01_]+)\Z"),
    f"{_TAG}float": re.compile(
        rf"[-+]?(?:{_WHOLE}\.[0-9]*|\.[0-9]+|{_WHOLE}(?=[eE]))(?:[eE][-+]?[0-9]+)?\Z"
        r"|[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z"
    ),
}
"""How numbers are written: `1e-3` is one; `017`, which YAML 1.1 takes for 15, and `1:30`, for 90, are texts."""


class _Plain(yaml.SafeLoader):
    """Mappings, sequences, texts, numbers, true, false and null, each as it stands; a date or a time is a text.

    Refused are aliases, with which a small text could describe a huge one, tags, keys that stand twice, and what is
    nested too deep.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012 - as PyYAML declares it
        first: [(tag, _NUMBERS.get(tag, pattern)) for tag, pattern in resolvers if tag != f"{_TAG}timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = self._nodes = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not allowed here")
        event = self.peek_event()
        if getattr(event, "tag", None) not in (None, "!"):
            raise yaml.YAMLError(f"tags are not allowed here, but got {str(event.tag)[:64]}")
        self._nodes, self._depth = self._nodes + 1, self._depth + 1
        if self._nodes > MAX_NODES or self._depth > MAX_DEPTH:
            raise yaml.YAMLError(f"more than {MAX_NODES} values, or nested more than {MAX_DEPTH} deep")
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        keys = Counter(key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode))
        if twice := [key for key, count in keys.items() if count > 1]:
            raise yaml.YAMLError(f"the key {twice[0][:64]!r} stands twice")
        return super().construct_mapping(node, deep)


def parse_yaml(text: str) -> Any:
    """What a text in YAML says.

    Args:
        text: of a file, or of a setting.

    Returns:
        Plain data.

    Raises:
        InputError: it is no YAML, or more than plain data within the limits.

    Example:
        >>> from archgraph.persistence.plain_yaml import parse_yaml
        >>> parse_yaml("{seeds: 10, methods: [delta, random]}")
        {'seeds': 10, 'methods': ['delta', 'random']}
    """
    if len(text) > MAX_TEXT:
        raise InputError(f"more than {MAX_TEXT} characters")
    try:
        return yaml.load(text, Loader=_Plain)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise InputError(" ".join(str(error).split())[:200] or type(error).__name__) from error


def read_yaml(path: Path) -> Any:
    """What a file in YAML says; as `parse_yaml`.

    Raises:
        InputError: it is missing, no file or no text, or as of `parse_yaml`.
    """
    check_plain(path)
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(MAX_TEXT + 1)
        return parse_yaml(text)
    except FileNotFoundError:
        raise InputError(f"no file {path}; check the name") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error
    except InputError as error:
        raise InputError(f"cannot read {path}: {error}") from error
