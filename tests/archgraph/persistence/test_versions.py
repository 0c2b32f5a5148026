"""Which archgraph wrote a file."""

from __future__ import annotations

import pytest

from archgraph import InputError
from archgraph.persistence.versions import check_version


@pytest.mark.parametrize("written", ["0.0.1", "0.2.9", "0.10.0", "0.10.0rc1", "0.10.0+here"])
def test_what_this_version_or_one_before_wrote_is_read(written):
    check_version("x", written, today="0.10.0")


@pytest.mark.parametrize("written", ["0.10.1", "0.11.0", "1.0.0", "0.10.1.dev1", "999999.0.0"])
def test_what_a_later_version_wrote_is_refused(written):
    with pytest.raises(InputError, match="install that version"):
        check_version("x", written, today="0.10.0")


@pytest.mark.parametrize(
    "written", ["", "1", "1.0", "1.0.0 ", "v1.0.0", "1.0.0\n", "9" * 50, None, 1, 0.1, [], {}, True]
)
def test_what_is_no_version_is_refused_in_one_line(written):
    with pytest.raises(InputError, match="which is none") as refused:
        check_version("x", written, today="0.10.0")
    assert "\n" not in str(refused.value)
