import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from archgraph import InputError
from archgraph.operation import DESCRIBED, KINDS
from encoders.delta.checkpoint import load_delta
from encoders.embedding.buckets import BucketGenerator
from encoders.embedding.checkpoint import EncoderCheckpoint, load_encoder
from encoders.embedding.pretrain import PretrainConfig, pretrain, split

FILES = {"config.json", "model.safetensors", "curve.csv", "members.parquet", "buckets.safetensors"}


def test_a_checkpoint_comes_back_exactly(checkpoint, members, space, tmp_path):
    checkpoint.save(tmp_path / "enc")
    loaded = load_encoder(tmp_path / "enc")
    assert torch.equal(loaded.pretrained.encoder.encode(members), checkpoint.pretrained.encoder.encode(members))
    assert loaded.pretrained.metrics == checkpoint.pretrained.metrics
    assert loaded.pretrained.curve == checkpoint.pretrained.curve
    assert loaded.space().name == space.name
    drawn = [c.generator.sample(30, np.random.default_rng(2)) for c in (loaded, checkpoint)]
    np.testing.assert_array_equal(*drawn)
    points = torch.randn(20, 32)
    assert torch.equal(loaded.decoder(space.name)(points), checkpoint.decoder(space.name)(points))
    assert {p.name for p in (tmp_path / "enc").iterdir()} == FILES


def test_what_was_held_out_is_known_whatever_its_share(space, members, tmp_path):
    config = PretrainConfig(latent=4, steps=2, batch_size=16, pairs=20, look_every=2, held_out=0.3)
    trained = pretrain(members[:100], config, 5, {space.name: space})
    generator = BucketGenerator(members[:100], trained.encoder.encode(members[:100]).numpy(), 8, 0)
    EncoderCheckpoint(trained, generator, [space], 5).save(tmp_path / "enc")
    kept, held_out = load_encoder(tmp_path / "enc").parts()
    assert [len(kept), len(held_out)] == [70, 30]
    np.testing.assert_array_equal(held_out, split(100, 30, 5)[1])
    fewer = BucketGenerator(members[:70], generator.embeddings[:70], 8, 0)
    with pytest.raises(InputError, match="not known"):
        EncoderCheckpoint(trained, fewer, [space], 5).parts()


def test_a_checkpoint_can_be_moved(checkpoint, members, tmp_path):
    checkpoint.save(tmp_path / "enc")
    (tmp_path / "far").mkdir()
    (tmp_path / "enc").rename(tmp_path / "far" / "away")
    assert len(load_encoder(tmp_path / "far" / "away").generator.members) == len(members)


def test_saving_again_replaces_the_checkpoint_and_leaves_nothing_else(checkpoint, tmp_path):
    checkpoint.save(tmp_path / "enc")
    checkpoint.save(tmp_path / "enc")
    assert [p.name for p in tmp_path.iterdir()] == ["enc"]


def test_a_stop_while_the_older_checkpoint_is_removed_loses_nothing(checkpoint, tmp_path, monkeypatch):
    checkpoint.save(tmp_path / "enc")

    def interrupted(path, ignore_errors=False):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("archgraph.persistence.folders.shutil.rmtree", interrupted)
        with pytest.raises(KeyboardInterrupt):
            replace(checkpoint, seed=7).save(tmp_path / "enc")
    assert load_encoder(tmp_path / "enc").seed == 7


def test_a_space_that_it_does_not_know_is_named_with_the_choices(checkpoint):
    with pytest.raises(InputError, match="knows the spaces: nasbench201"):
        checkpoint.space("darts")
    with pytest.raises(InputError, match="no decoder for darts"):
        checkpoint.decoder("darts")


@pytest.mark.parametrize("config", ['{"model_type": "bert"}', '{"kind": "delta"}', "[]", "not JSON"])
def test_the_model_of_another_program_is_not_replaced(checkpoint, tmp_path, config):
    (tmp_path / "bert").mkdir()
    (tmp_path / "bert" / "config.json").write_text(config)
    with pytest.raises(InputError, match="is no checkpoint of that kind"):
        checkpoint.save(tmp_path / "bert")
    assert (tmp_path / "bert" / "config.json").read_text() == config


def test_a_folder_that_is_no_checkpoint_is_neither_read_nor_replaced(checkpoint, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    with pytest.raises(InputError, match="is no checkpoint"):
        checkpoint.save(tmp_path / "thesis")
    with pytest.raises(InputError, match="is no encoder"):
        load_encoder(tmp_path / "thesis")
    assert (tmp_path / "thesis" / "chapter.txt").read_text() == "years of work"


USES = {
    "config.json": load_encoder,
    "model.safetensors": load_encoder,
    "members.parquet": lambda folder: load_encoder(folder).generator,
    "buckets.safetensors": lambda folder: load_encoder(folder).generator,
}


@pytest.mark.parametrize("damage", sorted(USES))
def test_a_damaged_file_gives_one_clear_error_where_it_is_used(checkpoint, tmp_path, damage):
    checkpoint.save(tmp_path / "enc")
    path = tmp_path / "enc" / damage
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match="enc"):
        USES[damage](tmp_path / "enc")


def test_what_is_not_asked_for_is_not_read(checkpoint, members, tmp_path):
    checkpoint.save(tmp_path / "enc")
    for name in ("members.parquet", "buckets.safetensors", "curve.csv"):
        (tmp_path / "enc" / name).write_bytes(b"not\nasked,for")
    loaded = load_encoder(tmp_path / "enc")
    assert torch.equal(loaded.pretrained.encoder.encode(members), checkpoint.pretrained.encoder.encode(members))
    assert list(loaded.pretrained.decoders) == list(checkpoint.pretrained.decoders)
    with pytest.raises(InputError, match="damaged"):
        _ = loaded.pretrained.curve


@pytest.mark.parametrize("config", ["[]", "3", '{"kind": "delta", "digest": 1}', '{"operation_kinds": []}'])
@pytest.mark.parametrize("load", [load_encoder, load_delta])
def test_a_config_of_another_form_gives_one_clear_error(tmp_path, load, config):
    (tmp_path / "config.json").write_text(config)
    with pytest.raises(InputError, match=str(tmp_path)):
        load(tmp_path)


def test_a_checkpoint_of_another_kind_is_no_encoder(checkpoint, tmp_path):
    checkpoint.save(tmp_path / "enc")
    config = json.loads((tmp_path / "enc" / "config.json").read_text())
    (tmp_path / "enc" / "config.json").write_text(json.dumps(config | {"kind": "delta"}))
    with pytest.raises(InputError, match="is no encoder of an embedding space but of kind 'delta'"):
        load_encoder(tmp_path / "enc")


@pytest.mark.parametrize("missing", sorted(FILES))
def test_a_checkpoint_that_lacks_a_file_gives_one_clear_error(checkpoint, tmp_path, missing):
    checkpoint.save(tmp_path / "enc")
    (tmp_path / "enc" / missing).unlink()
    with pytest.raises(InputError, match="enc"):
        load_encoder(tmp_path / "enc")


def test_a_checkpoint_that_knew_fewer_kinds_and_no_names_gives_the_states_that_it_gave(checkpoint, members, tmp_path):
    """As version 0.1 wrote it: 21 kinds, and no features but those of the description."""
    checkpoint.save(tmp_path / "enc")
    file = tmp_path / "enc" / "model.safetensors"
    weights, old, width = load_file(file), 21, len(KINDS)
    node = weights["0.network.node.weight"]
    node[:, old:width] = 0
    node[:, width + DESCRIBED :] = 0
    save_file(weights, file)
    right = load_encoder(tmp_path / "enc").pretrained.encoder.encode(members)
    weights["0.network.node.weight"] = torch.cat([node[:, :old], node[:, width : width + DESCRIBED]], dim=1)
    save_file(weights, file)
    config = json.loads((tmp_path / "enc" / "config.json").read_text())
    config["operation_kinds"] = list(KINDS[:old])
    (tmp_path / "enc" / "config.json").write_text(json.dumps(config))
    assert torch.equal(load_encoder(tmp_path / "enc").pretrained.encoder.encode(members), right)


def test_a_checkpoint_that_read_out_the_sum_alone_gives_the_points_that_it_gave(checkpoint, members, tmp_path):
    """As version 0.1 wrote it."""
    checkpoint.save(tmp_path / "enc")
    file = tmp_path / "enc" / "model.safetensors"
    weights = load_file(file)
    head = weights["0.head.weight"]
    head[:, head.shape[1] // 2 :] = 0
    save_file(weights, file)
    right = load_encoder(tmp_path / "enc").pretrained.encoder.encode(members)
    names = {"0.network.after": "0.readout.0", "0.network.of_nodes": "0.readout.1"}
    old = {}
    for name, value in weights.items():
        module, _, kind = name.rpartition(".")
        if not module.endswith("of_output"):
            old[f"{names.get(module, module.replace('0.network.', '0.'))}.{kind}"] = value
    old["0.head.weight"] = (head[:, : head.shape[1] // 2] / 4).contiguous()  # the sum is divided today
    save_file(old, file)
    torch.testing.assert_close(load_encoder(tmp_path / "enc").pretrained.encoder.encode(members), right)


def test_a_checkpoint_of_another_vocabulary_is_refused(checkpoint, tmp_path):
    checkpoint.save(tmp_path / "enc")
    config = json.loads((tmp_path / "enc" / "config.json").read_text())
    config["operation_kinds"].append("telepathy")
    (tmp_path / "enc" / "config.json").write_text(json.dumps(config))
    with pytest.raises(InputError, match="train it anew"):
        load_encoder(tmp_path / "enc")


def test_a_description_that_is_nested_too_deep_is_a_damaged_one(tmp_path):
    (tmp_path / "config.json").write_text("[" * 200_000)
    with pytest.raises(InputError, match="damaged"):
        load_encoder(tmp_path)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"version": "9.0.0"}, r"was written by archgraph 9\.0\.0, and this is"),
        ({"version": "0.2"}, "version '0.2' wrote it, which is none"),
        ({"version": None}, "which is none"),
        ({"version": [1]}, "which is none"),
        ({"seed": "x"}, "seed is a whole number from 0, but got 'x'"),
        ({"seed": -1}, "seed is a whole number from 0"),
        ({"seed": 1.5}, "seed is a whole number from 0"),
        ({"metrics": []}, "metrics are numbers by name"),
        ({"metrics": {"graphs": "many"}}, "'graphs' is a number, but got 'many'"),
    ],
)
def test_what_a_checkpoint_says_of_its_training_is_held_against_what_it_can_be(checkpoint, tmp_path, changed, said):
    checkpoint.save(tmp_path / "enc")
    config = json.loads((tmp_path / "enc" / "config.json").read_text())
    (tmp_path / "enc" / "config.json").write_text(json.dumps(config | changed))
    with pytest.raises(InputError, match=said):
        load_encoder(tmp_path / "enc")


@pytest.mark.parametrize("version", ["0.0.1", "0.2.0", "0.1.0.dev3", "0.2.0+local"])
def test_a_checkpoint_of_today_or_before_is_read(checkpoint, tmp_path, version):
    checkpoint.save(tmp_path / "enc")
    config = json.loads((tmp_path / "enc" / "config.json").read_text())
    (tmp_path / "enc" / "config.json").write_text(json.dumps(config | {"version": version}))
    assert load_encoder(tmp_path / "enc").seed == checkpoint.seed
