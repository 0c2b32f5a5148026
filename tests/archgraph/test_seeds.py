import torch

from archgraph.seeds import derive_seed, seeded


def test_seeds_depend_on_every_name_and_are_the_same_everywhere():
    assert derive_seed(0, "a", 1) == derive_seed(0, "a", 1) == 1208860661
    assert len({derive_seed(0), derive_seed(1), derive_seed(0, "a"), derive_seed(0, "b"), derive_seed(0, "a", 1)}) == 5


def test_a_seeded_block_leaves_the_global_generator_alone():
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    with seeded(1):
        torch.rand(5)
    assert torch.equal(torch.rand(3), expected)
