"""Readers of native forms: whatever text they get, they return a member or one clear error."""

import warnings

import numpy as np
import pytest

from archgraph import InputError, spaces
from archgraph.spaces import Space

NAMES = ["dag", "dag:1-4x2", "nasbench101", "nasbench201", "darts", "macro", "transnas", "transnas:macro"]
_LETTERS = "0123456789-,:|~+[]()'\" _\n\x00é²x" + "conv"


def broken(native: str, rng: np.random.Generator) -> str:
    """The text with a few characters changed, removed, added, repeated or cut off."""
    text = native
    for _ in range(int(rng.integers(1, 4))):
        i, j = sorted(int(k) for k in rng.integers(0, len(text) + 1, size=2))
        letter = _LETTERS[int(rng.integers(len(_LETTERS)))]
        text = [
            text[:i] + letter + text[i + 1 :],
            text[:i] + text[j:],
            text[:i] + letter + text[i:],
            text[:j] + text[i:],
            text[:i],
            text[:i] + text[i:j] * 50 + text[j:],
        ][int(rng.integers(6))]
    return text


def read(space: Space, text: str) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # cells are pruned with a warning
            graph = space.from_native(text)
    except InputError as error:
        message = str(error)
        if not message or "\n" in message or len(message) > 1000:
            raise AssertionError(f"not one clear line for {text[:64]!r}: {message[:1000]!r}") from error
    else:
        space.validate(graph)


def fuzz(name: str, count: int) -> None:
    space, rng = spaces.get(name), np.random.default_rng(0)
    natives = [space.to_native(graph) for graph in space.sample(100, rng)]
    for k in range(count):
        read(space, broken(natives[k % 100], rng))


@pytest.mark.parametrize("name", NAMES)
def test_broken_texts_give_a_member_or_one_clear_error(name: str) -> None:
    fuzz(name, 300)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_10000_broken_texts_give_a_member_or_one_clear_error(name: str) -> None:
    fuzz(name, 10_000)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("text", ["", "\n", "\x00", "²" * 8, "٣" * 8, "1" * 100_000, "(" * 100_000, "[" * 10_000])
def test_hostile_texts_give_one_clear_error(name: str, text: str) -> None:
    with pytest.raises(InputError):
        spaces.get(name).from_native(text)
