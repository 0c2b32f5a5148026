"""The site: what it is made of, that it is whole, and that one finds what one asks."""

import json
import re
import tempfile
from pathlib import Path

import pytest
import site_blocks
from browser import SCHEMES, WIDTHS, browser, needs_browser
from docs_search import search
from site_commands import command_pages, commands, parameters
from site_markdown import docstring, escaped
from site_notebooks import kinds, notebook_pages, notebooks, read, run_cells, run_notebook, text
from site_python import public_names, python_pages
from site_results import result_pages
from site_settings import settings_pages, trainings

from archgraph.settings import described_settings
from search.comparison.study_entries import STUDY_FILE_FIELDS
from search.problem import all_methods, settings_of

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
QUESTIONS = {
    "how does a study's winner become a file": "howto/winner-to-file",
    "how to preprocess for the exported network": "howto/preprocess",
    "which class is output 0": "howto/class-order",
    "does the search train what I will export": "howto/what-search-trains",
    "how are my images split": "howto/splits",
    "how to limit parameters or latency": "howto/limits",
    "how long will it take and on a GPU": "howto/time-and-gpu",
    "which method and space for my problem": "howto/choose",
    "what the settings of each method mean": "howto/settings",
    "what a study file may contain": "howto/study-file",
    "how to write an operation, a method, an encoder": "howto/extend",
    "what do the encoder's losses and delta's std mean and when can they be trusted": "howto/losses-and-std",
}
"""What people ask -> the page that answers it."""


@pytest.fixture(scope="module")
def generated():
    """File -> page, of all that is written from the code."""
    return {**python_pages(), **command_pages(), **settings_pages(), **result_pages(ROOT), **notebook_pages()}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built as `make docs` builds it."""
    pytest.importorskip("sphinx", reason="needs the extra docs")
    from site_build import build

    output = tmp_path_factory.mktemp("site") / "docs"
    assert build(output) == 0
    return output


def test_every_public_name_has_an_entry(generated):
    missing = [f"{m}.{name}" for m, name in public_names() if f"\n## {name}\n" not in generated[f"python/{m}.md"]]
    assert missing == []


def test_every_public_name_says_what_it_is(generated):
    silent = []
    for module, name in public_names():
        entry = generated[f"python/{module}.md"].split(f"\n## {name}\n", 1)[1].split("\n## ", 1)[0]
        if not re.sub(r":{3,}(\{.*)?|\s", "", entry):
            silent.append(f"{module}.{name}")
    assert silent == []


def test_every_command_and_option_is_there_with_a_meaning(generated):
    for name, command in commands():
        page = generated[f"commands/{name.split()[1]}.md"]
        assert command.help, name
        for written, _, _, said in parameters(command):
            assert f"| `{written}` |" in page, (name, written)
            assert said, f"{name} {written} says nothing"


def test_every_setting_of_a_method_is_there_with_a_meaning(generated):
    page = generated["settings/methods.md"]
    for method in all_methods():
        section = page.split(f"## {method}\n", 1)[1].split("\n## ", 1)[0]
        for one in settings_of(method):
            assert f"| `{one.name}` |" in section
            assert one.meaning, f"{method}: {one.name}"


def test_every_field_of_a_study_file_is_there_with_a_meaning(generated):
    page = generated["settings/study-files.md"]
    for part, kind in STUDY_FILE_FIELDS.items():
        section = page.split(f"## {part}\n", 1)[1].split("\n## ", 1)[0]
        for one in described_settings(kind):
            assert f"| `{one.name}` |" in section
            assert one.meaning, f"{part}: {one.name}"


def test_every_setting_of_a_training_has_a_meaning():
    for title, (_, make) in trainings().items():
        assert [one.name for one in described_settings(make) if not one.meaning] == [], title


def test_every_section_of_the_results_is_a_page(generated):
    sections = re.findall(r"^## ", (ROOT / "tests/benchmarks/RESULTS.md").read_text(encoding="utf-8"), re.M)
    assert len([name for name in generated if name.startswith("results/")]) == len(sections) + 1


def test_a_docstring_becomes_markdown():
    text = docstring(
        """A thing of `a*b` and <c>.

    Args:
        one, two: of it,
            at least 1.

    Raises:
        InputError: there is none.

    Example:
        >>> 1 + 1
        2
    """
    )
    assert "A thing of `a*b` and \\<c>." in text
    assert "- `one, two`: of it, at least 1." in text
    assert "````pycon\n>>> 1 + 1\n2\n````" in text


def test_what_is_no_code_is_no_markup():
    assert escaped("`x*` *y* [z]") == "`x*` \\*y\\* \\[z\\]"


@pytest.mark.parametrize("page", site_blocks.pages(), ids=lambda page: str(page.relative_to(DOCS)))
def test_blocks_are_of_kinds_that_are_run_or_said_not_to_be(page):
    kinds = {block.kind for block in site_blocks.blocks(page.read_text(encoding="utf-8"))}
    assert kinds <= {"sh", "python", "text", "{code-block}", "{literalinclude}", "{toctree}", "{include}", "py"}
    assert "py" not in kinds or page.name == "cluster.md"  # a proxy that nothing here can reach


@pytest.mark.parametrize("page", site_blocks.pages(), ids=lambda page: str(page.relative_to(DOCS)))
def test_links_lead_somewhere(page, generated):
    for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if "://" not in link:
            target = (page.parent / link).resolve()
            written = DOCS / "generated"
            known = target.is_file() or (
                target.is_relative_to(written) and str(target.relative_to(written)) in generated
            )
            assert known, f"{page}: {link}"


def test_a_page_is_run_and_held_against_what_it_shows(tmp_path, monkeypatch):
    monkeypatch.setattr(site_blocks, "ROOT", tmp_path)
    page = tmp_path / "page.md"
    file = "```{{code-block}} python\n:caption: a.py\n\nx = 'seen'\n```\n\n"
    text = file + "```sh\npython -c 'import a; print(a.x, 3)'\n```\n\n```text\n{}\n```\n"
    page.write_text(text.format("seen 4"))
    assert site_blocks.run_page(page, write=False) == []  # numbers may differ
    page.write_text(text.format("other 3"))
    [wrong] = site_blocks.run_page(page, write=False)
    assert "page.md:11: printed other words" in wrong
    assert site_blocks.run_page(page, write=True) == []
    assert page.read_text() == text.format("seen 3")
    page.write_text("```sh\nfalse\n```\n")
    assert "exit code 1" in site_blocks.run_page(page, write=False)[0]


def test_a_cell_shows_what_it_prints_and_what_its_last_line_is_worth():
    printed, nothing, graph = run_cells(
        ["print(1)", "x = 2", "from archgraph import spaces\nspaces.get('dag:1-3').from_native('1:')"]
    )
    assert printed == [{"output_type": "stream", "name": "stdout", "text": "1\n"}]
    assert nothing == []
    assert kinds(graph) == [["image/svg+xml", "text/plain"]]


def test_a_notebook_is_run_and_held_against_what_it_shows(tmp_path):
    path = tmp_path / "one.ipynb"
    cell = {"cell_type": "code", "metadata": {}, "source": "x = 2\nx + 1", "outputs": [], "execution_count": None}
    path.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    assert run_notebook(path, write=False) == ["docs/notebooks/one.ipynb: cell 1 shows other things than the notebook"]
    assert run_notebook(path, write=True) == []
    assert run_notebook(path, write=False) == []
    path.write_text(path.read_text().replace("x + 1", "y + 1"))
    assert "NameError" in run_notebook(path, write=False)[0]


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_a_notebook_shows_graphs_and_tables_as_they_show_themselves(path, generated):
    code = [cell for cell in read(path)["cells"] if cell["cell_type"] == "code"]
    assert {kind for cell in code for found in kinds(cell["outputs"]) for kind in found} >= {"text/html"}
    page = generated[f"notebooks/{path.stem}.md"]
    assert page.startswith("# ")
    assert all(text(cell["source"]) in page for cell in code)


@pytest.mark.slow
def test_the_site_is_built_without_a_warning(site):
    assert (site / "index.html").is_file()


@pytest.mark.slow
@pytest.mark.parametrize(("question", "page"), QUESTIONS.items())
def test_the_search_finds_the_page_that_answers(site, question, page):
    assert page in search(site, question)[:3]


@pytest.mark.slow
def test_options_keep_their_two_hyphens(site):
    page = (site / "generated/commands/search.html").read_text(encoding="utf-8")
    assert "with --rows" in page
    assert not re.search("\u2013[a-z]", page)


@pytest.mark.slow
def test_the_site_asks_for_nothing_from_elsewhere(site):
    loaded = re.compile(r"""<(?:script|img|link)[^>]*(?:src|href)=["'](?:https?:)?//""")
    assert [path.name for path in site.rglob("*.html") if loaded.search(path.read_text(encoding="utf-8"))] == []


@needs_browser
@pytest.mark.slow
def test_pages_are_readable_at_every_width_and_in_both_schemes(site):
    with tempfile.TemporaryDirectory() as profile, browser(Path(profile)) as window:
        for page in ("index", "start", "howto/limits", "generated/commands/search", "generated/python/archgraph"):
            for width in WIDTHS:
                for scheme in SCHEMES:
                    window.resize(width, scheme)
                    window.open(site / f"{page}.html")
                    assert window.overflow() <= 0, (page, width)
                    assert window.contrast() > 0.6, (page, scheme)
            cut = "return Array.from(document.querySelectorAll('table')).some(one => one.scrollWidth > one.clientWidth)"
            assert not window.run(cut), page  # at the largest width
            assert window.messages() == []
            assert window.remote() == []
