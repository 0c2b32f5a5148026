"""What a checkpoint says of its modules, held against its weights."""

from __future__ import annotations

import numpy as np
import pytest
from safetensors.numpy import save_file

from archgraph import InputError
from archgraph.persistence.sizes import check_sizes


@pytest.fixture
def weights(tmp_path):
    save_file({f"layers.{i}": np.zeros((8, 16), dtype=np.float32) for i in range(3)}, tmp_path / "m.safetensors")
    return tmp_path / "m.safetensors"


@pytest.mark.parametrize(
    "arguments", [{"hidden": 16, "layers": 3}, {}, {"options": [5, 5], "bias": True}, {"rate": 1e9}]
)
def test_sizes_that_the_weights_have_are_taken(weights, arguments):
    check_sizes(weights, arguments)


@pytest.mark.parametrize(
    ("arguments", "size"),
    [
        ({"hidden": 30_000, "layers": 3}, 30_000),
        ({"hidden": 16, "layers": 1_000_000}, 1_000_000),
        ({"decoders": {"a": {"options": [2] * 17}}}, 17),
        ({"sizes": [16, [2**70]]}, 2**70),
    ],
)
def test_a_size_that_no_weight_has_is_refused(weights, arguments, size):
    with pytest.raises(InputError, match=f"no weights of a size {size}"):
        check_sizes(weights, arguments)
