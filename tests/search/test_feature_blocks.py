"""Blocks of features of a space's architectures."""

import numpy as np
import pytest

from archgraph import InputError, spaces
from search.feature_blocks import BLOCKS, FeatureBlocks

SPACE = spaces.get("macro")


@pytest.fixture(scope="module")
def some():
    return SPACE.table(SPACE.sample_codes(40, np.random.default_rng(1)))


def test_what_varies_is_there_once_and_counted(some):
    blocks = FeatureBlocks(SPACE)
    both = blocks(some, BLOCKS)
    columns = {column.tobytes() for column in both.T}
    assert columns == {column.tobytes() for block in BLOCKS for column in blocks(some, (block,)).T}
    assert (np.ptp(both, axis=0) > 0).all()
    counts = [blocks.kept((block,)).counts.sum() for block in BLOCKS]
    assert blocks.kept(BLOCKS).counts.sum() == sum(counts) > both.shape[1] == len(blocks.kept(BLOCKS).counts)


def test_an_architecture_reads_the_same_alone_as_among_others(some):
    blocks = FeatureBlocks(SPACE)
    whole = blocks(some, BLOCKS)
    for row in (0, 7, 39):
        np.testing.assert_array_equal(blocks(some[row : row + 1], BLOCKS)[0], whole[row])


def test_a_block_of_ones_own_is_read_by_its_name(some):
    blocks = FeatureBlocks(SPACE, None, {"nodes": lambda table: np.diff(table.node_ptr)[:, None].astype(np.float32)})
    assert len(blocks.kept(("physics", "nodes")).columns) >= len(blocks.kept(("physics",)).columns)


def test_a_block_that_is_not_there_is_named_with_those_that_are(some):
    with pytest.raises(InputError, match=r"no features are called 'spice'; choose from physics, statistics, spelling"):
        FeatureBlocks(SPACE)(some, ("spice",))
