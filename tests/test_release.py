"""What a release changes, and what it refuses."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = ("pyproject.toml", "archgraph/__init__.py", "CITATION.cff", "CHANGELOG.md", "UPGRADING.md")


@pytest.fixture(scope="module")
def released():
    spec = importlib.util.spec_from_file_location("release", ROOT / ".ci" / "release.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.released


@pytest.fixture
def texts():
    return {
        "pyproject.toml": '[project]\nversion = "0.1.0"\n',
        "archgraph/__init__.py": '__version__ = "0.1.0"\n',
        "CITATION.cff": "cff-version: 1.2.0\nversion: 0.1.0\nlicense: x\n",
        "CHANGELOG.md": "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A thing.\n",
        "UPGRADING.md": "## From 0.1.0 to what comes next\n",
    }


def test_the_version_and_the_date_stand_everywhere(released, texts):
    found = released(texts, "0.2.0", "2026-11-30")
    assert found["pyproject.toml"] == '[project]\nversion = "0.2.0"\n'
    assert found["archgraph/__init__.py"] == '__version__ = "0.2.0"\n'
    assert found["CITATION.cff"] == 'cff-version: 1.2.0\nversion: 0.2.0\ndate-released: "2026-11-30"\nlicense: x\n'
    assert "## [Unreleased]\n\n## [0.2.0] - 2026-11-30\n\n### Added" in found["CHANGELOG.md"]
    assert found["UPGRADING.md"] == "## From 0.1.0 to 0.2.0\n"


@pytest.mark.parametrize("version", ["0.1.0", "0.0.9", "1", "v1.0.0", "1.0.0rc1"])
def test_a_version_that_is_none_or_no_later_one_is_refused(released, texts, version):
    with pytest.raises(ValueError, match="later than"):
        released(texts, version, "2026-11-30")


def test_nothing_new_is_no_release(released, texts):
    found = released(texts, "0.2.0", "2026-11-30")
    with pytest.raises(ValueError, match="nothing under"):
        released(found, "0.3.0", "2026-12-01")


def test_the_files_of_this_tree_can_be_released(released):
    texts = {name: (ROOT / name).read_text(encoding="utf-8") for name in FILES}
    texts["CHANGELOG.md"] = texts["CHANGELOG.md"].replace(
        "## [Unreleased]\n", "## [Unreleased]\n\n### Added\n\n- A thing.\n"
    )
    found = released(texts, "99.0.0", "2026-11-30")
    assert all(found[name] != texts[name] for name in FILES[:4])
