import pytest

from archgraph import InputError, spaces
from archgraph.networks.skeleton import Skeleton

COLOUR = (3, 32, 32)


@pytest.mark.parametrize(
    ("rows", "channels", "pools"),
    [(2, (16, 64), (4, 4)), (3, (16, 32, 64), (4, 2, 2)), (4, (8, 16, 32, 64), (2, 2, 2, 2))],
)
def test_the_published_networks_have_their_channels_and_poolings(rows, channels, pools):
    skeleton = Skeleton.fade(COLOUR, 10, rows, 64)
    assert (skeleton.channels, skeleton.pools) == (channels, pools)


def test_small_images_are_halved_while_they_last():
    skeleton = Skeleton.fade((1, 8, 8), 10, 3, 32)
    assert skeleton.sizes == [(8, 8), (4, 4), (2, 2), (1, 1)]
    assert skeleton.features == 32
    assert Skeleton.fade((1, 8, 8), 10, 5, 32).sizes[-1] == (1, 1)


def test_multiply_adds_are_those_of_every_convolution_and_the_linear_layer():
    cell = spaces.get("dag").from_native("1:")  # one convolution
    skeleton = Skeleton((1, 8, 8), 10, (4,), (2,))
    assert skeleton.macs([[cell]]) == 64 * 9 * (1 * 4 + 4 * 4) + 4 * 16 * 10
    assert skeleton.macs([[cell, cell]]) == skeleton.macs([[cell]]) + 64 * 9 * 16


@pytest.mark.parametrize("rows", [0, 17])
def test_an_impossible_number_of_rows_is_refused(rows):
    with pytest.raises(InputError, match=f"1 to 16 rows, but got {rows}"):
        Skeleton.fade(COLOUR, 10, rows, 64)
