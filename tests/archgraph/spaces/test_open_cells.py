from archgraph import spaces


def test_all_choices_are_walked_outer_before_inner_and_counted_once():
    opened = spaces.get("grammar:nested").open_cells()
    levels = [choice.level for choice in opened.root.walk()]
    assert levels[0] == 0
    assert set(levels) == {0, 1, 2}
    assert [choice.number for choice in opened.choices] == list(range(len(opened.choices)))


def test_a_derivation_is_a_member_where_it_fits():
    opened = spaces.get("grammar:nested").open_cells()
    one = (0, (0, (3,)))  # one inner cell of one operation
    assert opened.graph("cell", one).ops == ("input", "maxpool3x3", "output")
    assert opened.graph("inner", (1, (0,), (3,))).ops == ("input", "conv3x3-relu", "maxpool3x3", "output")
    assert opened.fits(one)
    assert opened.rules["op"] == ["conv3x3-relu", "conv1x1-relu", "conv3x3-dw-relu", "maxpool3x3"]
