"""The look of reports, in a browser."""

import tempfile
from itertools import pairwise
from pathlib import Path

import pytest
from browser import SCHEMES, WIDTHS, browser, needs_browser
from matplotlib.figure import Figure

from archgraph import ArchGraph
from archgraph.reports.figures import name_points, svg
from archgraph.reports.report_look import html_table, report_page, report_templates

ROWS = "".join(f"<tr><td>{name}</td><td>{value}</td></tr>" for name, value in (("b", 10), ("a", 9), ("c", "1,000")))
TABLE = f"<table><tr><th>name</th><th>value</th></tr>{ROWS}</table>"
DEEP = ArchGraph(
    ["input", *["conv3x3-bn-relu"] * 12, "zero", "output"],
    [*pairwise((*range(13), 14)), (0, 13), (13, 14)],
)
WIDE = "<table><tr>" + "<th>a heading</th>" * 40 + "</tr></table>"


def test_a_page_asks_for_nothing_from_elsewhere():
    page = report_page("title", "<p>body</p>", "p { color: red }")
    assert "<title>title</title>" in page
    assert "p { color: red }" in page
    assert "http" not in page


def test_a_cell_is_text_whatever_stands_in_it():
    shown = html_table(("<i>",), [["<script>\x1b</script>"]], (0,), "a & b")
    assert "<caption>a &amp; b</caption>" in shown
    assert '<td class="number">&lt;script&gt;\\x1b&lt;/script&gt;</td>' in shown


def test_templates_show_names_as_text():
    made = report_templates("search.demo").from_string("{{ name }}{{ style }}")
    assert made.render(name="<b>\x1b").startswith("&lt;b&gt;\\x1b\n:root")


@needs_browser
@pytest.mark.slow
def test_long_tables_are_filtered_and_points_say_what_they_are(tmp_path):
    figure = Figure(figsize=(4, 3))
    names = ['<b>first</b> "cell"', "second"]
    name_points(figure.subplots().scatter([0, 1], [0, 1], s=60), names, [None, DEEP])
    rows = [(f"name-{number}", number % 3) for number in range(20)]
    body = f"{html_table(('name', 'rest'), rows)}{html_table(('name', 'rest'), rows[:4])}<figure>{svg(figure)}</figure>"
    (tmp_path / "page.html").write_text(report_page("title", body), encoding="utf-8")
    with tempfile.TemporaryDirectory() as profile, browser(Path(profile)) as window:
        window.open(tmp_path / "page.html")
        assert window.run("return document.querySelectorAll('input.filter').length") == 1
        typed = "const i = document.querySelector('input.filter'); i.value = arguments[0]; i.oninput(); "
        left = "return Array.from(document.querySelectorAll('table')[0].rows).filter(row => !row.hidden).length - 1"
        assert window.run(typed + left, "NAME-1") == 11
        assert window.run(typed + left, "") == 20
        point = "document.querySelectorAll('[data-cell] use')[arguments[0]].dispatchEvent("
        point += "new PointerEvent('pointerover', {bubbles: true, clientX: 9999, clientY: 40})); "
        said = "const tip = document.querySelector('.tip'); return tip.hidden ? null : tip.textContent"
        for width in WIDTHS:
            window.resize(width)
            assert window.run(point + said, 0) == '<b>first</b> "cell"'
            assert window.overflow() <= 0
            drawn = "return Array.from(document.querySelectorAll('.tip svg text'), one => one.textContent)"
            assert window.run(drawn) == []
            assert window.run(point + drawn, 1) == list(DEEP.ops)
            inside = "const box = document.querySelector('.tip').getBoundingClientRect(); "
            assert window.run(inside + "return box.top >= 0 && box.left >= 0 && box.right <= innerWidth")
            edge = "return document.querySelector('.tip').getBoundingClientRect().right"
            assert window.run(edge) <= width
        leave = "document.body.dispatchEvent(new PointerEvent('pointerover', {bubbles: true})); "
        assert window.run(leave + said) is None
        assert window.messages() == []


@needs_browser
@pytest.mark.slow
def test_tables_are_sorted_and_nothing_is_wider_than_the_window(tmp_path):
    (tmp_path / "page.html").write_text(report_page("title", f"<p>text</p>{TABLE}{WIDE}"), encoding="utf-8")
    with tempfile.TemporaryDirectory() as profile, browser(Path(profile)) as window:
        window.open(tmp_path / "page.html")
        for width in WIDTHS:
            for scheme in SCHEMES:
                window.resize(width, scheme)
                assert window.overflow() <= 0
                assert window.contrast() > 0.6
        first = "return Array.from(document.querySelectorAll('tr td:first-child'), one => one.textContent).join('')"
        click = "document.querySelectorAll('th')[{}].click(); "
        assert window.run(click.format(0) + first) == "abc"
        assert window.run(click.format(0) + first) == "cba"
        assert window.run(click.format(1) + first) == "abc"  # 9, 10, 1,000
        assert window.messages() == []
        assert window.remote() == []
