import numpy as np
import pytest

from archgraph.spaces import EXAMPLES
from encoders.graph_network.checkpoint import load_network
from encoders.shipped import shipped
from encoders.teaching.base import pretrain_network
from encoders.teaching.teach import LessonConfig


def test_one_call_makes_a_checkpoint_that_says_what_it_read(tmp_path):
    config = LessonConfig(hidden=8, layers=1, steps=3, batch_size=16)
    made = pretrain_network(tmp_path / "e", ["dag:1-3", "macro"], config, sample=100)
    found = load_network(tmp_path / "e")
    assert found.trained == made.trained
    assert set(found.trained["lessons"]) == {"dag:1-3", "macro"}
    assert [path.name for path in tmp_path.iterdir()] == ["e"]


@pytest.mark.parametrize("name", shipped())
def test_what_ships_learned_what_is_known_of_each_space(name):
    trained = load_network(name).trained
    assert {lesson.partition(",")[0] for lesson in trained["lessons"]} == set(EXAMPLES)
    assert np.mean([known["error"] for known in trained["lessons"].values()]) < 0.15
