"""Reports in a browser: readable at every width and in both schemes, complete without network."""

import tempfile
from pathlib import Path

import pytest
from browser import SCHEMES, WIDTHS, browser, needs_browser
from PIL import Image
from site_pictures import WIDTH, take_demo
from small_demo import TINY

from archgraph import ArchTable, spaces
from archgraph.cli.main import run
from encoders import DeltaPredictor, evaluate_delta
from encoders.delta.report import write_report
from search import TableObjective, compare, make, open_study, run_demo, run_study


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Name -> file, of each kind of report on a small thing."""
    return made(tmp_path_factory.mktemp("reports"))


def made(folder):
    space = spaces.get("dag:5")
    cells = ArchTable.from_graphs(space.enumerate(), space=space.name)
    cells = cells.with_metrics(edges=[graph.num_edges + row / 1e3 for row, graph in enumerate(cells)])
    predictor = DeltaPredictor.fit(cells, "edges", train_size=30, encoder=None, seed=0)
    write_report(folder / "delta.html", predictor, evaluate_delta(predictor, cells, "edges"))
    objective = TableObjective(cells, space, ["edges"])
    for seed, name in ((0, "random"), (1, "random"), (0, "evolution"), (1, "evolution")):
        settings = {"method": name, "space": space.name, "objective": "table", "seed": seed}
        study = open_study(f"sqlite:///{folder}/s.db", f"{name}-{seed}", settings, objective.directions)
        run_study(study, make(name, space), objective, seed, lambda trials: len(trials) >= 6)
    compare(folder / "comparison", storages=[f"sqlite:///{folder}/s.db"])
    cells[:1].write(folder / "one.jsonl")
    with pytest.raises(SystemExit):
        run(["fit", f"{folder}/one.jsonl", "--dataset", "digits", "--epochs", "1", "-o", f"{folder}/model", "--quiet"])
    run_demo(TINY, folder / "demo")
    return {
        "demo": folder / "demo" / "report.html",
        "model": folder / "model" / "report.html",
        "delta": folder / "delta.html",
        "compare": folder / "comparison" / "report.html",
    }


@needs_browser
@pytest.mark.slow
@pytest.mark.parametrize("name", ["delta", "compare", "model", "demo"])
def test_a_report_is_readable_everywhere_and_asks_for_nothing(reports, name):
    with tempfile.TemporaryDirectory() as profile, browser(Path(profile)) as window:
        window.open(reports[name])
        for width in WIDTHS:
            for scheme in SCHEMES:
                window.resize(width, scheme)
                assert window.overflow() <= 0, (width, scheme)
                assert window.contrast() > 0.6, scheme
        assert window.messages() == []
        assert window.remote() == []
        assert window.run("return document.querySelectorAll('th.sorts').length") > 0
        assert name == "model" or window.run("return document.querySelectorAll('[data-cell]').length") > 0


@needs_browser
@pytest.mark.slow
def test_the_picture_of_the_demo_is_whole_and_as_wide_as_the_text(reports, tmp_path):
    with tempfile.TemporaryDirectory() as profile, browser(Path(profile)) as window:
        take_demo(window, reports["demo"], tmp_path / "demo.png")
        text = window.run("return document.body.getBoundingClientRect().width")
    picture = Image.open(tmp_path / "demo.png").convert("L")
    assert text * 0.9 < picture.width < text
    assert picture.height > 700
    edge = [picture.getpixel((x, y)) for x in range(picture.width) for y in (0, picture.height - 1)]
    assert min(edge) > 250  # nothing is cut
    assert WIDTH in WIDTHS
