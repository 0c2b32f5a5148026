"""What is proposed is new, fits, and is written whole."""

import pytest
from small_searches import SPACE, closed, opened

from archgraph.errors import CompileError
from archgraph.storages.study import open_study
from search.architectures import Architectures
from search.methods import make
from search.methods.base import Method, Proposal
from search.proposer import Proposer
from search.studies.history import History
from search.studies.study import ARCHITECTURE, HASH


def proposer(method=None, costs_of=None):
    made = opened()
    study = open_study(None, "s", {}, made.directions)
    return Proposer(History(study, Architectures(SPACE)), method or make("random", SPACE), 0, costs_of or made.costs_of)


class Stubborn(Method):
    """Proposes one architecture, whatever is known."""

    def propose(self, history, seed):
        return Proposal(int(history.architectures.add([SPACE.from_native("01201201")])[0]))


def test_a_method_that_repeats_itself_is_repaired_to_a_neighbour_that_is_new():
    asking = proposer(Stubborn())
    first = asking.next()
    asking.history.append(asking.trial(first), first.row)
    second = asking.next()
    assert second.row in asking.history.architectures.neighbors(first.row)
    assert second.attributes == {"repeated": 5, "repaired": 1}


def test_a_seed_and_further_names_decide():
    asking = proposer()
    assert asking.next() == asking.next()
    assert asking.next("other").row != asking.next().row


def test_a_trial_holds_choices_name_and_costs():
    asking = proposer()
    trial = asking.trial(asking.next(), attributes={"further": 1})
    graph = SPACE.from_choices(trial.params)
    assert trial.user_attrs[ARCHITECTURE] == SPACE.to_native(graph)
    assert trial.user_attrs[HASH] == graph.canonical_hash()
    assert trial.user_attrs["params"] == opened().costs_of(asking.history.architectures.architecture(0))["params"]
    assert trial.user_attrs["further"] == 1


def test_costs_that_cannot_be_counted_are_left_out():
    def costs_of(architecture):
        raise CompileError("no such network")

    asking = proposer(costs_of=costs_of)
    assert "params" not in asking.trial(asking.next()).user_attrs


@pytest.mark.parametrize("method", ["random", "local"])
def test_where_nothing_is_left_there_is_no_row(method):
    made = closed()
    study = open_study(None, "s", {}, made.directions)
    history = History(study, Architectures(made.space, made.members))
    asking = Proposer(history, make(method, made.space), 0, made.costs_of)
    for _ in made.members:
        proposal = asking.next()
        history.append(asking.trial(proposal), proposal.row)
    assert asking.next().row == -1
