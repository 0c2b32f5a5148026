"""Files of spaces around networks that are wrong in places are refused in one line, or read."""

from __future__ import annotations

import json
import random
import time

import campaign
import imported_networks as networks
import numpy as np
import pytest
import yaml
from broken_inputs import changed, cut_or_flip, peak_memory
from broken_programs import damaged
from safetensors.torch import save_file

from archgraph import spaces
from archgraph.testing.outcome import outcome
from supernet.imported.program_json import to_json
from supernet.imported.space import NetworkSpace, from_module, read_network

COUNTS = [60, pytest.param(campaign.INPUTS, marks=[pytest.mark.slow, pytest.mark.campaign, pytest.mark.timeout(7200)])]
MADE = {"residual": networks.residual, "tokens": networks.tokens, "scaled": networks.scaled}
SECONDS = 5
"""Of a processor: what one file takes at most."""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("spaces")
    for name, make in MADE.items():
        from_module(make(), (1, 1, 8, 8), folder / f"{name}.yaml")
    return [folder / f"{name}.yaml" for name in MADE]


def used(file, number):
    """Read a space and make its first member and one that is drawn, as a command does."""
    around = NetworkSpace(spaces.get(f"module:{file}"))
    first = around.space.from_native("0" * len(around.space.options))
    for graph in (first, *around.space.sample(1, np.random.default_rng(number))):
        around.cost(graph)
        around.member(graph).network()


def tried(count, file, write):
    """How many of `count` files were refused, each in one line, in bounded time and memory."""
    refused, longest, before = 0, 0.0, peak_memory()
    for number in range(count):
        write(random.Random(number), number)
        started = time.process_time()
        refused += bool(outcome(lambda number=number: used(file, number))[1])
        longest = max(longest, time.process_time() - started)
    taken = peak_memory() - before
    memory = f"{taken >> 20} MiB more, {peak_memory() >> 20} in all"
    print(f"{count} files, {refused} refused, {longest:.2f} s at most, {memory}")
    assert longest < SECONDS
    assert taken < 1 << 30
    return refused


@pytest.mark.parametrize("count", COUNTS)
def test_a_program_that_is_wrong_in_places_is_refused_or_runs(files, tmp_path, count):
    made = [(file, *read_network(file.with_suffix(".safetensors"))) for file in files]
    every = [(file, damaged(to_json(program)), state) for file, program, state in made]

    def write(rng, number):
        file, make, state = every[number % len(every)]
        (tmp_path / "net.yaml").write_text(file.read_text().replace(file.stem, "net"))
        save_file(state, tmp_path / "net.safetensors", metadata={"program": json.dumps(make(rng))})

    assert count / 3 < tried(count, tmp_path / "net.yaml", write) < count


@pytest.mark.parametrize("count", COUNTS)
def test_a_description_that_is_wrong_in_places_is_refused_or_used(files, count):
    texts = [file.read_text() for file in files]
    every = [changed(yaml.safe_load(text)) for text in texts]
    file = files[0].with_name("net.yaml")

    def write(rng, number):
        which = number % len(texts)
        text = yaml.safe_dump(every[which](rng)) if rng.random() < 0.5 else _numbered(texts[which], rng)
        file.write_bytes(cut_or_flip(text.encode())(rng) if rng.random() < 0.3 else text.encode())

    assert count / 4 < tried(count, file, write) < count


def _numbered(text, rng):
    """The text with another number, name or kind in some places."""
    words = text.split(" ")
    for _ in range(rng.choice((1, 1, 2, 4))):
        place = rng.randrange(len(words))
        words[place] = rng.choice(("0,", "1]", "7,", "31]", "64,", "512]", "65536]", "1e3,", "gelu]", *words))
    return " ".join(words)
