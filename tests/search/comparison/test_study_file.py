"""Study files are read, or refused in one line."""

from functools import reduce

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_comparisons import STUDY

from archgraph import InputError
from search.comparison.study_file import StudyFile

EVERYTHING = """
title: t
seeds: 2
trials: 3
budget: 5
until_best: false
problems:
  trained: {space: "dag:1-5", rows: 3, objective: "train:digits", width: 9, train_size: 9, recipe: {epochs: 8}, test: 8,
    network: rows, network_set: {}, size: 8, epochs: 2, augment: true, precision: float32, limits: {params: 5k},
    device: cpu, root: images}
  table: {space: nasbench201, objective: "table:t.parquet:acc", test: acc}
methods:
  fade: {encoder: e, set: {derived: 2}, seeds: 3, problems: [trained]}
  slow: {batch: 8, method: tpe, trials: 3}
"""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("trials", "trails"), "has no setting 'trails'; known are title"),
        (("TABLE", "$NO_SUCH_VARIABLE"), "set the environment variable in"),
        (("random:", "chance:"), "method chance: method is one of random"),
        (("seeds: 2", "seeds: many"), "seeds is a whole number, but got 'many'"),
        (("one:", '"a/b":'), "names are of up to 64 letters"),
        (("one:", "x" * 300 + ":"), "names are of up to 64 letters"),
    ],
)
def test_what_is_wrong_in_a_study_file_is_said(change, message, tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text(STUDY.replace(*change), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        StudyFile.read(path)


ODD = [None, -1, 0, 1.5, "x", "", [], [1], {}, {"a": 1}, {1: 2}, True, float("nan"), 10**30]


def places(content, path=()):
    yield path
    if isinstance(content, dict):
        for key, value in content.items():
            yield from places(value, (*path, key))


@given(data=st.data(), value=st.sampled_from(ODD))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_study_file_is_read_or_refused_in_one_line(data, value, tmp_path):
    content = yaml.safe_load(EVERYTHING)
    *above, last = data.draw(st.sampled_from([path for path in places(content) if path]))
    reduce(lambda inner, key: inner[key], above, content)[last] = value
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(content))
    said = ""
    try:
        StudyFile.read(tmp_path / "study.yaml")
    except InputError as error:
        said = str(error)
    assert "\n" not in said
    assert len(said) < 700 + len(str(tmp_path))


TRAINED = """
seeds: 1
trials: 6
budget: 0.02
problems:
  digits:
    space: dag:1-3
    rows: 2
    objective: train:digits
    width: 4
    train_size: 40
    recipe: {epochs: 1, batch_size: 20}
    test: 2
methods:
  random: {batch: 2}
"""


@pytest.fixture
def comparison(tmp_path):
    def read(text=TRAINED):
        (tmp_path / "study.yaml").write_text(text)
        return StudyFile.read(tmp_path / "study.yaml")

    return read


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("test: 2", "test: accuracy", "test is the number of trainings of each winner, but got 'accuracy'"),
        ("{batch: 2}", "{encoder: $NOWHERE/encoder}", "set the environment variable in"),
        ("train_size: 40", "images: 40", "has no setting 'images'; known are space"),
    ],
)
def test_a_wrong_entry_is_named(comparison, before, after, message):
    with pytest.raises(InputError, match=message):
        comparison(TRAINED.replace(before, after))
