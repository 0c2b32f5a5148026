"""An objective of your own: the longest path of an architecture against how many nodes it has.

    from archgraph import spaces
    from my_objective import LongAndSmall
    from search import make, open_study, run_study

    objective = LongAndSmall(spaces.get("dag:1-5"))
    study = open_study(None, "mine", {"method": "evolution", "seed": 0}, objective.directions)
    run_study(study, make("evolution", objective.space), objective, seed=0, finished=lambda trials: len(trials) >= 50)

Whether it keeps what an objective promises tells `archgraph.testing.ObjectiveContract`.
"""

from collections.abc import Sequence

from archgraph.spaces import Space
from search import Architecture, Evaluation, Objective


class LongAndSmall(Objective):
    """Two numbers of an architecture, of which none needs training.

    Args:
        space: of the architectures.
    """

    names = ("longest path", "nodes")
    directions = ("maximize", "minimize")

    def __init__(self, space: Space) -> None:
        self.space = space

    def __call__(self, architectures: Sequence[Architecture], seeds: Sequence[int]) -> list[Evaluation]:
        return [Evaluation(self._values(architecture)) for architecture in architectures]

    def _values(self, architecture: Architecture) -> tuple[float, float]:
        graph = self.space.from_native(architecture.native)
        longest = [0] * len(graph.ops)
        for source, target in sorted(graph.edges, key=lambda edge: edge[1]):  # nodes stand in topological order
            longest[target] = max(longest[target], longest[source] + 1)
        return float(longest[-1]), float(len(graph.ops))
