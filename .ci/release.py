"""Makes a release of a clean tree: version, changelog, sdist and wheel in dist/, a commit and a tag. Uploads nothing.

python .ci/release.py 0.2.0
"""

from __future__ import annotations

import datetime
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
FORM = re.compile(r"\d+\.\d+\.\d+")


def released(texts: dict[str, str], version: str, date: str) -> dict[str, str]:
    """The files of a release from those of before.

    Args:
        texts: file -> what it holds; pyproject.toml, archgraph/__init__.py, CITATION.cff, CHANGELOG.md, UPGRADING.md.
        version: of the release.
        date: of the release, as 2026-11-30.

    Raises:
        ValueError: the version has another form or is no later one, or nothing is unreleased.
    """
    before = re.search(r'^version = "(.*)"$', texts["pyproject.toml"], re.M)
    if before is None or not FORM.fullmatch(version) or _key(version) <= _key(before[1]):
        raise ValueError(f"a version is written X.Y.Z and later than {before and before[1]}, but got {version!r}")
    if not re.search(r"^## \[Unreleased\]\n+### ", texts["CHANGELOG.md"], re.M):
        raise ValueError("CHANGELOG.md has nothing under [Unreleased]")
    return {
        "pyproject.toml": texts["pyproject.toml"].replace(before[0], f'version = "{version}"', 1),
        "archgraph/__init__.py": re.sub(
            r'^__version__ = ".*"$', f'__version__ = "{version}"', texts["archgraph/__init__.py"], flags=re.M
        ),
        "CITATION.cff": re.sub(
            r"^version: .*\n(date-released: .*\n)?",
            f'version: {version}\ndate-released: "{date}"\n',
            texts["CITATION.cff"],
            flags=re.M,
        ),
        "CHANGELOG.md": texts["CHANGELOG.md"].replace(
            "## [Unreleased]", f"## [Unreleased]\n\n## [{version}] - {date}", 1
        ),
        "UPGRADING.md": texts["UPGRADING.md"].replace("to what comes next", f"to {version}", 1),
    }


def _key(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def run(*command: str) -> str:
    """What a command prints; its failure ends the release."""
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def main(arguments: list[str]) -> int:
    """Make the release that is named."""
    if len(arguments) != 1:
        print("usage: make release VERSION=X.Y.Z", file=sys.stderr)
        return 2
    [version] = arguments
    if run("git", "status", "--porcelain"):
        print("release: the tree has changes that are not committed; commit or stash them", file=sys.stderr)
        return 2
    if run("git", "tag", "--list", f"v{version}"):
        print(f"release: there is a tag v{version} already", file=sys.stderr)
        return 2
    files = ("pyproject.toml", "archgraph/__init__.py", "CITATION.cff", "CHANGELOG.md", "UPGRADING.md")
    before = {name: (ROOT / name).read_text(encoding="utf-8") for name in files}
    try:
        after = released(before, version, datetime.datetime.now(datetime.UTC).date().isoformat())
    except ValueError as error:
        print(f"release: {error}", file=sys.stderr)
        return 2
    try:
        for name, text in after.items():
            (ROOT / name).write_text(text, encoding="utf-8")
        shutil.rmtree(ROOT / "dist", ignore_errors=True)
        run(sys.executable, "-m", "build", "--outdir", "dist", ".")
    except BaseException:
        for name, text in before.items():  # nothing is half released
            (ROOT / name).write_text(text, encoding="utf-8")
        raise
    run("git", "commit", "--quiet", "--all", "--message", f"Release {version}")
    run("git", "tag", "--annotate", f"v{version}", "--message", f"archgraph {version}")
    print(f"v{version} is tagged; dist/ holds:", *sorted(path.name for path in (ROOT / "dist").iterdir()), sep="\n  ")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
