"""The search that scores every member."""

import pytest
from optuna.trial import TrialState, create_trial
from small_searches import Made, run

from archgraph import InputError, spaces
from archgraph.storages.study import open_study
from encoders.delta.learners.gaussian_process import GaussianProcess
from search.architectures import Architectures
from search.methods.global_gp import GlobalProcess
from search.studies.history import History
from search.studies.study import ARCHITECTURE, HASH


def test_the_whole_of_an_open_space_is_not_scored():
    with pytest.raises(InputError, match="too large to be scored as a whole"):
        run("global", None, Made(spaces.get("dag:1-7")))


def test_it_learns_from_stopped_trials_what_they_say():
    """Of half of the trials only an early value is known: each is a label with noise, the others are labels without."""
    space = spaces.get("dag:1-4")
    members = space.enumerate()
    sizes = members.graph_sizes.astype(float)
    study = open_study(None, "s", {})
    met = Architectures(space, members)
    history = History(study, met)
    for row in range(0, len(members), 2):
        state = TrialState.PRUNED if row % 4 else TrialState.COMPLETE
        attributes = {ARCHITECTURE: met.architecture(row).native, HASH: met.architecture(row).hash}
        values = {"value": sizes[row]} if state == TrialState.COMPLETE else {}
        study.add_trial(create_trial(state=state, user_attrs=attributes, intermediate_values={1: sizes[row]}, **values))
    history.sync()
    seen = []

    class Watched(GaussianProcess):
        @classmethod
        def fit(cls, x, y, **options):
            seen.append((len(x), options["noise"]))
            return GaussianProcess.fit(x, y, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("search.methods.global_gp.GaussianProcess", Watched)
        proposal = GlobalProcess(start=5).propose(history, 0)
    assert proposal.row not in history
    [(known, noise)] = seen
    assert known == len(history)
    assert [variance > 0 for variance in noise] == [trial.state == TrialState.PRUNED for trial in history.trials]
