"""Seeds by name, and blocks under a seed of their own."""

import torch

from archgraph.seeds import derive_seed, seeded


def test_a_seed_depends_on_every_name_and_on_nothing_else() -> None:
    assert derive_seed(0, "trial", 3) == derive_seed(0, "trial", 3)
    assert len({derive_seed(0, "trial", 3), derive_seed(1, "trial", 3), derive_seed(0, "trial", 4)}) == 3
    assert 0 <= derive_seed(0) < 1 << 32


def test_a_block_leaves_the_generator_as_it_was() -> None:
    before = torch.get_rng_state()
    drawn = []
    for _ in range(2):
        with seeded(5):
            drawn.append(torch.rand(3))
    assert torch.equal(*drawn)
    assert torch.equal(torch.get_rng_state(), before)
