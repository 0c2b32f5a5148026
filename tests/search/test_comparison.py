"""Comparisons: what their numbers are, that they are written whole, and that a study file is gone on with."""

import re
from functools import reduce

import numpy as np
import optuna
import pandas as pd
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu, wilcoxon

from archgraph import InputError, spaces
from search.comparison import Curves, rank_tests, read_runs, summary, write_comparison
from search.comparison.curves import over_seeds
from search.comparison.execute import run_file
from search.comparison.rank_tests import holm
from search.comparison.runs import ComparedProblem, SearchRun
from search.comparison.study_file import StudyFile
from search.objectives.pareto import dominated_volume, front, scalarised


def run(name, seed, losses, **costs):
    paid = {"queries": np.arange(1.0, len(losses) + 1), **costs}
    return SearchRun(name, seed, np.array(losses, dtype=float).reshape(len(losses), -1), paid, ("2:0-1",) * len(losses))


def problem(*runs, optimum=0.0):
    best = None if optimum is None else np.array([[optimum]])
    return ComparedProblem("p", "dag:1-4", ("acc",), np.array([-1.0]), best, runs)


def test_a_search_that_stopped_at_the_best_keeps_it():
    p = problem(run("a", 0, [3, 1, 0]), run("a", 1, [2, 2, 2, 2]))
    curves = Curves.of(p, "a")
    np.testing.assert_array_equal(curves.losses, [[3, 1, 0, 0], [2, 2, 2, 2]])
    mean, low, high = curves.band()
    np.testing.assert_array_equal(mean, [2.5, 1.5, 1, 1])
    half = 1.96 * np.std([0, 2], ddof=1) / np.sqrt(2)
    assert (mean[-1] - low[-1], high[-1] - mean[-1]) == (pytest.approx(half), pytest.approx(half))


def test_costs_other_than_queries_are_met_where_they_were_paid():
    p = problem(run("a", 0, [3, 1], seconds=np.array([10.0, 20.0])))
    curves = Curves.of(p, "a", "seconds")
    assert np.isnan(curves.losses[0, curves.cost < 10]).all()
    assert (curves.losses[0, (curves.cost >= 10) & (curves.cost < 20)] == 3).all()
    assert curves.losses[0, -1] == 1


def test_summary_of_known_searches():
    p = problem(run("a", 0, [4, 2, 0]), run("a", 1, [4, 4, 4]), run("b", 0, [4, 0, 0]))
    frame = summary(p)
    np.testing.assert_array_equal(frame["queries to the best"], [3, np.nan, 2])
    np.testing.assert_allclose(frame["area"], [2, 4, 4 / 3])
    np.testing.assert_array_equal(frame["final"], [0, -4, 0])
    table = over_seeds(frame).set_index("method")
    assert table.loc["a", "share at the best"] == 0.5
    assert np.isinf(table.loc["a", "median queries to the best"])


def test_without_a_known_best_the_best_found_counts():
    p = problem(run("a", 0, [4, 2]), run("b", 0, [3, 3]), optimum=None)
    assert p.target == 2
    np.testing.assert_array_equal(summary(p)["regret"], [0, 1])


def test_rank_tests_are_those_of_scipy_and_corrected():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        [
            {"problem": "p", "method": name, "seed": seed, "area": rng.normal(shift)}
            for name, shift in (("a", 0), ("b", 2), ("c", 2))
            for seed in range(20)
        ]
    )
    tests = rank_tests(frame)
    assert tests[["first", "second"]].to_numpy().tolist() == [["a", "b"], ["a", "c"], ["b", "c"]]
    x = {name: part["area"].to_numpy() for name, part in frame.groupby("method")}
    pairs = [("a", "b"), ("a", "c"), ("b", "c")]
    for column, test in (("mann-whitney", mannwhitneyu), ("wilcoxon", wilcoxon)):
        raw = np.array([test(x[a], x[b]).pvalue for a, b in pairs])
        np.testing.assert_allclose(tests[column], holm(raw))
    assert tests["better"].tolist()[:2] == ["a", "a"]
    assert (tests["mann-whitney"][:2] < 1e-4).all()
    assert tests["mann-whitney"][2] > 0.05


def test_holm_of_known_values():
    np.testing.assert_allclose(holm(np.array([0.01, 0.04, 0.03, np.nan])), [0.03, 0.06, 0.06, np.nan])


def test_fronts_and_volumes_of_known_points():
    losses = np.array([[1.0, 3.0], [2.0, 2.0], [2.0, 4.0], [3.0, 1.0], [2.0, 2.0]])
    assert front(losses).tolist() == [0, 1, 3]
    assert front(losses[:, :1]).tolist() == [0]
    assert dominated_volume(losses, np.array([4.0, 4.0])) == pytest.approx(3 + 2 + 1)
    assert dominated_volume(losses, np.array([1.0, 1.0])) == 0


def test_joined_objectives_prefer_nothing_that_is_dominated():
    rng = np.random.default_rng(0)
    losses = rng.random((30, 2))
    chosen = {int(scalarised(losses, rng).argmin()) for _ in range(200)}
    assert chosen <= set(front(losses).tolist())
    assert len(chosen) > 2
    np.testing.assert_array_equal(scalarised(losses[:, :1], rng), losses[:, 0])


STUDY = """
title: Small
seeds: 2
trials: 12
until_best: true
problems:
  one: {space: "dag:1-4", objective: "table:TABLE:acc", test: size}
  two: {space: "dag:1-4", objective: "table:TABLE:acc,-size"}
methods:
  random: {}
  delta: {problems: [one, two]}
  nsga2: {problems: [two]}
  small: {method: evolution, set: {population: 4, sample: 2}, problems: [one]}
"""


EVERYTHING = """
title: t
seeds: 2
trials: 3
budget: 5
until_best: false
problems:
  trained: {space: "dag:1-5", rows: 3, objective: "train:digits", width: 9, train_size: 9, recipe: {epochs: 8}, test: 8}
  table: {space: nasbench201, objective: "table:t.parquet:acc", test: acc}
methods:
  fade: {encoder: e, set: {derived: 2}, seeds: 3, problems: [trained]}
  slow: {batch: 8, method: tpe, trials: 3}
"""


@pytest.fixture
def study_file(tmp_path):
    members = spaces.get("dag:1-4").enumerate()
    rng = np.random.default_rng(0)
    metrics = {
        "acc": rng.random(len(members)),
        "size": members.graph_sizes.astype(float),
        "seconds": rng.random(len(members)),
    }
    members.with_metrics(**metrics).write(tmp_path / "t.parquet")
    path = tmp_path / "study.yaml"
    path.write_text(STUDY.replace("TABLE", str(tmp_path / "t.parquet")), encoding="utf-8")
    return path


def nothing(*_):
    pass


def numbers(files):
    return [
        (p.label, r.name, r.seed, r.losses.tolist(), r.architectures)
        for p in read_runs([f"journal:{f}" for f in files])
        for r in p.runs
    ]


def test_a_study_file_is_run_and_gone_on_with(study_file, tmp_path):
    comparison = StudyFile.read(study_file)
    files = run_file(comparison, tmp_path / "a", 1, nothing)
    before = numbers(files)
    assert len(before) == 6 * 2
    sizes = [file.stat().st_size for file in files]
    assert numbers(run_file(comparison, tmp_path / "a", 1, nothing)) == before
    assert [file.stat().st_size for file in files] == sizes
    for file in files:  # as a kill leaves them: some whole lines, and the beginning of one
        content = file.read_bytes()
        file.write_bytes(content[: len(content) * 2 // 3])
    assert numbers(run_file(comparison, tmp_path / "a", 1, nothing)) == before


def test_a_comparison_is_one_page_with_tables_and_pictures(study_file, tmp_path):
    files = run_file(StudyFile.read(study_file), tmp_path / "a", 1, nothing)
    problems = read_runs([f"journal:{f}" for f in files])
    report = write_comparison(problems, tmp_path / "out", "A <title>")
    text = report.read_text(encoding="utf-8")
    assert "A &lt;title&gt;" in text
    links = set(re.findall(r'(?:src|href)="(?!#|data:)([^"]*)"', text))
    assert links == {"runs.csv", "summary.csv", "tests.csv", "curves.csv", "trials.csv"}
    assert all((tmp_path / "out" / link).is_file() for link in links)
    assert text.count("<svg") == text.count("</svg>") == 7
    assert len(list((tmp_path / "out" / "figures").glob("*.png"))) == 7
    trials = pd.read_csv(tmp_path / "out" / "trials.csv")
    assert len(trials) == sum(len(r.losses) for p in problems for r in p.runs)
    one = next(p for p in problems if p.label == "one")
    assert all(
        r.test == ("size", float(spaces.get("dag:1-4").from_native(r.architectures[r.best]).num_nodes))
        for r in one.runs
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("trials", "trails"), "has no setting 'trails'; known are title"),
        (("TABLE", "$NO_SUCH_VARIABLE"), "set the environment variable in"),
        (("random:", "chance:"), "choose method from"),
        (("seeds: 2", "seeds: many"), "seeds is a whole number, but got 'many'"),
        (("one:", '"a/b":'), "names are of letters"),
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
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
    assert len(said) < 400 + len(str(tmp_path))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("sample: 2", "sample: 9"), "a sample of 1 to the population's 4, but got 9"),
        (("test: size", "test: weight"), "no metric 'weight' in the table"),
        (("nsga2: {", "cmaes: {"), "cmaes searches for one objective here, but got acc, size"),
    ],
)
def test_every_method_and_problem_is_checked_before_the_first_is_run(change, message, study_file, tmp_path):
    study_file.write_text(study_file.read_text().replace(*change))
    with pytest.raises(InputError, match=message):
        run_file(StudyFile.read(study_file), tmp_path / "out", 1, nothing)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("names", "message"), [(["x"], "no study 'x'"), ([], "no study with a finished trial")])
def test_studies_that_are_missing_are_said(names, message, tmp_path):
    (tmp_path / "empty.log").touch()
    with pytest.raises(InputError, match=message):
        read_runs([f"journal:{tmp_path / 'empty.log'}"], names)


def test_searches_are_put_together_only_if_problem_and_settings_are_the_same(tmp_path):
    url = f"sqlite:///{tmp_path / 'studies.db'}"
    train = {"space": "dag", "objective": "train:digits", "width": 8, "train_size": None, "recipe": {}, "batch": 1}
    table = {"space": "dag", "objective": "table:t.parquet:acc", "width": 8}
    wide, seen = train | {"width": 32}, table | {"encoder": "some/where/e"}
    delta, set_ = {"method": "delta", "settings": {}}, {"method": "delta", "settings": {"parents": 4}}
    all_settings = [train | delta, wide | delta, train | set_, train | delta, table | delta, seen | delta]
    for i, own in enumerate(all_settings):
        study = optuna.create_study(storage=url, study_name=str(i))
        study.set_user_attr("settings", own | {"seed": i, "metrics": ["loss"]})
        study.add_trial(optuna.create_trial(value=1.0))
    assert {found.label: [run.name for run in found.runs] for found in read_runs([url])} == {
        "dag train:digits width=8": ["delta", "delta parents=4", "delta"],
        "dag train:digits width=32": ["delta"],
        "dag table:t.parquet:acc": ["delta", "delta encoder=e"],
    }


def test_studies_of_other_programs_are_compared_and_none_is_counted_twice(tmp_path):
    url = f"sqlite:///{tmp_path / 'foreign.db'}"
    study = optuna.create_study(storage=url, study_name="theirs")
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=3)
    found = read_runs([url, url])
    assert [(p.label, len(p.runs), p.runs[0].paid["queries"].tolist()) for p in found] == [("theirs", 1, [1, 2, 3])]
    assert write_comparison(found, tmp_path / "report", "Theirs").is_file()
