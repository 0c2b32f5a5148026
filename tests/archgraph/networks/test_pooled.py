"""The network that is trained in little time."""

import numpy as np
import pytest

from archgraph import CompileError, spaces
from archgraph.networks.choice import NetworkChoice

SKIP = "|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|"


def pooled(native, image=(3, 32, 32), **settings):
    return NetworkChoice("pooled", settings).blueprint(
        spaces.get("nasbench201").from_native(native), "nasbench201", image, 10
    )


def test_its_parameters_are_those_of_three_convolutions_and_the_cells():
    widths = (32, 45, 64)
    entries = sum(9 * a * b + 2 * b for a, b in zip((3, 32, 45), widths, strict=True))
    assert pooled(SKIP).cost.params == entries + 64 * 10 + 10
    convolved = SKIP.replace("skip_connect~0", "nor_conv_1x1~0")
    cells = sum(2 * (width**2 + 2 * width) for width in widths)
    assert pooled(convolved, cells=2).cost.params == entries + cells + 64 * 10 + 10


def test_a_smaller_image_costs_less_and_holds_as_much():
    large, small = (pooled(SKIP, pool=pool).cost for pool in (2, 4))
    assert large.params == small.params
    assert large.flops > 2 * small.flops


@pytest.mark.parametrize("side", [1, 4, 8, 31])
def test_images_of_any_size_suit_it(side):
    assert pooled(SKIP, image=(1, side, side)).shapes[-1] == (10, 1, 1)


def test_what_is_no_plain_cell_is_refused():
    space = spaces.get("darts")
    with pytest.raises(CompileError):
        NetworkChoice("pooled").blueprint(
            next(iter(space.sample(1, np.random.default_rng(0)))), space.name, (3, 32, 32), 10
        )
