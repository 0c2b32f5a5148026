import sys

import pytest

from supernet.bank.malloc import keep_freed_memory


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only glibc's malloc can be told")
def test_telling_malloc_is_harmless_and_done_once():
    assert keep_freed_memory() is keep_freed_memory()


def test_other_systems_are_left_alone(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert keep_freed_memory.__wrapped__() is False
