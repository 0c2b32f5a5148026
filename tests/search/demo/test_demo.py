import json
import re
from dataclasses import replace
from itertools import pairwise

import pytest
from small_demo import TINY

import search.demo.demo
from search.demo.demo import BATCH, METHODS, Demo
from search.demo.report import write_report


class StopAt:
    """Interrupts a demo at the n-th sign of progress."""

    def __init__(self, at):
        self.left = at

    def __call__(self, stage, done, of):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


def without_times(results):
    return json.loads(re.sub(r'"seconds": [^,}]*', '"seconds": 0', json.dumps(results)))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "whole"
    demo = Demo(folder, TINY)
    results = demo.run()
    return demo, results, write_report(demo, demo.encoder(), results)


def test_the_demo_has_winners_histories_and_correlations(whole):
    _, results, _ = whole
    assert set(results["winners"]) == set(results["histories"]) == set(METHODS)
    for method, history in results["histories"].items():
        before_the_last = history[: -1 if method == "fade" else -BATCH]
        assert not before_the_last or before_the_last[-1]["cost"] < TINY.budget
        assert all(a["best"] >= b["best"] for a, b in pairwise(history))
    assert len(results["correlation"]["choices"]) == TINY.sampled_paths
    assert results["correlation"]["paths"] == 4**2


def test_numbers_repeat_exactly_for_a_seed(whole, tmp_path):
    assert without_times(Demo(tmp_path / "again", TINY).run()) == without_times(whole[1])


SOME, REST = (2, 8, 14), (1, 3, 5, 6, 10, 12)


@pytest.mark.parametrize("at", [*SOME, *(pytest.param(at, marks=pytest.mark.slow) for at in REST)])
def test_an_interrupted_demo_ends_with_the_numbers_of_an_uninterrupted_one(whole, tmp_path, at):
    with pytest.raises(KeyboardInterrupt):
        Demo(tmp_path / "run", TINY, StopAt(at)).run()
    assert without_times(Demo(tmp_path / "run", TINY).run()) == without_times(whole[1])


def test_test_images_are_scored_for_winners_only(whole, tmp_path, monkeypatch):
    """Searches and correlations give the same with the test part gone."""
    data = search.demo.demo.digits()
    blind = replace(data, test=data.validation)
    monkeypatch.setattr(search.demo.demo, "digits", lambda: blind)
    results = Demo(tmp_path / "blind", TINY).run()
    assert results["histories"] == whole[1]["histories"]
    assert results["correlation"] == whole[1]["correlation"]
    for method in METHODS:
        assert results["winners"][method]["architecture"] == whole[1]["winners"][method]["architecture"]


def test_the_report_is_one_page_that_needs_nothing_else(whole):
    text = whole[2].read_text(encoding="utf-8")
    assert text.count("<svg xmlns") == text.partition("<script>")[0].count("</svg>") >= 3 + len(METHODS)
    assert not re.search(r'(?:src|href)="(?!#|data:)', text)
    for method in METHODS:
        assert f"<h3>{method}</h3>" in text
    assert "ceiling: one seed against another" in text
