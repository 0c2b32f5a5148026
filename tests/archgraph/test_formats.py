"""Foreign formats by name."""

import pytest

from archgraph import InputError, formats


@pytest.mark.parametrize("name", formats.FORMATS)
def test_a_source_that_is_missing_or_named_wrongly_is_refused(name: str, tmp_path) -> None:
    options = {"space": "macro", "native": "code"} if "native" in formats.FORMATS[name].options else {}
    with pytest.raises(InputError):
        formats.read(name, [str(tmp_path / "absent")], **options)


def test_an_unknown_format_lists_the_choices() -> None:
    with pytest.raises(InputError, match=r"'nasbench'; choose from nasbench101.*table"):
        formats.read("nasbench", [])


def test_an_option_of_another_format_is_refused() -> None:
    with pytest.raises(InputError, match="--shape does not belong to `archgraph import onnx`"):
        formats.read("onnx", ["x.onnx"], shape=(1, 3, 8, 8))


def test_a_format_of_one_source_reads_each_by_itself(tmp_path) -> None:
    for name, code in (("a", "02012100"), ("b", "11111221")):
        (tmp_path / f"{name}.json").write_text(f'{{"{code}": {{"test_acc": [90.0]}}}}')
    table = formats.read("macro", [str(tmp_path / "a.json"), str(tmp_path / "b.json")])
    assert table.ids.tolist() == ["02012100", "11111221"]
