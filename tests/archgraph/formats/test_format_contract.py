"""Every format that is read from files keeps the contract, and so do the two forms of a table."""

import base64
import bz2
import json
import pickle

import networkx as nx
import torch
from made_messages import field, write_records

from archgraph import ArchTable, formats, spaces
from archgraph.testing import FormatContract

CELL_201 = "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|"
GENOTYPE = """Genotype(
    normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1),
            ('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)],
    normal_concat=[2, 3, 4, 5],
    reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1),
            ('max_pool_3x3', 0), ('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)],
    reduce_concat=range(2, 6))
"""


def benchmark_201():
    """The official file's layout, of one cell that was trained once."""
    trained = {
        "train_acc1es": {0: 50.0, 1: 51.0},
        "eval_acc1es": {"x-valid@0": 60.0, "x-valid@1": 61.0},
        "eval_names": ["x-valid"],
        **{"params": 0.13, "flop": 15.6, "latency": [0.01], "seed": 777, "epochs": 2},
    }
    info = {"arch_index": 0, "arch_str": CELL_201, "all_results": {("cifar10-valid", 777): trained}}
    schedules = {"12": info, "200": info}
    return {"meta_archs": [CELL_201], "arch2infos": {0: schedules}, "evaluated_indexes": {0}}


def transnas():
    record = {
        "total_epochs": 2,
        "metrics": {"valid_top1": [40.0, 39.0]},
        "model_info": {"model_params": 1_000_000, "inference_time": 0.01},
    }
    data = {"macro": {"64-1234-basic": {"jigsaw": record}}, "micro": {"64-41414-1_02_333": {"jigsaw": record}}}
    return {"task_list": ["jigsaw"], "metrics_dict": {}, "info_names": ["model_params"], "data": data}


def record_101():
    evaluations = [
        b"".join(field(i, value) for i, value in enumerate((epochs, 10.0, 0.9, 0.9, 0.9), 1))
        for epochs in (0.0, 54.0, 108.0)
    ]
    message = b"".join(field(1, part) for part in evaluations) + field(2, 8_555_530) + field(3, 2000.0)
    cell = "0100001000010000", "input,conv3x3-bn-relu,maxpool3x3,output"
    return json.dumps(["a" * 32, 108, *cell, base64.b64encode(message).decode()]).encode()


def onnx_model():
    def node(operator, inputs, output):
        return field(1, b"".join([*(field(1, name) for name in inputs), field(2, output), field(4, operator)]))

    weight = field(5, field(1, 10) + field(1, 12) + field(2, 1) + field(8, "w"))
    steps = node("Relu", ["x"], "a") + node("Gemm", ["a", "w"], "y")
    return field(1, 8) + field(7, weight + field(11, field(1, "x")) + steps + field(12, field(1, "y")))


def chain():
    graph = nx.DiGraph([("a", "b"), ("b", "c")])
    nx.set_node_attributes(graph, {"a": "input", "b": "conv3x3-relu", "c": "output"}, "op")
    return graph


class Shipped(FormatContract):
    name: str
    file: str

    def write(self, folder):
        path = folder / self.file
        self.fill(path)
        return path

    def read(self, path):
        return formats.read(self.name, [str(path)])


class TestNASBench101(Shipped):
    name, file = "nasbench101", "cells.tfrecord"

    def fill(self, path):
        write_records(path, [record_101()])


class TestNASBench201(Shipped):
    name, file = "nasbench201", "bench.pth"

    def fill(self, path):
        torch.save(benchmark_201(), path)


class TestNATSBench(Shipped):
    name, file = "nats", "bench.pickle.pbz2"

    def fill(self, path):
        path.write_bytes(bz2.compress(pickle.dumps(benchmark_201(), 4)))


class TestMacro(Shipped):
    name, file = "macro", "nas-bench-macro.json"

    def fill(self, path):
        path.write_text(
            json.dumps({"02012100": {"test_acc": [89.4, 89.1], "mean_acc": 89.2, "std": 0.2, "params": 890666}})
        )


class TestTransNAS(Shipped):
    name, file = "transnas", "bench.pth"

    def fill(self, path):
        torch.save(transnas(), path)


class TestDARTS(Shipped):
    name, file = "darts", "genotypes.py"

    def fill(self, path):
        path.write_text(f"MINE = {GENOTYPE}")


class TestONNX(Shipped):
    name, file = "onnx", "network.onnx"

    def fill(self, path):
        path.write_bytes(onnx_model())


class TestNodeLinks(Shipped):
    name, file = "networkx", "graph.json"

    def fill(self, path):
        path.write_text(json.dumps(nx.node_link_data(chain(), edges="links")))


class TestGraphML(Shipped):
    name, file = "networkx", "graph.graphml"

    def fill(self, path):
        nx.write_graphml(chain(), path)


class TestColumns(Shipped):
    name, file = "table", "cells.csv"

    def fill(self, path):
        path.write_text(f"arch,accuracy\n{CELL_201},91.5\n")

    def read(self, path):
        return formats.read("table", [str(path)], space="nasbench201", native="arch")


class Own(Shipped):
    name = "archgraph's own"

    def fill(self, path):
        members = spaces.get("macro").enumerate()[:3]
        members.with_metrics(accuracy=[0.1, 0.2, float("nan")]).write(path)

    def read(self, path):
        return ArchTable.read(path)


class TestJSONLines(Own):
    file = "graphs.jsonl"


class TestParquet(Own):
    file = "graphs.parquet"


def test_only_what_names_a_module_and_no_file_is_left_out():
    read = {kind.name for kind in Shipped.__subclasses__() if kind is not Own}
    assert formats.FORMATS.keys() - read == {"fx"}  # it calls the code that it is named, as its text says
