"""Files of our own that are broken: spaces, studies, journals, checkpoints. Read, or refused in one line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml
from broken_inputs import COUNTS, as_json, changed, cut_or_flip, read_broken

from archgraph import spaces
from archgraph.persistence.journal import Journal
from archgraph.storages.study import open_study
from encoders import DeltaPredictor, load_delta, save_delta
from encoders.graph_network.checkpoint import load_network
from search.comparison.study_file import StudyFile
from search.studies.records import read_studies

DATA = Path(__file__).parents[1] / "data"
STUDY = """
title: Small
seeds: 2
trials: 12
problems:
  one: {space: "dag:1-4", objective: "train:digits", rows: 2, width: 8, recipe: {epochs: 2}}
methods:
  random: {}
  small: {method: evolution, set: {population: 4, sample: 2}, seeds: 1}
"""
TEXTS = {
    "space": ((DATA / "examples" / "my_space.yaml").read_text(), "s.yaml", lambda path: spaces.get(f"custom:{path}")),
    "grammar": ((DATA / "grammars" / "dag.yaml").read_text(), "g.yaml", lambda path: spaces.get(f"grammar:{path}")),
    "study": (STUDY, "study.yaml", StudyFile.read),
}


def as_yaml(valid):
    change, text = changed(yaml.safe_load(valid)), cut_or_flip(valid.encode())

    def make(rng):
        if rng.random() < 0.5:
            return text(rng)
        return yaml.safe_dump(change(rng)).encode(errors="surrogatepass")

    return make


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("kind", TEXTS)
def test_files_in_yaml_that_are_broken(kind, count, tmp_path):
    text, name, read = TEXTS[kind]
    assert read_broken(read, as_yaml(text), tmp_path / name, count) > count / 5


@pytest.mark.parametrize("count", COUNTS)
def test_journals_that_are_broken(count, tmp_path):
    settings = {"graphs": "0a", "seed": 0, "network": {"kind": "rows", "settings": {}}}
    log = Journal(tmp_path / "valid", settings)
    log.add([{"row": row, "values": [0.5, None]} for row in range(5)])
    make = cut_or_flip((tmp_path / "valid").read_bytes())
    assert read_broken(lambda path: Journal(path, settings), make, tmp_path / "journal", count) > count / 5


@pytest.mark.parametrize("count", COUNTS)
def test_journals_of_studies_that_are_broken(count, tmp_path):
    valid = tmp_path / "valid.log"
    study = open_study(f"journal:{valid}", "one", {"seed": 0}, ("maximize",))
    for value in (0.5, 0.25):
        study.tell(study.ask(), value)

    def read(path):
        return read_studies(f"journal:{path}")

    assert read_broken(read, cut_or_flip(valid.read_bytes()), tmp_path / "broken.log", count) > count / 10


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory):
    """Kind -> folder of a small checkpoint, and what reads it."""
    folder = tmp_path_factory.mktemp("checkpoints")
    table = spaces.get("dag:1-4").enumerate()
    table = table.with_metrics(acc=np.random.default_rng(0).random(len(table)))
    save_delta(DeltaPredictor.fit(table[:30], "acc"), folder / "delta")
    shutil.copytree(DATA / "encoders" / "base", folder / "network")
    return {"delta": (folder / "delta", load_delta), "network": (folder / "network", load_network)}


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
@pytest.mark.parametrize("kind", ["delta", "network"])
def test_checkpoints_that_are_broken(checkpoints, tmp_path, kind, name, count):
    valid, load = checkpoints[kind]
    shutil.copytree(valid, tmp_path / kind)
    content = (valid / name).read_bytes()
    make = as_json(json.loads(content)) if name == "config.json" else cut_or_flip(content)
    assert read_broken(lambda path: load(path.parent), make, tmp_path / kind / name, count) > count / 10
