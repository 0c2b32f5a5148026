import pickle
from dataclasses import dataclass, replace
from functools import partial

import pytest

from archgraph.persistence.deferred import Deferred, Pending


@dataclass(frozen=True)
class Report:
    title: str
    text: Deferred[str] = Deferred()
    pages: int = 1


def test_a_pending_value_is_read_once_when_it_is_asked_for():
    calls = []
    report = Report("a", Pending(lambda: calls.append(1) or "long"))
    assert calls == []
    assert report.text == report.text == "long"
    assert calls == [1]


def test_a_value_is_kept_and_replaced_as_any_field():
    report = replace(Report("a", "long"), text="short")
    assert report == Report("a", "short")
    assert replace(report, pages=2).text == "short"


def test_a_field_without_a_value_has_no_default_and_stays_frozen():
    with pytest.raises(TypeError, match="text"):
        Report("a")
    with pytest.raises(AttributeError):
        Report("a", "b").text = "c"


def test_a_pending_value_travels_to_another_process(tmp_path):
    (tmp_path / "report.txt").write_text("long")
    report = pickle.loads(
        pickle.dumps(Report("a", Pending(partial(type(tmp_path).read_text, tmp_path / "report.txt"))))
    )
    assert report.text == "long"
