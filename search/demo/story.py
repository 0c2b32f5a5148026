"""What the demo does and what it found, in sentences for someone who sees it for the first time; loads no torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from pathlib import Path
from statistics import mean
from typing import Any

from archgraph.persistence.files import writable_folder
from archgraph.texts import printable

FIRST = """The whole loop on scikit-learn's 1,797 handwritten digits of 8x8 pixels, without network, in some minutes.
  1  encoder: a graph network learns, without labels, where 342 small cells lie in its embedding space
  2  ranks: one training of a hyper-architecture ranks 216 networks; 24 of them are trained by themselves, to compare
  3  search: fade, random search and TPE look among 40 million networks, each for the same cost
  4  final: each search's winner is trained three times and scored on test images that nothing has looked at
Ctrl-C at any moment loses nothing: the same command goes on. What is made lies in {folder}."""
"""Said before anything is loaded; `folder` is where everything goes."""
UNITS = {
    "encoder": "encoder, steps",
    "ground truth": "trained by themselves, rounds of 24",
    "ranks": "hyper-architectures trained",
    "fade": "fade, 10^9 multiply-adds",
    "random": "random, 10^9 multiply-adds",
    "tpe": "tpe, 10^9 multiply-adds",
    "final training": "winner trained",
}
"""Stage -> what its bar counts."""
_TWO_SIDED = 1.96  # deviations within which 95 % of a normal law lie


def first_lines(folder: Path) -> str | None:
    """What is said before anything is loaded; None where a demo was begun already, or something else lies there.

    Raises:
        InputError: the folder cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        return None
    return FIRST.format(folder=printable(writable_folder(folder)))


def story(results: Mapping[str, Any]) -> list[str]:
    """Sentences: what won, by how much against chance, and what of it is noise.

    Args:
        results: of `Demo.run`.
    """
    winners, images, classes = results["winners"], results["test_images"], results["classes"]
    order = sorted(winners, key=lambda name: float(winners[name]["search_validation_loss"]))
    tests = {name: mean(winners[name]["test_accuracy"]) for name in order}
    noise = accuracy_noise(max(tests.values()), images)
    losses = ", ".join(f"{name} {winners[name]['search_validation_loss']:.4f}" for name in order)
    said = [
        f"For the same cost, {order[0]} found the network of the lowest validation loss ({losses}; less is better). "
        "These are the least of many single trainings, so they flatter; the test figures do not."
    ]
    shown = ", ".join(f"{name} {100 * value:.1f} %" for name, value in tests.items())
    said.append(
        f"Of {images} test images, which nothing chose by, the winners classify correctly {shown}; guessing "
        f"among {classes} classes gives {100 / classes:.0f} %."
    )
    best = max(tests, key=lambda name: tests[name])
    told = [name for name in tests if tests[best] - tests[name] > noise]
    said.append(
        f"So few test images make differences below {100 * noise:.1f} % noise: "
        + (f"{best} is ahead of {' and '.join(told)}." if told else "on test no method is ahead of another.")
    )
    return [*said, *_ranks(results["correlation"])]


def accuracy_noise(accuracy: float, images: int) -> float:
    """The difference of two accuracies on as many images each that chance exceeds in 5 of 100 cases."""
    return _TWO_SIDED * sqrt(2 * accuracy * (1 - accuracy) / images)


def correlation_noise(networks: int) -> float:
    """The rank correlation of unrelated figures of so many networks that chance exceeds in 5 of 100 cases."""
    return _TWO_SIDED / sqrt(networks - 1)


def _ranks(correlation: Mapping[str, Any]) -> list[str]:
    """How well ranks agree with training by itself, beside depth."""
    found: Sequence[Mapping[str, Any]] = correlation["agreement"]["loss"]
    by_name = {row["score"]: float(row["spearman"]) for row in found}
    ranks = {name: value for name, value in by_name.items() if not name.startswith(("plain", "ceiling"))}
    plain = {name: value for name, value in by_name.items() if name.startswith("plain")}
    if not ranks or not plain or len(correlation["choices"]) < 2:
        return []
    best, depth = max(ranks, key=lambda name: ranks[name]), max(plain, key=lambda name: plain[name])
    trained = len(correlation["choices"])
    noise = f"{correlation_noise(trained):.2f}"
    return [
        f"One training ranked {correlation['paths']} networks; with {trained} trained by themselves the {best} agrees "
        f"with Spearman {ranks[best]:.2f}, {depth} with {plain[depth]:.2f}. Of so few networks, what lies between "
        f"-{noise} and {noise} is noise."
    ]
