import subprocess
import sys

import pytest

from supernet.bank.malloc import keep_freed_memory


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only glibc's malloc can be told")
def test_telling_malloc_is_harmless_and_done_once():
    assert keep_freed_memory() is keep_freed_memory()


def test_other_systems_are_left_alone(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert keep_freed_memory.__wrapped__() is False


SETTINGS = """
import ctypes
from unittest.mock import patch
taken = []
import supernet.bank.malloc
supernet.bank.malloc.keep_freed_memory = lambda: taken.append(1)
from archgraph import spaces
from archgraph.networks.registry import blueprint
from supernet import Bank
Bank([blueprint(spaces.get("dag").from_native("2:0-1"), "dag", (1, 8, 8), 2)], [0])
print(taken)
"""


def test_building_a_bank_leaves_malloc_as_it_was():
    done = subprocess.run([sys.executable, "-c", SETTINGS], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
