"""TransNAS-Bench-101's official file, made small."""

from __future__ import annotations

import io
import pickle

import numpy as np
import pytest
import torch
from broken_inputs import COUNTS, changed, cut_or_flip

from archgraph import InputError, spaces
from archgraph.formats.transnas import read_transnas


def saved(value, **options) -> bytes:
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    return buffer.getvalue()


def transnas() -> dict:
    def record(value: float):
        return {
            "total_epochs": 2,
            "metrics": {"valid_top1": [value, value - 1], "train_loss": np.array([2.0, 1.0])},
            "model_info": {"model_params": 1_000_000, "inference_time": 0.01},
        }

    tasks = {"class_object": record(40.0), "jigsaw": record(90.0)}
    return {
        "task_list": ["class_object", "jigsaw"],
        "metrics_dict": {},
        "info_names": ["model_params"],
        "data": {"macro": {"64-1234-basic": tasks}, "micro": {"64-41414-1_02_333": tasks, "64-41414-0_00_000": tasks}},
    }


def test_transnas_has_cells_and_networks_with_the_last_and_best_of_each_metric(tmp_path):
    (tmp_path / "x.pth").write_bytes(saved(transnas()))
    table = read_transnas(tmp_path / "x.pth")
    assert table.ids.tolist() == ["64-1234-basic", "64-41414-1_02_333", "64-41414-0_00_000"]
    assert table.space.tolist() == ["transnas:macro", "transnas", "transnas"]
    assert [spaces.get(s).to_native(g) for s, g in zip(table.space, table, strict=True)] == table.ids.tolist()
    metrics = table.metrics.iloc[1].to_dict()
    assert (metrics["jigsaw_valid_top1"], metrics["jigsaw_valid_top1_best"]) == (89.0, 90.0)
    assert metrics["class_object_model_params"] == 1e6


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"data": None}, "official file"),
        ({"data": {"nano": {}}}, "unknown search space 'nano'"),
        ({"data": {"micro": {"64-41414-9_02_333": {}}}}, "TransNAS-Bench-101 cell"),
        ({"data": {"micro": {"102333": {"jigsaw": 3}}}}, "without a record"),
        ({"data": {"micro": {"102333": {"jigsaw": {"metrics": {"a": []}, "model_info": {}}}}}}, "no finite number"),
        ({"data": {}}, "holds no architecture"),
    ],
)
def test_another_layout_of_transnas_is_refused(tmp_path, change, reason):
    (tmp_path / "x.pth").write_bytes(saved(transnas() | change))
    with pytest.raises(InputError, match=reason):
        read_transnas(tmp_path / "x.pth")


@pytest.mark.parametrize("count", COUNTS)
def test_transnas_files_with_odd_values_are_refused_or_read(survives, count):
    def make(rng):
        data = pickle.dumps(changed(transnas())(rng), 4)
        return cut_or_flip(data)(rng) if rng.random() < 0.3 else data

    assert survives(read_transnas, make, "x.pth", count) > count / 5
