import pytest

from archgraph import InputError
from archgraph.persistence.files import atomic_path, probe, writable_folder, write_text
from archgraph.seeds import derive_seed, seeded


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    target = tmp_path / "a.txt"
    write_text(target, "old")

    def fail_half_way():
        with atomic_path(target) as temporary:
            temporary.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert target.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    for path in (tmp_path, tmp_path / "missing" / "a.txt"):
        with pytest.raises(InputError, match=str(path)):
            probe(path)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="it is a file"):
        writable_folder(tmp_path / "file")


def test_seeds_depend_on_every_name_and_are_the_same_everywhere():
    assert derive_seed(0, "a", 1) == derive_seed(0, "a", 1) == 1208860661
    assert len({derive_seed(0), derive_seed(1), derive_seed(0, "a"), derive_seed(0, "b"), derive_seed(0, "a", 1)}) == 5


def test_a_seeded_block_leaves_the_global_generator_alone():
    import torch

    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    with seeded(1):
        torch.rand(5)
    assert torch.equal(torch.rand(3), expected)
