"""Small comparisons that several tests use."""

import numpy as np

from search.comparison.runs import ComparedProblem, SearchRun, read_runs


def run(name, seed, losses, **costs):
    paid = {"queries": np.arange(1.0, len(losses) + 1), **costs}
    return SearchRun(name, seed, np.array(losses, dtype=float).reshape(len(losses), -1), paid, ("2:0-1",) * len(losses))


def problem(*runs, optimum=0.0):
    best = None if optimum is None else np.array([[optimum]])
    return ComparedProblem("p", "dag:1-4", ("acc",), np.array([-1.0]), best, runs)


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


def nothing(*_):
    pass


def numbers(files):
    return [
        (p.label, r.name, r.seed, r.losses.tolist(), r.architectures)
        for p in read_runs([f"journal:{f}" for f in files])
        for r in p.runs
    ]
