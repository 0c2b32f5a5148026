"""Pages of the reference: the settings of methods, pruners, networks and trainings, and the fields of study files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from site_markdown import cell, docstring, table

from archgraph.settings import Setting, described_settings

HEAD = ("name", "default", "meaning")


def settings_pages() -> dict[str, str]:
    """File -> page."""
    return {
        "settings/methods.md": methods_page(),
        "settings/pruners.md": pruners_page(),
        "settings/networks.md": networks_page(),
        "settings/training.md": training_page(),
        "settings/study-files.md": study_file_page(),
        "settings/spaces.md": spaces_page(),
        "settings/imports.md": imports_page(),
    }


def rows(found: list[Setting]) -> str:
    """Settings as a table."""
    if not found:
        return "There is nothing to set.\n"
    return table(
        HEAD, [(f"`{one.name}`", f"`{one.default}`" if one.default else "needed", cell(one.meaning)) for one in found]
    )


def methods_page() -> str:
    """The settings of every method."""
    from search.problem import all_methods, settings_of

    intro = (
        "# Settings of each search method\n\nGiven as `--set NAME=VALUE` to `archgraph search`, under `set` in a study "
        "file, and as keywords in Python. `archgraph search METHOD --help` prints the same.\n"
    )
    return "\n".join([intro, *(f"## {name}\n\n{rows(settings_of(name))}" for name in all_methods())])


def pruners_page() -> str:
    """The settings of every pruner."""
    from search.studies.pruning import PRUNERS

    intro = (
        "# Settings of each pruner\n\nGiven as `--pruner-set NAME=VALUE`, and under `pruner_set` in a study file; the "
        "defaults and meanings are Optuna's.\n"
    )
    parts = []
    for name, make in PRUNERS.items():
        parts.append(f"## {name}\n\n{docstring(make.__doc__)}\n{rows(described_settings(make, without=('steps',)))}")
    return "\n".join([intro, *parts])


def networks_page() -> str:
    """What can be changed of every space's network."""
    from archgraph.networks.registry import NETWORKS

    intro = (
        "# Settings of each space's network\n\nGiven as `--network-set NAME=VALUE` to `archgraph search`, `--set` to "
        "`archgraph fit`, `supernet train` and `export`, and under `network_set` in a study file; whole numbers "
        "from 1.\n"
    )
    without = ("made", "graph", "classes")
    parts = [
        f"## {name}\n\n{docstring(network.write.__doc__)}\n{rows(described_settings(network.write, without=without))}"
        for name, network in NETWORKS.items()
    ]
    return "\n".join([intro, *parts])


def trainings() -> dict[str, tuple[str, Callable[..., Any]]]:
    """Title -> (where it is given, what takes the settings)."""
    from encoders import PretrainConfig
    from search import DemoConfig, DesignSettings, FadeConfig
    from supernet import BilevelRecipe, FitRecipe, Recipe
    from supernet.images.augmentation import Augmentation

    return {
        "Recipe": ("Short trainings: `archgraph search --recipe NAME=VALUE`, `recipe` in a study file.", Recipe),
        "FitRecipe": ("Long trainings: the options of `archgraph fit`.", FitRecipe),
        "Augmentation": ("What `archgraph fit` does to its images; part of `FitRecipe`.", Augmentation),
        "BilevelRecipe": ("Hyper-architectures: the options of `archgraph supernet rank`.", BilevelRecipe),
        "FadeConfig": ("FaDE's outer search: `archgraph search fade --set NAME=VALUE`.", FadeConfig),
        "PretrainConfig": ("The encoder: the options of `archgraph encoder train`.", PretrainConfig),
        "DesignSettings": ("What `archgraph design` chooses for you, and why.", DesignSettings),
        "DemoConfig": ("What `archgraph demo` does.", DemoConfig),
    }


def training_page() -> str:
    """The settings of every kind of training."""
    parts = [
        f"## {title}\n\n{where}\n\n{rows(described_settings(make))}" for title, (where, make) in trainings().items()
    ]
    return "\n".join(["# Settings of each training\n", *parts])


def study_file_page() -> str:
    """The fields of a study file."""
    from search.comparison.study_entries import STUDY_FILE_FIELDS

    intro = (
        "# Fields of a study file\n\nA study file is a whole comparison in YAML: problems, methods, seeds. `archgraph "
        "compare FILE.yaml -o DIR` runs it or goes on with it. `$NAME` is an environment variable.\n"
    )
    return "\n".join(
        [intro, *(f"## {part}\n\n{rows(described_settings(kind))}" for part, kind in STUDY_FILE_FIELDS.items())]
    )


def spaces_page() -> str:
    """The spaces by name."""
    from archgraph.spaces import SPACES

    found = [(f"`{name}`", cell(text)) for name, (_, text) in SPACES.items()]
    intro = "# Spaces by name\n\nWhat stands behind `--space`; `archgraph space list` prints the same.\n"
    return f"{intro}\n{table(('name', 'what it is'), found)}"


def imports_page() -> str:
    """The formats that `archgraph import` reads."""
    from archgraph.formats import FORMATS

    found = [
        (f"`{name}`", cell(one.description), ", ".join(f"`--{option}`" for option in one.options))
        for name, one in FORMATS.items()
    ]
    intro = "# Foreign formats\n\nWhat `archgraph import FORMAT` reads.\n"
    return f"{intro}\n{table(('format', 'what is read', 'options'), found)}"
