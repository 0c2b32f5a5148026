# `make demo` and `make test` are all that a fresh clone needs; both build .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# A test file runs in one process, a process a core, each with one thread.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadfile

.PHONY: demo test test-all lint format docs docs-test release clean

demo: $(READY)
	$(BIN)/archgraph demo -o demo

test: $(READY)
	$(PYTEST)

test-all: $(READY)
	$(PYTEST) -m ""

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

clean:
	rm -rf $(VENV) build dist *.egg-info
