import math

import pytest

WAYS = {"together": math.inf, "apart": 0}


@pytest.fixture(params=WAYS)
def way(request, monkeypatch):
    """How slots run, whatever the size of their values."""
    monkeypatch.setattr("supernet.bank.bank.LARGE", WAYS[request.param])
    return request.param
