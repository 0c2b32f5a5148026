from encoders.shipped import located, shipped


def test_what_ships_is_found_by_name_and_small():
    assert "base" in shipped()
    for folder in shipped().values():
        assert {"config.json", "model.safetensors", "README.md"} <= {path.name for path in folder.iterdir()}
        assert sum(path.stat().st_size for path in folder.iterdir()) < 10_000_000
    assert located("base") == shipped()["base"]


def test_a_folder_of_that_name_comes_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "base").mkdir()
    assert str(located("base")) == "base"
    assert str(located("unknown")) == "unknown"
