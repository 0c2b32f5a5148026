import json
import re
from dataclasses import replace
from itertools import pairwise

import pytest

import search.demo.demo
from encoders.embedding.pretrain import PretrainConfig
from search.demo.demo import BATCH, METHODS, Demo, DemoConfig
from search.demo.report import write_report
from search.fade.search import FadeConfig
from supernet.hyper.recipe import BilevelRecipe
from supernet.standalone.training import Recipe

TINY = DemoConfig(
    threads=1,
    space="dag:1-4",
    width=8,
    train_size=64,
    buckets=4,
    budget=0.05,
    sampled_paths=5,
    truth_seeds=2,
    rank_repeats=2,
    final_seeds=2,
    pretrain=PretrainConfig(latent=2, steps=4, batch_size=16, pairs=20, look_every=2, held_out=0.2),
    recipe=Recipe(epochs=1),
    final_recipe=Recipe(epochs=1),
    ranked=4,
    hyper=BilevelRecipe(epochs=1, warm_up=0),
    fade=FadeConfig(rows=2, candidates=4),
    step=BilevelRecipe(epochs=1, warm_up=1),
)


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


@pytest.mark.parametrize("at", [1, 2, 3, 5, 6, 8, 10, 12, 14])
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
    assert text.count("<svg") == text.count("</svg>") >= 3 + len(METHODS)
    assert not re.search(r'(?:src|href)="(?!#|data:)', text)
    for method in METHODS:
        assert f"<h3>{method}</h3>" in text
    assert "ceiling: one seed against another" in text
