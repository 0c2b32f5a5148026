"""What archgraph is made of and made into: the ranges of what it needs, licences, the sdist and the wheel."""

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from archgraph import spaces

ROOT = Path(__file__).parents[1]
PINNED = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().split())
NOT_COPIED = (".git", ".venv*", "build", "dist", "*.egg-info", "__pycache__", ".*_cache", ".hypothesis", ".benchmarks")
FROM_THE_WHEEL = (  # with all that travels beside the code: grammars, weights, templates, entry points
    "tests/archgraph/table",
    "tests/archgraph/cli/test_main.py",
    "tests/archgraph/spaces/grammar/test_space.py",
    "tests/encoders/test_shipped.py",
    "tests/supernet/export/test_python.py",
    "tests/search/comparison/test_report.py",
)


def tool(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / ".ci" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_lowest_versions_are_the_lower_ends_of_the_ranges():
    found = tool("lowest").lowest(["numpy>=2.1", "optuna>=5.0,<6", "psycopg[binary]>=3.2", "pandas-stubs", "a[b,c]"])
    assert list(found) == ["numpy==2.1", "optuna==5.0", "psycopg==3.2"]


def test_every_range_of_what_runs_has_a_lower_end_and_holds_what_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    needed = [line for name in ("onnx", "search", "tensorboard") for line in extras[name]]
    pinned = {name.lower(): number for name, number in PINNED.items()}
    for line in [*project["dependencies"], *needed]:
        assert ">=" in line
        assert pinned[Requirement(line).name.lower()] in Requirement(line).specifier


def test_the_licences_are_those_of_what_is_installed():
    tools = tool("licences")
    installed = tools.needed("archgraph", tools.EXTRAS)
    pinned = {tools.canonicalize_name(name): number for name, number in PINNED.items()}
    if other := [name for name in sorted(installed) if name in pinned and version(name) != pinned[name]]:
        pytest.skip(f"{other[0]} is installed in another version than constraints.txt pins")
    if sys.platform != "linux":
        pytest.skip("LICENCES.md lists what is installed on Linux")
    assert (ROOT / "LICENCES.md").read_text(encoding="utf-8") == tools.page(installed)


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    """The sdist of this tree, unpacked."""
    folder = tmp_path_factory.mktemp("sdist")
    tree = folder / "tree"
    shutil.copytree(ROOT, tree, symlinks=True, ignore=shutil.ignore_patterns(*NOT_COPIED))
    build("--sdist", folder, tree)
    [archive] = folder.glob("*.tar.gz")
    with tarfile.open(archive) as file:
        file.extractall(folder, filter="data")
    return folder / archive.name.removesuffix(".tar.gz")


def build(kind, where, source):
    command = [sys.executable, "-m", "build", "--no-isolation", kind, "--outdir", str(where), str(source)]
    pytest.importorskip("build")
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=where)


@pytest.mark.slow
def test_the_sdist_holds_all_that_a_clone_holds(sdist):
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")
    known = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\n")
    assert [name for name in known if name and not (sdist / name).exists()] == []
    assert {"CHANGELOG.md", "constraints.txt", "LICENCES.md"} <= {path.name for path in sdist.iterdir()}


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_wheel_of_the_sdist_passes_the_tests_of_the_sdist(sdist, tmp_path):
    build("--wheel", tmp_path, sdist)
    [wheel] = tmp_path.glob("*.whl")
    for package in ("archgraph", "encoders", "supernet", "search", "archgraph.egg-info"):
        shutil.rmtree(sdist / package)  # what is tested is the wheel's
    venv.create(tmp_path / "env", with_pip=False)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(tmp_path / "env")}))
    shutil.unpack_archive(wheel, packages, "zip")
    (packages / "others.pth").write_text(sysconfig.get_path("purelib"))  # whose own .pth files are not read
    python = [str(tmp_path / "env" / "bin" / "python"), "-P"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    where = [*python, "-c", "import archgraph, encoders; print(archgraph.__file__, encoders.__file__)"]
    found = subprocess.run(where, check=True, capture_output=True, text=True, cwd=sdist, env=environment).stdout.split()
    assert all(Path(file).is_relative_to(packages) for file in found)
    tests = [*python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *FROM_THE_WHEEL]
    ended = subprocess.run(tests, capture_output=True, text=True, cwd=sdist, env=environment)
    assert ended.returncode == 0, ended.stdout[-4000:]
    assert " passed" in ended.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", ["encode g.jsonl -o z.parquet", "encoder train g.jsonl --steps 2 --buckets 2 -o e --quiet"]
)
def test_nothing_is_left_in_the_temporary_folder(tmp_path, words):
    """torch-geometric's message passing writes a module there for each class; torch makes an empty folder."""
    spaces.get("dag:1-4").enumerate().write(tmp_path / "g.jsonl")
    (tmp_path / "tmp").mkdir()
    environment = {**os.environ, "TMPDIR": str(tmp_path / "tmp")}
    command = [sys.executable, "-m", "archgraph.cli.main", *words.split()]
    subprocess.run(command, check=True, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL)
    assert [path for path in (tmp_path / "tmp").rglob("*") if path.is_file()] == []
