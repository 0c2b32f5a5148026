# `make demo` and `make test` are all that a fresh clone needs; both build .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# A test file runs in one process, a process a core, each with one thread.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadfile

.PHONY: demo test test-all test-lowest test-newest campaign lint format docs docs-test release clean

demo: $(READY)
	$(BIN)/archgraph demo -o demo

test: $(READY)
	$(PYTEST)

test-all: $(READY)
	$(PYTEST) -m ""

# The same with the lowest releases that pyproject.toml allows, and with the newest there are; environments of their own.
test-lowest: .venv-lowest/.ready
	OMP_NUM_THREADS=1 .venv-lowest/bin/python -m pytest -n auto --dist loadfile

test-newest: .venv-newest/.ready
	OMP_NUM_THREADS=1 .venv-newest/bin/python -m pytest -n auto --dist loadfile

# Everything that was tried to break promises, at length: hours. tests/campaign.py says how often.
campaign: $(READY)
	$(PYTEST) -m campaign

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The site, into build/docs, without network; a warning is an error.
docs: $(READY)
	$(BIN)/python docs/tools/site_build.py

# Every code block of the pages, each page in an empty folder.
docs-test: $(READY)
	$(BIN)/python docs/tools/site_blocks.py

# make release VERSION=0.2.0: version, changelog, tests, sdist, wheel, commit and tag; nothing is uploaded.
release: lint test
	$(BIN)/python .ci/release.py $(VERSION)

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(READY): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $(READY)

.venv-lowest/.ready: pyproject.toml .ci/lowest.py
	test -x .venv-lowest/bin/python || $(PYTHON) -m venv .venv-lowest
	mkdir -p build
	$(PYTHON) .ci/lowest.py > build/lowest.txt
	.venv-lowest/bin/python -m pip install --quiet --disable-pip-version-check -c build/lowest.txt -e '.[test]'
	touch $@

.venv-newest/.ready: pyproject.toml
	test -x .venv-newest/bin/python || $(PYTHON) -m venv .venv-newest
	.venv-newest/bin/python -m pip install --quiet --disable-pip-version-check --upgrade --upgrade-strategy eager -e '.[test]'
	touch $@

clean:
	rm -rf $(VENV) .venv-lowest .venv-newest build dist *.egg-info
