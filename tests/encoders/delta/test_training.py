import hashlib

import numpy as np
import pytest

from archgraph import ArchTable, InputError, spaces
from encoders import load_delta
from encoders.delta.features import Features
from encoders.delta.learners.gaussian_process import GaussianProcess
from encoders.delta.training import train_delta


@pytest.fixture(scope="module")
def cells():
    graphs = spaces.get("nasbench201").sample(60, np.random.default_rng(0))
    table = ArchTable.from_graphs(graphs, space="nasbench201")
    table = table[np.unique(table.hashes(), return_index=True)[1]]
    table.metrics["acc"] = [g.ops.count("relu-conv3x3-bn") + 0.01 * i for i, g in enumerate(table)]
    table.metrics = table.metrics.assign(score_a=np.arange(len(table)), score_b=1.0)
    return table


def test_no_process_is_fitted_twice_on_equal_data_and_features_are_computed_once(cells, tmp_path, monkeypatch):
    fits, rows = [], []
    fit, call = GaussianProcess.fit.__func__, Features._joined

    def counted(cls, x, y, prior=None, *args, **settings):
        arrays = [np.ascontiguousarray(a, dtype=np.float64).tobytes() for a in (x, y)]
        fits.append(hashlib.sha256(b"".join(arrays)).hexdigest())
        return fit(cls, x, y, prior, *args, **settings)

    def computed(features, blocks):
        rows.append((features.effective, len(blocks.table)))
        return call(features, blocks)

    monkeypatch.setattr(GaussianProcess, "fit", classmethod(counted))
    monkeypatch.setattr(Features, "_joined", computed)
    trained = train_delta(cells, "acc", tmp_path / "d", train_size=24)
    assert trained.evaluation.rows == len(cells) - 24
    assert len(fits) == len(set(fits)) > 20
    assert rows == [(True, len(cells)), (False, len(cells))]


def test_the_folder_holds_what_is_given_back(cells, tmp_path):
    trained = train_delta(cells, "acc", tmp_path / "d", train_size=12, columns=["score_*"])
    assert trained.predictor.features.columns == ("score_a", "score_b")
    np.testing.assert_array_equal(load_delta(tmp_path / "d").predict(cells).mean, trained.predictor.predict(cells).mean)
    assert (tmp_path / "d" / "report.html").is_file()


def test_where_all_labels_are_learned_there_is_nothing_to_score(cells, tmp_path):
    assert train_delta(cells[:12], "acc", tmp_path / "d").evaluation is None
    assert not (tmp_path / "d" / "report.html").exists()


def test_what_is_no_predictor_is_not_replaced(cells, tmp_path):
    (tmp_path / "thesis").mkdir()
    with pytest.raises(InputError, match="is no checkpoint"):
        train_delta(cells, "acc", tmp_path / "thesis")
