"""Counts are those of the listed derivations, and draws are as likely as they say."""

from collections import Counter
from random import Random

from small_grammar import small

from archgraph.spaces.grammar.building import size
from archgraph.spaces.grammar.counting import Counts


def test_counts_are_those_of_a_listing():
    grammar = small().grammar
    counts = Counts(grammar)
    for n in counts.sizes:
        listed = list(counts.every(grammar.start, n))
        assert len(listed) == len(set(listed)) == counts.rule(grammar.start, n)
        assert {size(grammar, one) for one in listed} == {n}
    assert counts.total == sum(counts.rule(grammar.start, n) for n in range(grammar.most + 1))
    assert counts.fits(grammar.rules["op"][0].expression) == 0b10


def test_derivations_of_a_size_are_drawn_evenly():
    grammar = small().grammar
    counts, random = Counts(grammar), Random(0)
    n = 4
    total, draws = counts.rule(grammar.start, n), 20_000
    drawn = Counter(counts.draw(grammar.start, n, random) for _ in range(draws))
    assert set(drawn) == set(counts.every(grammar.start, n))
    expected = draws / total
    chi_square = sum((found - expected) ** 2 / expected for found in drawn.values())
    assert chi_square < total + 5 * (2 * total) ** 0.5


def test_weights_count_an_alternative_as_often():
    grammar = small().grammar
    plain, weighted = Counts(grammar), Counts(grammar, weighted=True)
    assert (plain.rule("cell", 2), weighted.rule("cell", 2)) == (4 + 2, 8 + 2)  # two in a row, and one twice
    random = Random(1)
    drawn = Counter(weighted.draw("cell", 2, random)[0] for _ in range(5000))
    assert abs(drawn[1] / 5000 - 0.8) < 0.03
