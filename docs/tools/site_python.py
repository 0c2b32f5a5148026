"""Pages of the reference: every public name of the four packages, with what its docstring says."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

from site_markdown import docstring

PACKAGES = ("archgraph", "encoders", "supernet", "search")
MODULES = ("archgraph.spaces", "archgraph.testing")
"""Public modules, whose own public names have a page each."""


def public_names() -> Iterator[tuple[str, str]]:
    """(module, name) of all that is public."""
    for module in (*PACKAGES, *MODULES):
        for name in import_module(module).__all__:
            yield module, name


def python_pages() -> dict[str, str]:
    """File -> page, one a module."""
    return {f"python/{module}.md": _page(module) for module in (*PACKAGES, *MODULES)}


def _page(module: str) -> str:
    loaded = import_module(module)
    names = sorted(loaded.__all__, key=lambda name: (name.lower(), name))
    parts = [f"# {module} in Python\n", docstring(loaded.__doc__), f"```py\nfrom {module} import ...\n```\n"]
    return "\n".join([*parts, *(_entry(module, loaded, name) for name in names)])


def _entry(module: str, loaded: ModuleType, name: str) -> str:
    value = getattr(loaded, name)
    full = f"{module}.{name}"
    if isinstance(value, ModuleType):
        return f"## {name}\n\n{docstring(value.__doc__)}\nIts names are on a page of their own: `{value.__name__}`.\n"
    if inspect.isclass(value):
        return f"## {name}\n\n" + _class(full, value)
    if inspect.isroutine(value):
        return f"## {name}\n\n" + _directive("function", full + signature(value), docstring(value.__doc__))
    return f"## {name}\n\n" + _directive("data", full, docstring(data_docstring(module, name)))


def _directive(kind: str, of: str, content: str, colons: int = 4) -> str:
    fence = ":" * colons
    return f"{fence}{{py:{kind}}} {of}\n\n{content}\n{fence}\n"


def _class(full: str, cls: type) -> str:
    parts = [docstring(class_docstring(cls))]
    for name, member in members(cls):
        if isinstance(member, property):
            parts.append(_directive("property", name, docstring(member.__doc__)))
        else:
            kind = {staticmethod: "staticmethod", classmethod: "classmethod"}.get(type(member), "method")
            plain = getattr(member, "__func__", member)
            parts.append(
                _directive(kind, name + signature(plain, bound=kind != "staticmethod"), docstring(plain.__doc__))
            )
    return _directive("class", full + _constructor(cls), "\n".join(parts), colons=6)


def class_docstring(cls: type) -> str | None:
    """The docstring that a class has itself, or has from a class of the house."""
    return next((base.__doc__ for base in cls.__mro__ if base.__doc__ and _ours(base)), None)


def members(cls: type) -> list[tuple[str, Any]]:
    """Public methods and properties that a class of the house defines, with a docstring; those of bases too."""
    found: dict[str, Any] = {}
    for base in reversed([base for base in cls.__mro__ if _ours(base)]):
        for name, member in vars(base).items():
            plain = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
            if not name.startswith("_") and inspect.isroutine(plain) and getattr(plain, "__doc__", None):
                found[name] = member
    return sorted(found.items())


def _ours(cls: type) -> bool:
    return cls.__module__.partition(".")[0] in PACKAGES


def signature(function: Any, bound: bool = False) -> str:
    """The parameters with their defaults, without annotations."""
    try:
        found = inspect.signature(function)
    except (TypeError, ValueError):
        return "()"
    parameters = [_plain(p) for p in found.parameters.values()][1 if bound else 0 :]
    return str(found.replace(parameters=parameters, return_annotation=inspect.Signature.empty))


def _constructor(cls: type) -> str:
    if issubclass(cls, BaseException):
        return "(message)"
    if inspect.isabstract(cls) and "__init__" not in vars(cls):
        return "()"
    return signature(cls)


class _Shown:
    """A default as a reader sees it."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def _plain(parameter: inspect.Parameter) -> inspect.Parameter:
    default = parameter.default
    if default is not parameter.empty and not isinstance(default, str | int | float | bool | tuple | None):
        name = getattr(default, "__name__", type(default).__name__)
        default = _Shown("..." if name == "<lambda>" else name)
    return parameter.replace(annotation=parameter.empty, default=default)


def data_docstring(package: str, name: str) -> str:
    """The text that stands behind the assignment of a constant, where it is defined."""
    import ast

    value = import_module(package)
    source = getattr(value, "__getattr__", None)
    where = {**_lazy_table(source)}.get(name, package)
    tree = ast.parse(inspect.getsource(import_module(where)))
    for node, after in zip(tree.body, tree.body[1:], strict=False):
        targets = [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [])
        named = any(isinstance(target, ast.Name) and target.id == name for target in targets)
        if named and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            return str(after.value.value)
    return type(getattr(value, name)).__doc__ or ""


def _lazy_table(getter: Any) -> dict[str, str]:
    """Name -> module, of a package that loads its names when they are used."""
    cells = getattr(getter, "__closure__", None) or ()
    return next((cell.cell_contents for cell in cells if isinstance(cell.cell_contents, dict)), {})
