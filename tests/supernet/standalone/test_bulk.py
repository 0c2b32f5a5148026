import json

import numpy as np
import pytest
import torch

import supernet.standalone.training
from archgraph import ArchTable, InputError, spaces
from archgraph.networks.choice import NetworkChoice
from archgraph.networks.registry import blueprint
from archgraph.seeds import derive_seed
from supernet.network import Network
from supernet.standalone.bulk import BulkPlan, rows_together, train_table
from supernet.standalone.training import Recipe
from supernet.standalone.weights import load_weights, weights_path

PLAN = BulkPlan(Recipe(epochs=1), seeds=2, slots=2, network=NetworkChoice(settings={"width": 4}))


@pytest.fixture
def table():
    space = spaces.get("dag:1-3x2")
    natives = ["1:|2:0-1", "2:|1:", "3:0-1|1:", "1:|1:", "3:0-1,1-2|3:"]
    return ArchTable.from_graphs(map(space.from_native, natives), ids=natives, space=space.name)


def test_every_architecture_gets_its_figures(table, small_digits, tmp_path):
    lines = []
    made = train_table(table, small_digits, PLAN, tmp_path / "j", lambda new, fresh: lines.extend(new))
    assert len(lines) == 10
    for metric in ("val_acc", "val_loss", "test_acc", "test_loss"):
        own = made.metrics[[f"{metric}_0", f"{metric}_1"]].to_numpy()
        np.testing.assert_allclose(own.mean(1), made.metrics[metric])
        assert (own[:, 0] != own[:, 1]).any()
    assert (made.metrics.seconds > 0).all()
    for row, graph in enumerate(made):
        cost = blueprint(graph, "dag", small_digits.shape, 10, width=4).cost
        assert (made.metrics.params[row], made.metrics.flops[row]) == (cost.params, cost.flops)


def test_a_stopped_run_goes_on_with_the_numbers_of_an_unstopped_one(table, small_digits, tmp_path):
    def interrupt(lines, fresh):
        if lines and lines[0]["row"] == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_table(table, small_digits, PLAN, tmp_path / "a", interrupt)
    assert len((tmp_path / "a").read_text().splitlines()) == 1 + 4
    news = []
    again = train_table(table, small_digits, PLAN, tmp_path / "a", lambda new, fresh: news.append((len(new), fresh)))
    assert news[0] == (4, False)
    whole = train_table(table, small_digits, PLAN, tmp_path / "b")
    drop = ["seconds"]
    np.testing.assert_array_equal(again.metrics.drop(columns=drop), whole.metrics.drop(columns=drop))


def test_more_seeds_of_the_same_plan_keep_what_is_done(table, small_digits, tmp_path):
    train_table(table, small_digits, BulkPlan(PLAN.recipe, 1, 0, 2, PLAN.network), tmp_path / "j")
    counts = []
    train_table(table, small_digits, PLAN, tmp_path / "j", lambda new, fresh: counts.append((len(new), fresh)))
    assert counts == [(5, False), (2, True), (2, True), (1, True)]


def test_what_trained_together_is_trained_again_where_a_crash_kept_some_lines(table, small_digits, tmp_path):
    whole = train_table(table, small_digits, PLAN, tmp_path / "j")
    lines = (tmp_path / "j").read_text()
    (tmp_path / "j").write_text(lines[: lines.rindex("\n", 0, -60) - 20])
    again = train_table(table, small_digits, PLAN, tmp_path / "j")
    np.testing.assert_array_equal(again.metrics.drop(columns="seconds"), whole.metrics.drop(columns="seconds"))


def test_weights_are_kept_and_give_the_figures_again(table, small_digits, tmp_path):
    made = train_table(table, small_digits, PLAN, tmp_path / "j", weights=tmp_path / "w")
    state, build = load_weights(weights_path(tmp_path / "w", "3:0-1|1:"))
    assert build.hash == table[2].canonical_hash()
    network = Network(blueprint(table[2], build.space, build.image, build.classes, **build.network), 0)
    network.load_weights(state)
    with torch.no_grad():
        right = network.eval()(small_digits.test.images).argmax(1) == small_digits.test.labels
    assert right.float().mean().item() == pytest.approx(made.metrics.test_acc_0[2], abs=1e-6)


def test_an_architecture_that_cannot_be_compiled_is_named(small_digits, tmp_path):
    from archgraph import ArchGraph

    bad = ArchGraph(["input", "matmul", "output"], [(0, 1), (1, 2)])
    table = ArchTable.from_graphs([bad], ids=["odd"], space="mine")
    with pytest.raises(InputError, match=r"architecture odd: .*node 1 \(matmul\)"):
        train_table(table, small_digits, BulkPlan(Recipe(1)), tmp_path / "j")


def test_work_that_kept_no_weights_is_not_taken_for_work_that_did(table, small_digits, tmp_path):
    train_table(table, small_digits, PLAN, tmp_path / "j")
    with pytest.raises(InputError, match="other settings"):
        train_table(table, small_digits, PLAN, tmp_path / "j", weights=tmp_path / "w")


def test_what_cannot_be_written_is_said_before_anything_is_trained(table, small_digits, tmp_path, monkeypatch):
    monkeypatch.setattr("supernet.standalone.bulk.train_blueprints", None)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="it is a file"):
        train_table(table, small_digits, PLAN, tmp_path / "j", weights=tmp_path / "file")
    twins = ArchTable.from_graphs(list(table), ids=["a", "b|c", "d", "b_c", "e"], space=str(table.space[0]))
    with pytest.raises(InputError, match=r"graphs 1 and 3 would both keep their weights in .*b_c\.safetensors"):
        train_table(twins, small_digits, PLAN, tmp_path / "j", weights=tmp_path / "w")
    for name in ("seconds", "val_acc_1"):
        table.metrics = table.metrics[[]].assign(**{name: 1.0})
        with pytest.raises(InputError, match=f"have a metric {name} already"):
            train_table(table, small_digits, PLAN, tmp_path / "j")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_architectures_of_different_depths_do_not_train_together(small_digits):
    made = [
        blueprint(spaces.get(f"dag:1-2x{d}").from_native("|".join(["1:"] * d)), "dag", (1, 8, 8), 10) for d in (1, 2, 1)
    ]
    assert rows_together(made, 8) == [[0, 2], [1]]


def test_what_graphs_say_of_their_costs_is_said_anew(table, small_digits, tmp_path):
    table = table[:1].with_metrics(params=[1.0], flops=[1.0])
    made = train_table(
        table, small_digits, BulkPlan(Recipe(1), network=NetworkChoice(settings={"width": 4})), tmp_path / "j"
    )
    cost = blueprint(table[0], "dag", small_digits.shape, 10, width=4).cost
    assert (made.metrics.params[0], made.metrics.flops[0]) == (cost.params, cost.flops)


@pytest.fixture
def diverging(monkeypatch):
    """Networks whose seed is drawn for the second row start from weights that are no numbers."""
    plain = supernet.standalone.training.Bank

    def made(blueprints, seeds):
        bank = plain(blueprints, seeds)
        for network, seed in enumerate(seeds):
            if seed == derive_seed(PLAN.seed, "weights", 1, 1):
                with torch.no_grad():
                    for _, value, slot in bank.tensors(network):
                        if value.is_floating_point():
                            value[slot] = float("nan")
        return bank

    monkeypatch.setattr(supernet.standalone.training, "Bank", made)


def test_a_training_that_diverges_has_no_figures_and_says_why(table, small_digits, tmp_path, diverging):
    lines = []
    made = train_table(table, small_digits, PLAN, tmp_path / "j", lambda new, fresh: lines.extend(new))
    json.loads(json.dumps(lines, allow_nan=False))
    [line] = [line for line in lines if "reason" in line]
    assert (line["row"], line["seed"], line["val_acc"]) == (1, 1, None)
    assert "NaN" not in (tmp_path / "j").read_text()
    assert made.metrics.loc[1, ["val_acc", "val_acc_1", "test_loss"]].isna().all()
    assert made.metrics.loc[1, ["val_acc_0", "seconds", "params"]].notna().all()
    assert made.metrics.drop(index=1).notna().all().all()
    assert [bool(note) for note in made.meta] == [False, True, False, False, False]
    assert made.meta[1]["reason"].startswith("training 2 of 2: the training diverged: its loss is no finite number in")
    made.write(tmp_path / "t.jsonl")
    assert "NaN" not in (tmp_path / "t.jsonl").read_text()
    assert ArchTable.read(tmp_path / "t.jsonl").meta == made.meta


def test_others_of_the_bank_have_the_numbers_that_they_have_without_one_that_diverges(
    table, small_digits, tmp_path, request
):
    whole = train_table(table, small_digits, PLAN, tmp_path / "a")
    request.getfixturevalue("diverging")
    made = train_table(table, small_digits, PLAN, tmp_path / "b")
    others = ["val_acc_0", "val_acc_1", "val_loss_0", "val_loss_1"]
    np.testing.assert_array_equal(made.metrics.drop(index=1)[others], whole.metrics.drop(index=1)[others])


def test_weights_of_a_training_that_diverged_are_not_kept(table, small_digits, tmp_path):
    plan = BulkPlan(Recipe(epochs=1, learning_rate=1e30), slots=5, network=PLAN.network)
    made = train_table(table, small_digits, plan, tmp_path / "j", weights=tmp_path / "w")
    assert made.metrics.val_acc.isna().all()
    assert list((tmp_path / "w").iterdir()) == []
