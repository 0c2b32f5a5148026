import numpy as np
import pytest
from small_comparisons import STUDY

from archgraph import spaces


@pytest.fixture
def study_file(tmp_path):
    members = spaces.get("dag:1-4").enumerate()
    rng = np.random.default_rng(0)
    metrics = {
        "acc": rng.random(len(members)),
        "size": members.graph_sizes.astype(float),
        "seconds": rng.random(len(members)),
    }
    members.with_metrics(**metrics).write(tmp_path / "t.parquet")
    path = tmp_path / "study.yaml"
    path.write_text(STUDY.replace("TABLE", str(tmp_path / "t.parquet")), encoding="utf-8")
    return path
