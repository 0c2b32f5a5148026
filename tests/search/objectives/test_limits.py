"""Limits are read, or refused in one line, and tell what fits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archgraph import InputError, spaces
from archgraph.networks.choice import NetworkChoice
from archgraph.testing.outcome import outcome
from search.objectives.costs import NetworkCosts
from search.objectives.limits import Limits, checked_limits, read_limits


def limits(most, space="nasbench201", **settings):
    network = NetworkChoice(settings=settings or {"channels": 4, "cells": 1})
    return Limits(most, NetworkCosts(spaces.get(space), network, (1, 8, 8), 10))


@pytest.mark.parametrize(("text", "value"), [("500k", 5e5), ("1.5M", 1.5e6), ("2G", 2e9), ("800", 800.0), ("2.5", 2.5)])
def test_numbers_are_written_short(text, value):
    assert read_limits([f"flops={text}"]) == {"flops": value}


@pytest.mark.parametrize(
    ("pair", "reason"),
    [
        ("params", "a limit is written NAME=X, as in params=500k, but got 'params'"),
        ("size=3", "a limit is one of params, flops, latency_ms, depth, but got 'size'"),
        ("params=", "params is at most a number such as 800, 500k, 1.5M or 2G, but got ''"),
        ("params=-3", "but got '-3'"),
        ("params=3m", "but got '3m'"),
        ("params=1e5", "but got '1e5'"),
        ("params=nan", "but got 'nan'"),
        ("depth=0", "depth is a positive number, but got 0.0"),
    ],
)
def test_what_is_no_limit_is_refused(pair, reason):
    with pytest.raises(InputError, match=reason):
        read_limits([pair])


@given(st.text(max_size=30))
def test_any_text_is_a_limit_or_refused_in_one_line(text):
    found, said = outcome(lambda: read_limits([text]))
    assert "\n" not in said
    assert all(value > 0 for value in (found or {}).values())


def test_files_may_hold_numbers():
    assert checked_limits({"params": 5, "depth": "12"}) == {"params": 5.0, "depth": 12.0}
    with pytest.raises(InputError, match="params is a positive number, but got True"):
        checked_limits({"params": "0"} | {"params": True})


def test_what_costs_at_most_so_much_fits():
    made = limits({"params": 5000, "depth": 8})
    for graph in made.costs.space.enumerate()[::2500]:
        found = made.costs.counted(graph, "params", "depth")
        assert made.fits(graph) == (found["params"] <= 5000 and found["depth"] <= 8)


@pytest.mark.parametrize("space", ["nasbench201", "macro", "darts", "dag:1-5x3", "nasbench101"])
def test_where_hardly_anything_fits_it_is_found_by_edits(space):
    """A limit that is just above the least that there is."""
    settings = {"width": 8} if space.startswith("dag") else {"channels": 4}
    tight = limits({"params": 1}, space, **settings)
    with pytest.raises(
        InputError, match=r"no architecture of .* was found with params of at most 1; the least"
    ) as said:
        tight.check()
    least = int(str(said.value).split("has params ")[1].split(":")[0].replace(",", ""))
    again = limits({"params": least}, space, **settings)
    again.check()
    assert again.costs.counted(again.start, "params")["params"] <= least


def test_a_latency_that_nothing_has_is_said_with_the_least_that_was_measured():
    with pytest.raises(InputError, match=r"latency_ms of at most 1e-09; the least found has latency_ms \d+\.\d+:"):
        limits({"latency_ms": 1e-9}).check()


def test_what_was_measured_tells_what_is_slow(monkeypatch):
    made = limits({"latency_ms": 5.0})
    made.costs.latencies |= {"slow": (9.0, 0.0), "fast": (3.0, 0.0)}
    assert [made.known_slow(key) for key in ("slow", "fast", "unknown")] == [True, False, False]
    assert [made.is_fast(key, lambda: None) for key in ("slow", "fast")] == [False, True]
    assert limits({"params": 5}).is_fast("unknown", lambda: None)
