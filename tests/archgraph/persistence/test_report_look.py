"""The look of reports, in a browser."""

import tempfile
from pathlib import Path

import pytest
from browser import SCHEMES, WIDTHS, browser, needs_browser

from archgraph.persistence.report_look import report_page

ROWS = "".join(f"<tr><td>{name}</td><td>{value}</td></tr>" for name, value in (("b", 10), ("a", 9), ("c", "1,000")))
TABLE = f"<table><tr><th>name</th><th>value</th></tr>{ROWS}</table>"
WIDE = "<table><tr>" + "<th>a heading</th>" * 40 + "</tr></table>"


def test_a_page_asks_for_nothing_from_elsewhere():
    page = report_page("title", "<p>body</p>", "p { color: red }")
    assert "<title>title</title>" in page
    assert "p { color: red }" in page
    assert "http" not in page


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
