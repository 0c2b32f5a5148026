"""A comparison as a whole: its searches are run or read, and its report is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archgraph.errors import InputError
from archgraph.persistence.files import writable_folder
from archgraph.reports.report_look import html_table
from search.comparison.study_entries import StudyEntries

if TYPE_CHECKING:
    import pandas as pd

    from search.comparison.execute import Progress
    from search.comparison.runs import ComparedProblem


@dataclass(frozen=True)
class Comparison:
    """What a comparison gives.

    Attributes:
        report: path of its one page.
        problems: with their searches.

    Example:
        >>> from pathlib import Path
        >>> from search import Comparison
        >>> Comparison(Path("comparison/report.html"), problems=[]).report.name
        'report.html'
    """

    report: Path
    problems: list[ComparedProblem]

    def _repr_html_(self) -> str:
        """What a notebook shows: each problem with its methods."""
        shown = []
        for problem in self.problems:
            table = self.overview(problem)
            names = ["seeds", "median queries to the best", "share at the best", "mean final", "failed"]
            rows = [(method, *row) for method, row in zip(table["method"], table[names].to_numpy(object), strict=True)]
            shown.append(html_table(("method", *names), rows, range(1, 6), problem.label))
        return "".join(shown)

    def overview(self, problem: ComparedProblem) -> pd.DataFrame:
        """One row a method of a problem; columns as `over_seeds`, "never" where the best was not reached."""
        from search.comparison.curves import over_seeds, summary

        table = over_seeds(summary(problem))
        return table.replace({"median queries to the best": {float("inf"): "never"}})


def compare(
    folder: Path,
    study_file: Path | None = None,
    storages: Sequence[str] = (),
    studies: Sequence[str] = (),
    workers: int = 1,
    progress: Progress | None = None,
    say: Callable[[str], object] = lambda line: None,
) -> Comparison:
    """Compare the searches of a study file, which are run first or gone on with, or those of storages.

    Args:
        folder: gets report.html, every number as CSV, every figure, and the journals of a study file.
        study_file: describes problems and methods.
        storages: URLs of studies that exist.
        studies: names of studies; default all.
        workers: processes that run a study file.
        progress: called as its searches are done.
        say: is given a line on each study that is left out or of another program.

    Raises:
        ArchGraphError: all evaluations failed.
        InputError: there is neither a study file nor a storage, or both; as `StudyFile.read`, `run_file`, `read_runs`.

    Example:
        >>> from pathlib import Path
        >>> from search import compare
        >>> compare(Path("comparison"), storages=["journal:searches.log"]).problems[0].names
        ['random']
    """
    if (study_file is None) == (not storages):
        raise InputError("compare needs either a study file or --storage URL")
    entries = None if study_file is None else StudyEntries.read(study_file)  # before torch is waited for

    from archgraph.storages.journals import JOURNAL
    from search.comparison.execute import run_file
    from search.comparison.report import write_comparison
    from search.comparison.runs import read_runs
    from search.comparison.study_file import StudyFile

    title, urls = "Comparison of searches", list(storages)
    if entries is not None:
        described = StudyFile.of(entries)
        title = described.title
        urls = [f"{JOURNAL}{file}" for file in run_file(described, folder, workers, progress)]
    problems = read_runs(urls, studies, say)
    return Comparison(write_comparison(problems, writable_folder(folder), title), problems)
