"""The search that scores every member."""

import pytest
from small_searches import Made, run

from archgraph import InputError, spaces


def test_the_whole_of_an_open_space_is_not_scored():
    with pytest.raises(InputError, match="too large to be scored as a whole"):
        run("global", None, Made(spaces.get("dag:1-7")))
