"""The contract of objectives: what a search pays for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from archgraph.errors import CompileError, InputError
from archgraph.graph import ArchGraph
from archgraph.networks.cost import cost_of_member
from archgraph.spaces import Space
from archgraph.table.table import ArchTable
from search.objectives.evaluation import Evaluation

if TYPE_CHECKING:
    from archgraph.networks.macro_skeleton import CountedSkeleton
    from search.objectives.limits import Limits
    from supernet.images.splits import ImagePart


@dataclass(frozen=True)
class Architecture:
    """An architecture as trials hold it.

    Attributes:
        native: its form in the space.
        hash: its canonical hash.
        graph: where it is at hand; trials do not hold it.

    Example:
        >>> from archgraph import ArchTable, spaces
        >>> from search import Architecture
        >>> table = spaces.get("dag:1-3").enumerate()
        >>> Architecture(table.ids[0], table.hashes()[0], table[0]).native
        '1:'
    """

    native: str
    hash: str
    graph: ArchGraph | None = field(default=None, compare=False, repr=False)


def published_costs(space: Space, graph: ArchGraph) -> dict[str, float]:
    """`params` and `flops` of a member in the published network of its space; empty where it makes none."""
    try:
        found = cost_of_member(graph, space)
    except CompileError:
        return {}
    return {"params": float(found.params), "flops": float(found.flops)}


class Lanes(ABC):
    """Evaluations side by side that report after each of the objective's steps; they come and go between steps."""

    @abstractmethod
    def enter(self, lane: int, architecture: Architecture, seed: int, done: int = 0) -> None:
        """Begin an evaluation.

        Args:
            lane: its number, which no other has.
            architecture, seed: as of `Objective.__call__`.
            done: steps that count as done; more than 0 for one that is there only because it was when others began,
                so that these come to the same numbers. What it reports is of no use.
        """

    @abstractmethod
    def advance(self) -> dict[int, float]:
        """One step of all lanes: lane -> the value that it has come to, NaN where it failed."""

    @abstractmethod
    def leave(self, lane: int) -> Evaluation:
        """End an evaluation: the value that it has come to, and what was paid for it until now."""


class Objective(ABC):
    """One or several numbers of an architecture that cost something to know.

    A class of your own gives `space`, `names`, `directions` and `__call__`; what else is here says what it can do
    beyond that. In `search.objectives.registry.OBJECTIVES` it also gets a name for commands and study files.

    Attributes:
        space: of the architectures.
        names: one name an objective.
        directions: `minimize` or `maximize`, one an objective.
        members: the only architectures that can be evaluated; None where all of the space can.
        values: of all members, [len(members), objectives], where they are known without being paid for.
        settings: what a study depends on beside the text that names the objective.
        fingerprint: of the data that values come from; a study goes on only with the same. Empty where there are none,
            or their name says all.
        limits: what architectures may cost; searches propose none that costs more. None where they may cost anything,
            or where `members` are those that fit.
        steps: after which an evaluation reports, in a unit of the objective's own, such as epochs; the last is all of
            it. Empty where it gives its value at once.
        cheap: evaluations cost less than it costs to store them, so searches write them in bulk.
        tested_by: what `test` in a study file is: the name of a metric (`str`) or a number of trainings (`int`); None
            where winners have no further figure.
        written: how commands and study files write it.

    Example:
        >>> from archgraph import spaces
        >>> from search import Architecture, Evaluation, Objective
        >>> class Convolutions(Objective):
        ...     space, names, directions = spaces.get("nasbench201"), ("convolutions",), ("maximize",)
        ...     def __call__(self, architectures, seeds):
        ...         return [Evaluation((float(a.native.count("conv")),)) for a in architectures]
        >>> native = "|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|nor_conv_1x1~2|"
        >>> Convolutions()([Architecture(native, "")], [0])[0].values
        (2.0,)
    """

    space: Space
    names: tuple[str, ...]
    directions: tuple[str, ...]
    members: ArchTable | None = None
    values: NDArray[np.float64] | None = None
    settings: Mapping[str, Any] = MappingProxyType({})
    fingerprint: str = ""
    limits: Limits | None = None
    steps: tuple[int, ...] = ()
    cheap: ClassVar[bool] = False
    tested_by: ClassVar[type[str] | type[int] | None] = None
    written: ClassVar[str] = ""

    @classmethod
    def read(cls, text: str, space: Space, settings: Mapping[str, Any] | None = None) -> Self:
        """The objective that a command or a study file names.

        Args:
            text: what stands behind the name and its colon.
            space: of the architectures.
            settings: how networks are trained, `network`, `network_settings`, `width` of the last row of rows, `size`
                of images, `train_size`, `recipe`; `limits` of what they cost; and where, `device`, `root` and
                `download` of the images. Each can be missing.

        Raises:
            InputError: it is written otherwise, or what it names is missing or does not fit the space.
        """
        raise InputError(f"{cls.__name__} cannot be named by a text; make it in Python")

    @abstractmethod
    def __call__(self, architectures: Sequence[Architecture], seeds: Sequence[int]) -> list[Evaluation]:
        """Evaluate architectures side by side, each with its seed; one evaluation each, in their order."""

    def lanes(self) -> Lanes:
        """Evaluations that report after each of `steps`, so that the poor can be stopped.

        Raises:
            InputError: the objective has no steps.
        """
        raise InputError(f"{', '.join(self.names)} is known at once, so no evaluation can be stopped early: no pruner")

    def starts(self) -> Sequence[str]:
        """Native forms of members that a new search evaluates first, whatever its method; none where nothing is known
        beforehand."""
        return ()

    @property
    def hyper(self) -> tuple[CountedSkeleton, ImagePart] | None:
        """What hyper-architectures are trained on, whose cells FaDE ranks: the skeleton, and images of which weights
        see one half; None where no networks are trained."""
        return None

    def costs_of(self, architecture: Architecture) -> dict[str, float]:
        """What an architecture costs, by name: `params` and `flops`, and what else is known.

        Where a class does not know better those of the published network; empty where there is none.
        """
        graph = architecture.graph or self.space.from_native(architecture.native)
        return published_costs(self.space, graph)

    @property
    def provenance(self) -> dict[str, Any]:
        """What `meta` of a winner says of where its values come from: `network`, `recipe`, `data`; JSON values."""
        return {}

    @property
    def described(self) -> str:
        """One line on the data that were read; empty where there are none."""
        return ""

    def recall(self, key: str, attributes: Mapping[str, Any]) -> None:  # noqa: B027  # most measure nothing
        """Take up what a trial of the study has measured, so that nothing is measured twice.

        Args:
            key: canonical hash of the trial's architecture.
            attributes: of the trial.
        """

    def check_test(self, test: str | int) -> None:
        """Check that winners have a figure on test.

        Raises:
            InputError: they have none that is called so.
        """
        if self.tested_by is None:
            raise InputError(f"winners of {', '.join(self.names)} have no figure on test; leave test away")

    def judge(self, winner: Architecture, test: str | int) -> dict[str, Any]:
        """The winner's figure on test, which no search sees.

        Args:
            winner: the best architecture of a search.
            test: the name of a metric or a number of trainings, see `tested_by`.

        Returns:
            `metric`, its name, `value`, and further figures, all of which JSON can hold.

        Raises:
            InputError: as `check_test`.
        """
        raise InputError(f"winners of {', '.join(self.names)} have no figure on test; leave test away")
