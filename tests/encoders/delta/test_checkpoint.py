import json
import shutil

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from archgraph import InputError
from encoders import load_delta
from encoders.delta.checkpoint import _config_digest, _digest


def test_a_moved_checkpoint_predicts_the_same(predictor, saved, table, tmp_path):
    shutil.copytree(saved, tmp_path / "elsewhere" / "d")
    loaded = load_delta(tmp_path / "elsewhere" / "d")
    assert (
        repr(loaded) == repr(predictor) == f"DeltaPredictor(acc, 60 labels, {len(predictor.features.names)} features)"
    )
    for got, expected in ((loaded.predict(table), predictor.predict(table)),):
        np.testing.assert_array_equal(got.mean, expected.mean)
        np.testing.assert_array_equal(got.std, expected.std)


@pytest.mark.parametrize(
    ("file", "use"),
    [
        ("model.safetensors", lambda folder: load_delta(folder)),
        ("anchors.parquet", lambda folder: load_delta(folder).anchors),
    ],
)
def test_a_tampered_checkpoint_is_refused_where_it_is_used(saved, tmp_path, file, use):
    shutil.copytree(saved, tmp_path / "d")
    content = bytearray((tmp_path / "d" / file).read_bytes())
    content[-9] ^= 1
    (tmp_path / "d" / file).write_bytes(bytes(content))
    with pytest.raises(InputError, match=f"{file} was changed"):
        use(tmp_path / "d")
    (tmp_path / "d" / file).unlink()
    with pytest.raises(InputError, match=f"lacks its file {file}"):
        load_delta(tmp_path / "d")


def test_a_changed_configuration_is_refused(saved, tmp_path):
    shutil.copytree(saved, tmp_path / "d")
    config = json.loads((tmp_path / "d" / "config.json").read_text())
    (tmp_path / "d" / "config.json").write_text(json.dumps(config | {"metric": "loss"}))
    with pytest.raises(InputError, match="was changed"):
        load_delta(tmp_path / "d")
    (tmp_path / "d" / "config.json").write_text(json.dumps(config | {"version": "9.0.0"}))
    with pytest.raises(InputError, match=r"was written by archgraph 9\.0\.0"):
        load_delta(tmp_path / "d")
    (tmp_path / "d" / "config.json").write_text(json.dumps({"kind": "encoder"}))
    with pytest.raises(InputError, match="of kind 'encoder'"):
        load_delta(tmp_path / "d")
    (tmp_path / "d" / "config.json").write_text("{")
    with pytest.raises(InputError, match="damaged difference predictor"):
        load_delta(tmp_path / "d")
    with pytest.raises(InputError, match="is no difference predictor"):
        load_delta(tmp_path)


def test_predicting_opens_the_configuration_and_the_model_alone(predictor, saved, table, tmp_path):
    shutil.copytree(saved, tmp_path / "d")
    (tmp_path / "d" / "anchors.parquet").write_bytes(b"not asked for")
    loaded = load_delta(tmp_path / "d")
    np.testing.assert_array_equal(loaded.predict(table).mean, predictor.predict(table).mean)
    np.testing.assert_array_equal(loaded.difference(table[:1], table).mean, predictor.difference(table[:1], table).mean)
    with pytest.raises(InputError, match=r"anchors\.parquet was changed"):
        len(loaded.anchors)


def test_a_checkpoint_of_version_0_1_predicts_the_same(predictor, saved, table, tmp_path):
    folder = tmp_path / "d"
    shutil.copytree(saved, folder)
    arrays = load_file(folder / "model.safetensors")
    save_file(
        {name: value for name, value in arrays.items() if not name.startswith("anchors.")},
        folder / "model.safetensors",
    )
    config = json.loads((folder / "config.json").read_text())
    old = {"distance from input ": "place ", "backward walk": "walk back", "forward walk": "walk on"}
    for new, before in old.items():
        config["features"] = [name.replace(new, before) for name in config["features"]]
    config["files"]["model.safetensors"] = _digest(folder / "model.safetensors")
    config["digest"] = _config_digest(config)
    (folder / "config.json").write_text(json.dumps(config))
    loaded = load_delta(folder)
    assert loaded.features.names == predictor.features.names != config["features"]
    np.testing.assert_array_equal(loaded.predict(table).mean, predictor.predict(table).mean)


def test_a_checkpoint_of_other_features_is_refused(saved, tmp_path):
    shutil.copytree(saved, tmp_path / "d")
    config = json.loads((tmp_path / "d" / "config.json").read_text())
    config["features"][0] = "colour"
    config["digest"] = _config_digest(config)
    (tmp_path / "d" / "config.json").write_text(json.dumps(config))
    with pytest.raises(InputError, match="trained with other features"):
        load_delta(tmp_path / "d")
