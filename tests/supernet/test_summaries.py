import builtins

import pytest

from archgraph import InputError
from supernet.summaries import summary_writer


def test_numbers_are_written_for_tensorboard(tmp_path):
    pytest.importorskip("tensorboard", reason="needs tensorboard")
    writer = summary_writer(tmp_path)
    writer.add_scalar("loss", 1.0, 1)
    writer.close()
    assert [path.name.startswith("events") for path in tmp_path.iterdir()] == [True]


def test_a_missing_tensorboard_is_said(tmp_path, monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith(("tensorboard", "torch.utils.tensorboard")):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError, match=r"pip install 'archgraph\[tensorboard\]'"):
        summary_writer(tmp_path)
