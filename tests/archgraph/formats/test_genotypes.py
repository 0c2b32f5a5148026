"""Files of DARTS genotypes."""

from __future__ import annotations

import pytest
from broken_inputs import COUNTS, cut_or_flip

from archgraph import InputError, spaces
from archgraph.formats.genotypes import read_genotypes

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
        (("'sep_conv_3x3', 0", "'sep_conv_9x9', 0"), "sep_conv_9x9"),
        (("'sep_conv_3x3', 0", "'sep_conv_3x3', 7"), "genotype 0"),
        (("('sep_conv_3x3', 0)", "__import__('os').system('true')"), "names and numbers only"),
        (("('sep_conv_3x3', 0)", "(" * 150 + ")" * 150), "pairs like"),
        (("('sep_conv_3x3', 0)", "(" * 9000), "not Python text"),
        (("normal_concat=[2, 3, 4, 5]", "normal_concat=range(0, 10**9)"), "names and numbers only"),
        (("reduce_concat=range(2, 6)", "extra=1"), "each once"),
        (("Genotype(\n", "Other(\n"), "holds no Genotype"),
    ],
)
def test_a_broken_genotype_is_refused(tmp_path, change, reason):
    (tmp_path / "g.py").write_text(DARTS.replace(*change, 1))
    with pytest.raises(InputError, match=reason):
        read_genotypes(tmp_path / "g.py")


@pytest.mark.parametrize("count", COUNTS)
def test_damaged_genotypes_are_refused_or_read(survives, count):
    assert survives(read_genotypes, cut_or_flip(DARTS.encode()), "g.py", count) > count / 4
