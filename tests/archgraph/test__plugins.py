"""What other distributions add by entry point is found by name, and where it cannot be loaded that is one line."""

import textwrap

import pytest

from archgraph import InputError, spaces
from archgraph._plugins import plugin, plugin_names
from archgraph.testing.outcome import outcome
from search.methods import make, method_names, settings_of
from search.objectives.registry import objective_kind, open_objective
from search.problem import Problem, Search
from search.run import run_search

MODULE = """
from archgraph import spaces
from archgraph.spaces.template import TemplateSpace, chain
from search import Evaluation, Method, Objective, Proposal

def three(parameter):
    '''Chains of three layers.

    And more text.
    '''
    return TemplateSpace("three", *chain(3), [["identity", "conv3x3-relu"]] * 3)

class Counted(Objective):
    names, directions, written = ("convs",), ("maximize",), "convs:WHAT"

    @classmethod
    def read(cls, text, space, settings=None):
        made = cls()
        made.space = space
        return made

    def __call__(self, architectures, seeds):
        return [Evaluation((float(a.native.count("1")),)) for a in architectures]

class Stepping(Method):
    '''One after another.

    Args:
        first: number of the first member,
            from 0.
    '''
    def __init__(self, first: int = 0) -> None:
        self.first = first

    def propose(self, history, seed):
        members = history.architectures.space.enumerate()
        return Proposal(int(history.architectures.add([members[(self.first + len(history)) % len(members)]])[0]))

nonsense = dict
"""


@pytest.fixture
def strangers(tmp_path, monkeypatch):
    (tmp_path / "strange_plugins.py").write_text(MODULE)
    (tmp_path / "broken_plugins.py").write_text("raise RuntimeError('two\\nlines')")
    info = tmp_path / "strange-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: strange\nVersion: 1.0\n")
    entries = """
    [archgraph.spaces]
    three = strange_plugins:three
    broken = broken_plugins:anything
    absent = no_such_module:anything
    nonsense = strange_plugins:nonsense
    [archgraph.methods]
    stepping = strange_plugins:Stepping
    broken = broken_plugins:anything
    nonsense = strange_plugins:nonsense
    [archgraph.objectives]
    convs = strange_plugins:Counted
    broken = broken_plugins:anything
    nonsense = strange_plugins:nonsense
    """
    (info / "entry_points.txt").write_text(textwrap.dedent(entries))
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.usefixtures("strangers")
class TestPluginsOfOthers:
    def test_are_named_without_being_loaded(self):
        assert plugin_names("methods") == ["broken", "nonsense", "stepping"]
        assert plugin("methods", "missing") is None
        assert "stepping" in method_names()

    def test_are_searched_with_by_name(self):
        study = run_search(Problem("three", "convs:all"), Search("stepping", {"first": 3}), trials=2)
        assert [trial.user_attrs["architecture"] for trial in study.trials] == ["011", "100"]
        assert study.best_value == 2.0
        assert study.metric_names == ["convs"]
        assert study.trials[0].params == {"layer 1": "identity", "layer 2": "conv3x3-relu", "layer 3": "conv3x3-relu"}

    def test_say_their_settings(self):
        [setting] = settings_of("stepping")
        assert (setting.name, setting.default, setting.meaning) == ("first", "0", "number of the first member, from 0.")
        with pytest.raises(InputError, match="method stepping has no setting 'last'; known are first"):
            make("stepping", spaces.get("three"), settings={"last": 1})

    def test_stand_among_the_choices_of_errors_and_lists(self):
        assert spaces.listed()["three"] == "Chains of three layers."
        assert "cannot be loaded" in spaces.listed()["broken"]
        for call, name in (
            (lambda: spaces.get("nothing"), "three"),
            (lambda: objective_kind("nothing:x"), "convs:"),
            (lambda: make("nothing", spaces.get("macro")), "stepping"),
        ):
            found, refusal = outcome(call)
            assert found is None
            assert name in refusal

    @pytest.mark.parametrize(
        ("call", "reason"),
        [
            (lambda: spaces.get("broken"), "strange adds 'broken' to archgraph.spaces, but it cannot be loaded: two"),
            (
                lambda: spaces.get("absent"),
                "strange adds 'absent' to archgraph.spaces, but it cannot be loaded: No",
            ),
            (lambda: make("broken", spaces.get("macro")), "strange adds 'broken' to archgraph.methods, but it cannot"),
            (lambda: objective_kind("broken:x"), "strange adds 'broken' to archgraph.objectives, but it cannot"),
            (lambda: spaces.get("nonsense"), "nonsense of archgraph.spaces makes no space"),
            (lambda: make("nonsense", spaces.get("macro")), "nonsense of archgraph.methods is no class of"),
            (lambda: open_objective("nonsense:x", spaces.get("macro")), "nonsense of archgraph.objectives is no class"),
        ],
    )
    def test_that_fail_say_so_in_one_line(self, call, reason):
        found, refusal = outcome(call)
        assert found is None
        assert refusal.startswith(reason)
