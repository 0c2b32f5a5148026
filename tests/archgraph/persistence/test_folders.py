import pytest

from archgraph import InputError
from archgraph.persistence.folders import CONFIG, check_folder, checkpoint_folder


def write(folder, kind="encoder", text="new"):
    with checkpoint_folder(folder, kind) as temporary:
        (temporary / CONFIG).write_text(f'{{"kind": "{kind}"}}')
        (temporary / "model").write_text(text)


def test_a_checkpoint_is_replaced_whole_or_not_at_all(tmp_path):
    folder = tmp_path / "e"
    write(folder, text="old")

    def fail_half_way():
        with checkpoint_folder(folder, "encoder") as temporary:
            (temporary / "model").write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert (folder / "model").read_text() == "old"
    write(folder)
    assert (folder / "model").read_text() == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["e"]


def test_everyone_may_read_a_checkpoint(tmp_path):
    with checkpoint_folder(tmp_path / "e", "encoder") as temporary:
        (temporary / "inner").mkdir(mode=0o700)
        (temporary / "inner" / "model").touch(mode=0o600)
    modes = [(tmp_path / "e" / name).stat().st_mode & 0o777 for name in ("", "inner", "inner/model")]
    assert modes == [0o755, 0o755, 0o644]


def test_what_is_no_checkpoint_of_that_kind_is_never_replaced(tmp_path):
    write(tmp_path / "e")
    (tmp_path / "photos").mkdir()
    (tmp_path / "listed").mkdir()
    (tmp_path / "listed" / CONFIG).write_text("[1]")
    for name, kind in (("e", "delta"), ("photos", "encoder"), ("listed", "encoder")):
        with pytest.raises(InputError, match=f"{name}: it exists and is no checkpoint of that kind"):
            write(tmp_path / name, kind)
    with pytest.raises(InputError, match="choose a writable folder"):
        check_folder(tmp_path / "missing" / "e", "encoder")
    check_folder(tmp_path / "e", "encoder")


def test_where_a_folder_is_a_symbolic_link_what_it_leads_to_is_replaced(tmp_path):
    write(tmp_path / "e")
    (tmp_path / "link").symlink_to("e")
    write(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "e" / "model").read_text() == "new"
    (tmp_path / "dangling").symlink_to("made")
    write(tmp_path / "dangling")
    assert (tmp_path / "made" / "model").read_text() == "new"
