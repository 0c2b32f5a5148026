"""Native forms and codes of derivations."""

import numpy as np
import pytest
from hypothesis import given, settings
from small_grammar import seeds, small

from archgraph.errors import InputError
from archgraph.spaces.grammar.codes import StructuredCodes, derived, from_native, most_uses, native


def every(space):
    return [one for n in space.counts.sizes for one in space.counts.every(space.grammar.start, n)]


def test_a_rule_has_as_many_positions_as_a_derivation_can_use():
    space = small()
    used: dict[str, int] = {}
    for derivation in every(space):
        found = dict.fromkeys(space.grammar.rules, 0)
        for _, rule, _ in space.edits.parts(derivation):
            found[rule] += 1
        used = {rule: max(count, used.get(rule, 0)) for rule, count in found.items()}
    assert most_uses(space.grammar) == used


def test_codes_and_forms_give_every_derivation_back():
    space = small()
    codes = StructuredCodes(space.grammar)
    for derivation in every(space)[::3]:
        assert from_native(space.grammar, native(space.grammar, derivation)) == derivation
        assert codes.derivation(codes.code(derivation)) == derivation


@settings(max_examples=30)
@given(seed=seeds)
def test_any_code_is_a_derivation_within_the_bounds_or_none(seed):
    space = small()
    code = np.random.default_rng(seed).integers(space.options).tolist()
    derivation = space.codes.derivation(code)
    assert derivation is None or space.graph(derivation) in space


def test_positions_are_named_by_rules_and_what_they_write():
    choices = small().choices
    assert choices["op 1"] == ("conv3x3-bn-relu", "maxpool3x3")
    assert choices["cell times"] == (2, 3)
    assert choices["block 2"][0] == "sum(op > relu, skip)"


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ("", "cell is chosen by 0 to 2, but there stands 'nothing'"),
        ("09", "block is chosen by 0 to 3, but there stands '9'"),
        ("0300", "goes on behind the last choice"),
        ("1304", "cell is chosen by 0 to 2, but there stands .4."),
        ("130" * 40, "describes more than the 9 nodes"),
    ],
)
def test_malformed_forms_are_refused(form, reason):
    with pytest.raises(InputError, match=reason):
        from_native(small().grammar, form)


def test_what_grows_without_end_is_given_up():
    assert derived(small().grammar, lambda rule: 1) is None


def test_positions_without_effect_are_no_edits():
    space = small()
    [graph] = space.sample(1, np.random.default_rng(3))
    from archgraph import ArchTable

    [code] = space.to_codes(ArchTable.from_graphs([graph]))
    changes = []
    for place, options in enumerate(space.options):
        other = code.copy()
        other[place] = (code[place] + 1) % options
        changes.append(int(space.edits_between(code[None], other[None])[0]))
    assert 0 in changes
    assert max(changes) >= 1
