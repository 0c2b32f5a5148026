"""Fingerprints are of contents, not of names."""

from hypothesis import given
from hypothesis import strategies as st

from archgraph.persistence.fingerprints import file_fingerprint, fingerprint

PARTS = st.lists(st.binary(max_size=3), max_size=4)


@given(PARTS, PARTS)
def test_two_are_equal_where_all_parts_are(one, other):
    assert (fingerprint(one) == fingerprint(other)) == (one == other)


def test_a_files_name_and_place_are_no_part_of_it(tmp_path):
    (tmp_path / "a").write_bytes(b"content")
    before = file_fingerprint(tmp_path / "a")
    (tmp_path / "below").mkdir()
    (tmp_path / "a").rename(tmp_path / "below" / "b")
    assert file_fingerprint(tmp_path / "below" / "b") == before
    (tmp_path / "below" / "b").write_bytes(b"Content")
    assert file_fingerprint(tmp_path / "below" / "b") != before
