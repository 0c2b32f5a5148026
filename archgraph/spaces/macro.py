"""NAS-Bench-Macro: eight layers in three stages, three choices each.

Su et al., "Prioritized Architecture Sampling with Monto-Carlo Tree Search" (CVPR 2021).

The native form is a digit a layer: 0 identity, 1 MBConv kernel 3 expansion 3, 2 MBConv kernel 5 expansion 6. Stages
have 2, 3 and 3 layers; the first layer of a stage halves the image and doubles the channels, so it stands in the
graph as an operation of its own with stride 2 (there, the identity is a 1x1 convolution and norm). The graph is a
chain. Codes that differ only in where identities stand within a stage, after its first layer, are one network and
share one record; they remain different members here.
"""

from __future__ import annotations

from collections.abc import Sequence

from archgraph.ops import OPS
from archgraph.spaces.template import TemplateSpace, chain

STAGES = (2, 3, 3)
"""Layers of each stage, as in Su et al."""
KEEPING = (OPS["identity"], OPS["mbconv3x3-e3"], OPS["mbconv5x5-e6"])
REDUCING = (OPS["conv1x1-s2-bn"], OPS["mbconv3x3-e3-s2"], OPS["mbconv5x5-e6-s2"])
"""Choices 0, 1, 2 of the layers that keep the image's size, and of those that halve it."""


class MacroSpace(TemplateSpace):
    """The 6,561 networks of NAS-Bench-Macro.

    Example:
        >>> from archgraph.spaces import MacroSpace
        >>> space = MacroSpace()
        >>> space.size(), len(space.neighbors(space.from_native("00000000")))
        (6561, 16)
    """

    def __init__(self) -> None:
        choices: list[Sequence[str]] = []
        for layers in STAGES:
            choices.append([operation.name for operation in REDUCING])
            choices += [[operation.name for operation in KEEPING]] * (layers - 1)
        super().__init__("macro", *chain(sum(STAGES)), choices)
