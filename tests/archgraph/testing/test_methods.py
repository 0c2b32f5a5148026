"""Search methods that break the contract are found."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from suites import broken_promises

from archgraph import spaces
from archgraph.testing import MethodContract

SPACE = spaces.get("macro")


class New:
    """As a method should: what the history lacks, drawn by the seed."""

    def propose(self, known, seed):
        rng = np.random.default_rng(seed)
        while (native := "".join(map(str, rng.integers(3, size=8)))) in known:
            pass
        return native


class Moody(New):
    def propose(self, known, seed):
        return super().propose(known, None)


class Forgetful(New):
    """Counts its own proposals, which a new one has not made."""

    def __init__(self):
        self.made = 0

    def propose(self, known, seed):
        self.made += 1
        return super().propose(known, [*seed, self.made])


class Repeating(New):
    def propose(self, known, seed):
        return super().propose(known[:3], len(known) // 2)


class Foreign(New):
    def propose(self, known, seed):
        return super().propose(known, seed)[:-1] + "7"


class Lazy(New):
    def propose(self, known, seed):
        return super().propose(known, seed) if len(known) < 4 else None


def suite(method):
    class Suite(MethodContract):
        def make(self):
            return method()

        def space(self):
            return SPACE

        def run(self, method, storage, seed, trials):
            """Studies are files of native forms."""
            path = Path(storage.removeprefix("journal:"))
            known = json.loads(path.read_text()) if path.exists() else []
            while len(known) < trials and (native := method.propose(known, [seed, len(known)])) is not None:
                known.append(native)
            path.write_text(json.dumps(known))
            return SimpleNamespace(trials=[self.trial(native) for native in known])

        def trial(self, native):
            key = SPACE.from_native(native).canonical_hash() if "7" not in native else native
            return SimpleNamespace(user_attrs={"architecture": native, "hash": key}, params={}, values=[1.0])

    return Suite()


def test_a_method_that_keeps_the_contract_passes(tmp_path):
    assert broken_promises(suite(New), tmp_path) == set()


@pytest.mark.parametrize(
    ("method", "promises"),
    [
        (Moody, {"test_a_seed_decides_all"}),
        (
            Forgetful,
            {
                "test_a_search_that_was_stopped_goes_on_as_if_it_had_not_been",
                "test_a_method_goes_from_study_to_study",
            },
        ),
        (Repeating, {"test_no_architecture_is_paid_for_twice"}),
        (Foreign, {"test_proposals_are_members_of_the_space"}),
        (Lazy, {"test_every_seed_finds_as_many_as_asked_for"}),
    ],
)
def test_what_breaks_the_contract_is_found(method, promises, tmp_path):
    assert broken_promises(suite(method), tmp_path) >= promises
