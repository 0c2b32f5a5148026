"""NAS-Bench-201's, NATS-Bench's and TransNAS-Bench-101's files, which are pickles."""

from __future__ import annotations

import bz2
import io
import pickle
from collections import OrderedDict

import numpy as np
import pytest
import torch
from broken_inputs import COUNTS, changed, cut_or_flip

from archgraph import InputError, spaces
from archgraph.formats.nasbench201 import read_nasbench201

CELLS = (
    "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|",
    "|none~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|nor_conv_3x3~2|",
)


def run(epochs: int, accuracy: float, params: float = 0.13):
    return {
        "name": "infer.tiny",
        "net_state_dict": None,
        "train_acc1es": OrderedDict((i, 50.0 + i) for i in range(epochs)),
        "train_losses": {},
        "params": params,
        "flop": np.float64(15.6),
        "latency": [0.013, 0.015],
        "seed": 777,
        "epochs": epochs,
        "eval_names": ["x-valid"],
        "eval_acc1es": {f"x-valid@{i}": accuracy + i for i in range(epochs)},
    }


def cell(index: int, epochs: int) -> dict:
    runs = {("cifar10-valid", 777): run(epochs, 80.0), ("cifar10-valid", 888): run(epochs, 82.0)}
    return {
        "arch_index": index,
        "arch_str": CELLS[index],
        "all_results": runs,
        "dataset_seed": {"cifar10-valid": [777, 888]},
    }


def benchmark(*schedules: str) -> dict:
    infos = {i: {name: cell(i, 2 + k) for k, name in enumerate(schedules)} for i in range(2)}
    return {"meta_archs": list(CELLS), "arch2infos": infos, "evaluated_indexes": {0, 1}}


def saved(value, **options) -> bytes:
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    return buffer.getvalue()


def packed(value) -> bytes:
    return bz2.compress(pickle.dumps(value, 4))


def check(table, short: str, long: str):
    space = spaces.get("nasbench201")
    assert [space.to_native(graph) for graph in table] == list(CELLS)
    assert table.ids.tolist() == ["0", "1"]
    metrics = table.metrics.iloc[0].to_dict()
    assert metrics[f"cifar10_valid_x_valid_acc_{short}ep"] == 82.0
    assert metrics[f"cifar10_valid_x_valid_acc_{long}ep"] == 83.0
    assert metrics[f"cifar10_valid_train_acc_{long}ep"] == 52.0
    assert metrics["cifar10_valid_params_M"] == pytest.approx(0.13)
    assert metrics["cifar10_valid_flops_M"] == pytest.approx(15.6)
    assert metrics["cifar10_valid_latency_s"] == pytest.approx(0.014)


@pytest.mark.parametrize("zipped", [True, False])
def test_nasbench201s_file_is_read(tmp_path, zipped):
    (tmp_path / "x.pth").write_bytes(saved(benchmark("less", "full"), _use_new_zipfile_serialization=zipped))
    check(read_nasbench201(tmp_path / "x.pth"), "12", "200")


def test_natsbenchs_file_is_read(tmp_path):
    (tmp_path / "x.pickle.pbz2").write_bytes(packed(benchmark("12", "200")))
    check(read_nasbench201(tmp_path / "x.pickle.pbz2"), "12", "200")


def test_natsbenchs_folder_and_its_files_are_read(tmp_path):
    (tmp_path / "meta.pickle.pbz2").write_bytes(packed({"meta_archs": list(CELLS)}))
    paths = [tmp_path / f"{i:06d}.pickle.pbz2" for i in range(2)]
    for i, path in enumerate(paths):
        path.write_bytes(packed({"12": cell(i, 2), "200": cell(i, 3)}))
    check(read_nasbench201(tmp_path), "12", "200")
    check(read_nasbench201(*reversed(paths)), "12", "200")


def test_natsbenchs_sizes_are_read_as_members_of_their_space(tmp_path):
    sizes = ("8:8:8:8:8", "8:8:8:8:16")
    infos = {
        i: {name: cell(i, 2 + k) | {"arch_str": sizes[i]} for k, name in enumerate(("01", "90"))} for i in range(2)
    }
    (tmp_path / "x.pickle.pbz2").write_bytes(packed({"meta_archs": list(sizes), "arch2infos": infos}))
    table = read_nasbench201(tmp_path / "x.pickle.pbz2")
    assert table.space.tolist() == ["nats:size"] * 2
    assert [spaces.get("nats:size").to_native(graph) for graph in table] == list(sizes)
    assert {"cifar10_valid_x_valid_acc_1ep", "cifar10_valid_x_valid_acc_90ep"} <= set(table.metrics.columns)


def test_accuracies_in_arrays_and_tensors_are_read(tmp_path):
    content = benchmark("12")
    content["arch2infos"][0]["12"]["all_results"]["cifar10-valid", 777]["eval_acc1es"]["x-valid@1"] = torch.tensor(
        [81.0]
    )
    content["arch2infos"][0]["12"]["all_results"]["cifar10-valid", 888]["eval_acc1es"]["x-valid@1"] = np.array(85.0)
    (tmp_path / "x.pth").write_bytes(saved(content))
    assert read_nasbench201(tmp_path / "x.pth").metrics["cifar10_valid_x_valid_acc_12ep"][0] == 83.0


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ([], "should be a dictionary"),
        ({"a": 1}, "official file"),
        ({"arch2infos": {}}, "no architecture"),
        ({"arch2infos": {"zero": {}}}, "number of an architecture"),
        ({"arch2infos": {0: {"12": {}}}}, "all_results"),
        ({"arch2infos": {0: {"12": cell(0, 2) | {"arch_str": "8:8:8"}}}}, "written like 64:64:64:64:64"),
        ({"arch2infos": {0: {"12": cell(0, 2) | {"arch_str": "what"}}}}, "neither a cell"),
        (
            {"arch2infos": {0: {"12": cell(0, 2)}, 1: {"12": cell(1, 2) | {"arch_str": "8:8:8:8:8"}}}},
            "of two spaces",
        ),
        ({"arch2infos": {0: {"12": cell(0, 2) | {"arch_str": "|what~0|"}}}}, "NAS-Bench-201 cell"),
        ({"arch2infos": {0: {"12": cell(0, 2) | {"all_results": {("c", 1): run(2, float("nan"))}}}}}, "finite"),
        ({"arch2infos": {0: {"12": cell(0, 2) | {"all_results": {("c", 1): run(2, 1.0, "many")}}}}}, "number"),
    ],
)
def test_another_layout_is_refused(tmp_path, content, reason):
    (tmp_path / "x.pth").write_bytes(saved(content))
    with pytest.raises(InputError, match=reason):
        read_nasbench201(tmp_path / "x.pth")


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"000000\.pickle\.pbz2"):
        read_nasbench201(tmp_path)


@pytest.mark.parametrize("count", COUNTS)
def test_files_with_odd_values_are_refused_or_read(survives, count):
    small = benchmark("12")
    del small["arch2infos"][1]

    def make(rng):
        data = pickle.dumps(changed(small)(rng), 2)
        return cut_or_flip(data)(rng) if rng.random() < 0.3 else data

    assert survives(read_nasbench201, make, "x.pth", count) > count / 5
