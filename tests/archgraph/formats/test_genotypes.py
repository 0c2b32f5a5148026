"""Files of DARTS genotypes."""

from __future__ import annotations

import re

import pytest
from broken_genotypes import texts
from broken_inputs import COUNTS, cut_or_flip

from archgraph import InputError, spaces
from archgraph.formats.genotypes import read_genotypes
from archgraph.networks.registry import blueprint

DARTS = """from collections import namedtuple
Genotype = namedtuple('Genotype', 'normal normal_concat reduce reduce_concat')
PRIMITIVES = ['none', 'max_pool_3x3']

DARTS_V2 = Genotype(
    normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1),
            ('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)],
    normal_concat=[2, 3, 4, 5],
    reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1),
            ('max_pool_3x3', 0), ('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)],
    reduce_concat=range(2, 6))
print("never run"); open("/nonexistent/file")
"""


def test_genotypes_of_a_python_file_are_read_and_the_file_is_not_run(tmp_path):
    (tmp_path / "genotypes.py").write_text(DARTS)
    table = read_genotypes(tmp_path / "genotypes.py")
    assert table.ids.tolist() == ["DARTS_V2"]
    native = spaces.get("darts").to_native(table[0])
    assert "('dil_conv_3x3', 2)" in native
    assert table[0] == spaces.get("darts").from_native(native)


def test_a_list_of_genotypes_is_numbered(tmp_path):
    space = spaces.get("darts")
    native = space.to_native(read_table(tmp_path)[0])
    (tmp_path / "g.txt").write_text(f"{native}\n\n{native.replace('Genotype', 'genotypes.Genotype')}\n")
    table = read_genotypes(tmp_path / "g.txt")
    assert table.ids.tolist() == ["0", "1"]
    assert table[0] == table[1]


def read_table(tmp_path):
    (tmp_path / "genotypes.py").write_text(DARTS)
    return read_genotypes(tmp_path / "genotypes.py")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("'sep_conv_3x3', 0", "'sep_conv_999x999', 0"), r"DARTS_V2: normal: unknown operation 'sep_conv_999x999'"),
        (("'sep_conv_3x3', 0", "'mobilenetV3_1.0_3x3', 0"), "unknown operation 'mobilenetV3_1.0_3x3'; known are"),
        (("'sep_conv_3x3', 0", "'sep_conv_3x3', 7"), "vertex 2 reads 7"),
        (("('sep_conv_3x3', 0)", "__import__('os').system('true')"), "names and numbers only"),
        (("('sep_conv_3x3', 0)", "(" * 150 + ")" * 150), "pairs like"),
        (("('sep_conv_3x3', 0)", "(" * 9000), "not a whole Genotype"),
        (("('sep_conv_3x3', 0), ", ""), "two pairs for each vertex, but got 7"),
        (("normal_concat=[2, 3, 4, 5]", "normal_concat=range(0, 10**9)"), "names and numbers only"),
        (("normal_concat=[2, 3, 4, 5]", "normal_concat=[2, 6]"), "joins vertex 6"),
        (("reduce_concat=range(2, 6)", "extra=1"), "each once"),
        (("Genotype(\n", "Other(\n"), "holds no Genotype"),
    ],
)
def test_a_file_of_a_broken_genotype_is_refused(tmp_path, change, reason):
    (tmp_path / "g.py").write_text(DARTS.replace(*change, 1))
    with pytest.raises(InputError, match=reason):
        read_genotypes(tmp_path / "g.py")


def cell(*terms, concat="range(2, 6)"):
    return f"Genotype(normal={list(terms)}, normal_concat={concat}, reduce={list(terms)}, reduce_concat={concat})"


FIVE = [
    ("sep_conv_7x7", 0),
    ("conv_7x1_1x7", 1),
    ("max_pool_5x5", 0),
    ("none", 0),
    ("conv_1x1", 2),
    ("skip_connect", 1),
]
MOBILE = cell(*[("mobilenetV3_1.0_3x3_Hswish", 0), ("skip_connect", 1)] * 4)


def test_cells_of_other_sizes_operations_and_joins_are_graphs_of_no_space(tmp_path):
    terms = [*FIVE, ("skip_connect", 3), ("dil_conv_7x7", 3), ("sep_conv_3x3", 4), ("avg_pool_3x3", 5)]
    (tmp_path / "g.py").write_text(f"NASNet = {cell(*terms, concat='[4, 6]')}")
    table = read_genotypes(tmp_path / "g.py")
    assert table.space.tolist() == ["genotype"]
    ops = table[0].ops
    assert {"sepconv7x7", "facconv7x7", "maxpool5x5", "zero", "relu-conv1x1-bn"} <= set(ops)
    joins = [sum(edge[1] == i for edge in table[0].edges) for i, name in enumerate(ops) if name == "concat"]
    assert joins == [2, 2]


def test_the_network_of_such_cells_is_that_of_darts_around_them(tmp_path):
    """Five vertices that all are joined, of which none has a weight but the last."""
    skips = [("skip_connect", i % 2) for i in range(8)]
    (tmp_path / "g.py").write_text(
        f"a = {cell(*skips, *skips[:2], concat='[2, 3, 4, 5, 6]')}; b = {cell(*skips, concat='[2, 3, 4, 5]')}"
    )
    table = read_genotypes(tmp_path / "g.py")
    five, four = (
        blueprint(graph, str(space), (3, 32, 32), 10, channels=8, layers=2)
        for graph, space in zip(table, table.space, strict=True)
    )
    assert table.space.tolist() == ["genotype", "darts"]
    assert five.cost.params > four.cost.params


def test_what_does_not_fit_is_named_and_the_rest_is_read(tmp_path):
    (tmp_path / "g.py").write_text(f"A = {MOBILE}\n{DARTS}")
    with pytest.warns(
        UserWarning, match=r"line 1, A: normal: unknown operation 'mobilenetV3_1.0_3x3_Hswish'.* left out"
    ):
        table = read_genotypes(tmp_path / "g.py")
    assert table.ids.tolist() == ["DARTS_V2"]


def test_the_keys_of_a_dictionary_and_its_words_are_ids(tmp_path):
    member = read_table(tmp_path)[0]
    text = spaces.get("darts").to_native(member)
    (tmp_path / "g.py").write_text(f"ZOO = dict(V1={text}, V2={text})\nMORE = {{'V3': genotypes.{text}}}")
    table = read_genotypes(tmp_path / "g.py")
    assert table.ids.tolist() == ["V1", "V2", "V3"]
    assert all(graph == member for graph in table)


def test_a_genotype_that_is_a_dictionary_is_read(tmp_path):
    member = read_table(tmp_path)[0]
    text = spaces.get("darts").to_native(member)
    quoted = re.sub(r"(\w+)=", r"'\1': ", text.removeprefix("Genotype(").removesuffix(")"))
    (tmp_path / "g.py").write_text(f"best = {{{quoted}}}")
    table = read_genotypes(tmp_path / "g.py")
    assert table.ids.tolist() == ["best"]
    assert table[0] == member


def test_a_training_log_is_read_each_of_its_genotypes(tmp_path):
    text = spaces.get("darts").to_native(read_table(tmp_path)[0])
    lines = [f"2019-01-15 18:59:4{i},123 genotype = {text}\n2019-01-15 train_acc 99.8\n" for i in range(3)]
    (tmp_path / "log.txt").write_text("".join(lines))
    table = read_genotypes(tmp_path / "log.txt")
    assert table.ids.tolist() == ["genotype-0", "genotype-1", "genotype-2"]


def test_a_text_without_genotypes_says_what_is_looked_for(tmp_path):
    (tmp_path / "log.txt").write_text("2019-01-15 train_acc 99.8\n")
    with pytest.raises(InputError, match=r"log.txt holds no Genotype\(normal="):
        read_genotypes(tmp_path / "log.txt")


def test_comments_and_definitions_are_no_genotypes(tmp_path):
    (tmp_path / "g.py").write_text(f"# OLD = {MOBILE}\nclass Genotype(NamedTuple):\n    normal: list\n{DARTS}")
    assert read_genotypes(tmp_path / "g.py").ids.tolist() == ["DARTS_V2"]


def test_a_cell_as_lists_of_vertices_with_weights_is_read(tmp_path):
    vertices = [[("sep_conv_3x3", 0, 0.3), ("skip_connect", 1, 0.2)]] * 4
    (tmp_path / "g.py").write_text(f"G = {cell(*vertices)}")
    assert read_genotypes(tmp_path / "g.py").space.tolist() == ["darts"]


@pytest.mark.parametrize("count", COUNTS)
def test_damaged_genotypes_are_refused_or_read(survives, count):
    assert survives(read_genotypes, cut_or_flip(DARTS.encode()), "g.py", count) > count / 4


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.filterwarnings("ignore:.*is left out")
def test_texts_that_look_like_genotypes_are_refused_or_read(survives, count):
    assert count / 5 < survives(read_genotypes, texts(), "g.py", count) < count
