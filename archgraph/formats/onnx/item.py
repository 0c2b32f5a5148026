"""A value of an ONNX network: what is known of it, and what follows for the node that reads it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from archgraph.formats.onnx.known import NOT_KNOWN, Known


@dataclass(frozen=True)
class Item:
    """A value.

    Args:
        key: of the step that makes it.
        known: its shape, and its numbers where they are few.
        varies: whether it depends on the network's input.
        shape_like: whether it is a number about shapes.
        leaf: the tensor of the file that it is, but for its type and the order of its numbers.
        channels: of the layer without a bias that it is the output of; 0 where it is none.
        readers: how many nodes read it.
        guard: the number that was added to it.
        quantised: whether quantised numbers are in it, so that what it is combined with is only their scale.
        weighs: whether a weight is in it, being constant.
        made: whether, being constant, it was made of numbers alone, no parameter and no buffer of a module.
    """

    key: Hashable
    known: Known = NOT_KNOWN
    varies: bool = False
    shape_like: bool = False
    leaf: Hashable | None = None
    channels: int = 0
    readers: int = 1
    guard: Hashable | None = None
    quantised: bool = False
    weighs: bool = False
    made: bool = False


def channels(operator: str, known: Known) -> int:
    """The outputs of a layer; 0 where their number is not known."""
    shape = known.shape or ()
    place = 1 if "Conv" in operator else -1
    return (shape[place] or 0) if len(shape) > 1 else 0


def keeps(inputs: Sequence[Item | None], known: Known) -> bool:
    """Whether a node gives its first input as it is, since that has the size asked for."""
    data, asked = inputs[0], inputs[1] if len(inputs) > 1 else None
    if data is None or data.known.shape is None or data.known.shape != known.shape:
        return False
    numbers = None if asked is None else asked.known.numbers
    return None not in known.shape or (numbers is not None and bool((numbers == 1).all()))


def is_bias(inputs: Sequence[Item | None]) -> bool:
    """Whether an addition is the bias of the layer before it."""
    layers = [item for item in inputs if item is not None and item.varies]
    added = [item for item in inputs if item is not None and not item.varies]
    if len(layers) != 1 or len(added) != 1 or not layers[0].channels or layers[0].readers != 1:
        return False
    shape, rank = added[0].known.shape, layers[0].known.rank
    if added[0].leaf is None or shape is None or rank is None:
        return False
    wide = [i for i, size in enumerate(shape, start=rank - len(shape)) if size != 1]
    channel = [i for i, size in enumerate(layers[0].known.shape or ()) if size == layers[0].channels]
    return len(wide) == 1 and wide[0] in channel and shape[wide[0] - rank + len(shape)] == layers[0].channels
