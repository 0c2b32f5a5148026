"""A search method of your own: edits of the best architecture so far, and now and then another start.

    from archgraph import ArchTable, spaces
    from my_method import EditTheBest
    from search import TableObjective, open_study, run_study

    objective = TableObjective(ArchTable.read("cells.parquet"), spaces.get("nasbench201"), ["accuracy"])
    study = open_study("sqlite:///studies.db", "mine", {"method": "mine", "seed": 0}, objective.directions)
    run_study(study, EditTheBest(), objective, seed=0, finished=lambda trials: len(trials) >= 100)

Whether it keeps what a method promises tells `archgraph.testing.MethodContract`.
"""

import numpy as np

from search import History, Method, Proposal


class EditTheBest(Method):
    """Proposes a random neighbour of the best architecture.

    All that it knows it reads from the history, and its random numbers come from the seed that it is given; so a study
    that was stopped goes on with the same proposals.

    Args:
        restart: how often it draws an architecture anew instead, 0 to 1.
    """

    def __init__(self, restart: float = 0.1) -> None:
        self.restart = restart

    def propose(self, history: History, seed: int) -> Proposal:
        rng = np.random.default_rng(seed)
        rows, losses = history.labelled()
        if len(rows) and rng.random() >= self.restart:
            best = int(rows[losses[:, 0].argmin()])
            near = history.unseen(history.architectures.neighbors(best))
            if len(near):
                return Proposal(int(rng.choice(near)))
        return Proposal(history.architectures.draw(rng))
