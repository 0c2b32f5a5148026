"""The page: its data, and in a browser what it does with them."""

import base64
import json
import re
import tempfile
from pathlib import Path

import numpy as np
import pytest
from browser import SCHEMES, WIDTHS, browser, needs_browser
from PIL import Image
from site_pictures import WIDTH, take_explorer

from archgraph.drawing.layout import GraphLayout
from encoders import DeltaPredictor
from search.explorer.page import packed, plane, write_explorer
from search.explorer.sources import Explored, WalkedTrial, read_source


@pytest.fixture(scope="module")
def page(small_file, small_table, tmp_path_factory):
    """A page with a predictor and a path."""
    found = read_source(str(small_file))
    path = (WalkedTrial(3, 1.0), WalkedTrial(0, 2.0), WalkedTrial(5, 3.0))
    explored = Explored("</script><b>a study", found.table, found.space, found.embed, path, ("a note",))
    output = tmp_path_factory.mktemp("page") / "explorer.html"
    write_explorer(explored, output, DeltaPredictor.fit(small_table, "worth", encoder=None, seed=0))
    return output


@pytest.fixture(scope="module")
def window(page):
    with tempfile.TemporaryDirectory() as profile, browser(Path(profile)) as found:
        found.open(page)
        yield found


def data_of(page):
    text = re.search(
        r'<script type="application/json" id="data">(.*?)</script>', page.read_text(encoding="utf-8"), re.S
    )
    return json.loads(text[1])


def test_numbers_are_packed_as_small_as_they_are():
    for values, letter in (([0, 255], "B"), ([256], "H"), ([1 << 16], "I"), ([0.5], "f")):
        text = packed(np.array(values))
        kind = {"B": "u1", "H": "<u2", "I": "<u4", "f": "<f4"}[letter]
        assert text[0] == letter
        assert np.frombuffer(base64.b64decode(text[1:]), kind).tolist() == values


def test_the_plane_has_the_largest_variance_first():
    points = np.random.default_rng(0).normal(size=(200, 4)) * [1, 5, 2, 0.1]
    flat, share = plane(points.astype(np.float32))
    assert flat[:, 0].var() > flat[:, 1].var() > 3
    assert share[0] > 0.7 > share[1]


def test_the_page_holds_graphs_metrics_and_predictions(page, small_table):
    data = data_of(page)
    assert data["ids"] == small_table.ids.tolist()
    assert set(data["metrics"]) == {"worth", "predicted", "std"}
    assert data["natives"] is None  # the ids are native forms
    assert data["path"] == [[3, 1.0], [0, 2.0], [5, 3.0]]
    assert {"editStarts", "editTo", "editBy"} <= data.keys()


def test_the_page_asks_for_nothing_from_elsewhere(page):
    assert not re.search(r"""(src|href)=["'](?!data:|#)""", page.read_text(encoding="utf-8"))


@needs_browser
@pytest.mark.slow
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_it_is_readable_at_every_width_and_in_both_schemes(window, width, scheme):
    window.resize(width, scheme)
    assert window.overflow() <= 0
    assert window.contrast() > 0.6
    assert window.messages() == []
    assert window.remote() == []


@needs_browser
@pytest.mark.slow
class TestInABrowser:
    def test_a_cell_shows_its_drawing_and_its_neighbours(self, window, small_table):
        text = window.run("explorer.show(0); return document.getElementById('cell').innerText")
        assert small_table.ids[0] in text.replace("\n", "")
        assert "24 neighbours" in text
        assert "predicted change of worth" in text
        drawn = window.run("return Array.from(document.querySelectorAll('#drawing text'), one => one.textContent)")
        assert drawn == GraphLayout(small_table[0]).ops  # as pictures: without sums that join nothing

    def test_neighbours_stand_by_predicted_difference(self, window):
        first = "document.querySelector('#cell table').querySelectorAll('td.number')"
        shown = window.run(f"explorer.show(0); return Array.from({first}, one => +one.textContent)")
        assert shown == sorted(shown, reverse=True)
        assert len(shown) == 24

    def test_a_search_finds_ids_by_a_part(self, window, small_table):
        found = window.run("return explorer.search('NOR_CONV_3X3~2')")
        assert found == [i for i, name in enumerate(small_table.ids) if "nor_conv_3x3~2" in name]
        window.run("explorer.search('')")

    def test_filters_hide_what_is_outside(self, window, small_table):
        counted = (
            "explorer.limits.worth = [2, 3]; explorer.filter(); return document.getElementById('counted').textContent"
        )
        wanted = sum(2 <= value <= 3 for value in small_table.metrics["worth"])
        assert window.run(counted).startswith(f"{wanted} of {len(small_table)} shown")
        window.run("delete explorer.limits.worth; explorer.filter()")

    def test_the_selection_is_graphs_that_are_read_again(self, window, small_table, tmp_path):
        from archgraph import ArchTable

        (tmp_path / "selection.jsonl").write_text(
            window.run("explorer.pick(1); explorer.pick(4); return explorer.lines()")
        )
        read = ArchTable.read(tmp_path / "selection.jsonl")
        assert read.hashes() == [small_table.hashes()[i] for i in (1, 4)]
        assert read.metrics["worth"].tolist() == [small_table.metrics["worth"][i] for i in (1, 4)]

    def test_a_search_is_walked_step_by_step(self, window):
        assert (
            window.run("explorer.go(2); return document.getElementById('trial').textContent") == "trial 3 of 3: worth 3"
        )
        assert "trial 2 of 3" in window.run(
            "document.getElementById('back').click(); return document.getElementById('trial').textContent"
        )

    def test_its_picture_shows_the_cell_that_was_asked_for(self, window, page, small_table, tmp_path):
        take_explorer(window, page, tmp_path / "explorer.png", small_table.ids[2])
        assert Image.open(tmp_path / "explorer.png").size == (WIDTH, 900)
        text = window.run("return document.getElementById('cell').innerText")
        assert small_table.ids[2] in text.replace("\n", "")

    def test_names_are_text_and_no_markup(self, window):
        assert window.run("return document.getElementById('title').textContent") == "</script><b>a study"
        assert window.messages() == []
