"""Studies side by side: curves, statistics, pictures, a report."""

from search.comparison.curves import Curves, summary
from search.comparison.rank_tests import rank_tests
from search.comparison.report import write_comparison
from search.comparison.runs import ComparedProblem, SearchRun, read_runs

__all__ = ["ComparedProblem", "Curves", "SearchRun", "rank_tests", "read_runs", "summary", "write_comparison"]
