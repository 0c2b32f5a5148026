"""Figures: in notebooks, in files, on pages."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image

from archgraph import ArchGraph, draw_graphs, spaces
from archgraph.errors import InputError
from archgraph.reports.figures import MAX_PIXELS, Figure, name_points, save, svg

ROOT, ROOMS = Path(__file__).parents[3], ("archgraph", "encoders", "supernet", "search")


def plotted(**kw):
    figure = Figure(**kw)
    figure.subplots().scatter([0, 1], [1, 0])
    return figure


def test_every_figure_shows_itself_in_a_notebook_without_pyplot():
    assert draw_graphs([spaces.get("dag:1-3").from_native("2:0-1")])._repr_svg_().startswith("<svg")
    makers = [path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "matplotlib.figure" in path.read_text()]
    assert makers == [ROOT / "archgraph" / "reports" / "figures.py"]  # all others make figures of this class


def test_the_same_figure_is_the_same_svg():
    assert svg(plotted()) == svg(plotted())


def test_points_name_what_they_stand_for_as_text():
    figure = Figure()
    name_points(figure.subplots().scatter([0, 1], [1, 0]), ["<b>one</b>\x1b", "two"])
    shown = svg(figure)
    assert "<b>" not in shown
    assert "\x1b" not in shown
    assert 'data-cell="two"' in shown
    assert "href" not in shown.replace('xlink:href="#', "")


def test_points_carry_the_graph_that_a_page_draws():
    graph = spaces.get("dag:1-3").from_native("2:0-1")
    figure = Figure()
    name_points(figure.subplots().scatter([0, 1, 2], [1, 0, 2]), ['"one" isn\'t', "two", "three"], [graph, None, graph])
    shown = ElementTree.fromstring(svg(figure))
    [one, two, three] = [place for place in shown.iter() if "data-cell" in place.attrib]
    assert [place.attrib["data-cell"] for place in (one, two, three)] == ['"one" isn\'t', "two", "three"]
    assert "data-graph" not in two.attrib
    for place in (one, three):
        assert ArchGraph(**json.loads(place.attrib["data-graph"])) == graph


@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf"])
def test_a_figure_is_written_by_its_suffix(tmp_path, suffix):
    save(plotted(), tmp_path / f"one{suffix}")
    start = (tmp_path / f"one{suffix}").read_bytes()[:5]
    assert start == {".svg": b"<?xml", ".png": b"\x89PNG\r", ".pdf": b"%PDF-"}[suffix]
    assert [path.name for path in tmp_path.iterdir()] == [f"one{suffix}"]


def test_svg_files_hold_no_date(tmp_path):
    for name in ("one.svg", "two.svg"):
        save(plotted(), tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_a_long_figure_has_no_more_pixels_than_an_image_may(tmp_path):
    save(plotted(figsize=(1, 400)), tmp_path / "long.png")
    assert max(Image.open(tmp_path / "long.png").size) <= MAX_PIXELS


def test_a_folder_that_is_missing_is_said(tmp_path):
    with pytest.raises(InputError, match="missing"):
        save(plotted(), tmp_path / "missing" / "one.svg")
