import pytest

from archgraph import InputError
from archgraph.persistence.files import atomic_path, probe, writable_folder, write_text


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


def test_a_path_that_cannot_be_written_is_named(tmp_path):
    for path in (tmp_path, tmp_path / "missing" / "a.txt"):
        with pytest.raises(InputError, match=str(path)):
            probe(path)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="it is a file"):
        writable_folder(tmp_path / "file")
