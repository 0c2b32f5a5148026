"""`archgraph generate` as its user meets it."""

import numpy as np

from archgraph import ArchTable, spaces
from archgraph.networks.cost import cost

SPACE = spaces.get("nasbench201")


def generated(archgraph, tmp_path, encoder, *options, n=12):
    code, _, err = archgraph("generate", "--encoder", encoder, "-n", n, *options, "-o", tmp_path / "out.jsonl")
    assert code == 0, err
    return ArchTable.read(tmp_path / "out.jsonl")


def test_graphs_are_generated_the_same_for_a_seed(archgraph, encoder):
    _, first, _ = archgraph("generate", "--encoder", encoder, "-n", 7, "--seed", 1)
    _, again, _ = archgraph("generate", "--encoder", encoder, "-n", 7, "--seed", 1)
    _, other, _ = archgraph("generate", "--encoder", encoder, "-n", 7, "--seed", 2)
    assert first == again != other
    assert len(first.splitlines()) == 7


def test_a_bucket_and_a_new_division_can_be_asked_for(archgraph, encoder, tmp_path):
    drawn = generated(archgraph, tmp_path, encoder, "--bucket", 3)
    assert len(set(drawn.hashes())) > 1
    alone = generated(archgraph, tmp_path, encoder, "--buckets", 400, "--bucket", 399)
    assert len(set(alone.hashes())) < len(set(drawn.hashes()))


def test_near_graphs_are_few_edits_away_and_not_the_given_ones(archgraph, encoder, tmp_path):
    given = ArchTable.from_graphs(SPACE.sample(1, np.random.default_rng(3)), space="nasbench201")
    given.write(tmp_path / "given.jsonl")
    near = generated(archgraph, tmp_path, encoder, "--near", tmp_path / "given.jsonl")
    edits = (SPACE.to_codes(near) != SPACE.to_codes(given)).sum(axis=1)
    assert np.median(edits) <= 2
    assert edits.min() >= 1
    around = generated(archgraph, tmp_path, encoder, "--near", tmp_path / "given.jsonl", "--spread", 0.3, "--decode")
    assert set(around.space) == {"nasbench201"}


def test_parameters_and_novelty_are_kept_to(archgraph, graphs, encoder, tmp_path):
    small = generated(archgraph, tmp_path, encoder, "--max-params", 3e5)
    assert max(cost(graph, SPACE).params for graph in small) <= 3e5
    new = generated(archgraph, tmp_path, encoder, "--decode", "--novel-to", graphs)
    assert not set(new.hashes()) & set(ArchTable.read(graphs).hashes())


def test_a_difference_predictor_says_which_graphs_come_first(archgraph, encoder, tmp_path):
    table = ArchTable.from_graphs(SPACE.sample(60, np.random.default_rng(5)), space="nasbench201")
    table = table.with_metrics(params=np.array([cost(graph, SPACE).params for graph in table], dtype=float))
    table.write(tmp_path / "labelled.jsonl")
    options = ["--metric", "params", "--encoder", "none", "-o", tmp_path / "delta"]
    assert archgraph("delta", "train", tmp_path / "labelled.jsonl", *options)[0] == 0
    best = generated(archgraph, tmp_path, encoder, "--maximise", tmp_path / "delta")
    sizes = [cost(graph, SPACE).params for graph in best]
    assert min(sizes) > np.quantile(table.metrics["params"], 0.9)
    code, _, err = archgraph("generate", "--encoder", encoder, "--maximise", tmp_path / "nowhere")
    assert (code, err.count("\n")) == (2, 1)
