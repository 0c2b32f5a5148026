import pytest
import torch

from archgraph import InputError
from supernet.standalone.weights import Build, load_weights, save_weights, weights_path


def test_long_names_that_begin_alike_have_weights_of_their_own(tmp_path):
    one, other = (weights_path(tmp_path, "normal=" + "sep_conv_3x3~0 " * 12 + end) for end in "ab")
    assert one != other
    assert len(one.stem) == len(other.stem) == 128


def test_weights_of_other_programs_are_refused(tmp_path):
    from safetensors.torch import save_file

    save_file({"a": torch.zeros(1)}, tmp_path / "w.safetensors")
    with pytest.raises(InputError, match="holds no weights"):
        load_weights(tmp_path / "w.safetensors")
    with pytest.raises(InputError, match="no file"):
        load_weights(tmp_path / "missing.safetensors")


def test_what_is_saved_is_read_back(tmp_path):
    build = Build("abc", "dag", (1, 8, 8), 3, {"width": 4})
    save_weights(tmp_path / "w.safetensors", {"a": torch.arange(3.0)}, build)
    state, found = load_weights(tmp_path / "w.safetensors")
    assert found == build
    assert state["a"].tolist() == [0, 1, 2]


def test_files_have_names_that_every_system_takes(tmp_path):
    assert weights_path(tmp_path, "1:|2:0-1").name == "1__2_0-1.safetensors"
