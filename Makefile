# Two commands are all that a fresh machine with Python and make needs: `make demo` and `make test`.
# Each finished step leaves a stamp inside the environment, so that a second run does only what has changed.

PYTHON ?= python3
VENV ?= .venv
OUT ?= wellfit-out
# Test processes; auto takes one a core.
JOBS ?= auto

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --constraint constraints-dev.txt
WHEEL := build/installed
SOURCES := $(shell find src -name '*.py' -o -name py.typed -o -path '*/templates/*') pyproject.toml README.md LICENSE
CHECKED := src tests docs $(wildcard benchmarks) $(wildcard examples)

.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo test develop lint types imports tests docs gallery format clean

help:
	@echo 'make demo      set up $(VENV), fit the table in examples/, say where the model and the results are'
	@echo 'make test      set up $(VENV) with the development tools and run every check and test'
	@echo 'make docs      build the documentation into build/docs/html'
	@echo 'make gallery   run the studies and experiments that the documentation shows, where their sources have changed'
	@echo 'make develop   only set up $(VENV) with the development tools'
	@echo 'make format    put the source in the agreed form'
	@echo 'make clean     remove what these commands made, $(VENV) included'

demo: $(VENV)/.package
	$(BIN)/wellfit fit examples/abalone.csv --target rings --out $(OUT) --overwrite

test: lint types imports tests docs

develop: $(VENV)/.development

# An environment is kept if its pip runs, and made anew otherwise (an earlier run may have been cut short).
$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'wellfit needs Python 3.11 or later; choose one with: make PYTHON=python3.11 ...' >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/.package: $(VENV)/.created pyproject.toml constraints-dev.txt
	@echo 'Installing wellfit and what it needs into $(VENV) (once; some minutes on a slow line)'
	@$(PIP) --editable .
	@touch $@

$(VENV)/.development: $(VENV)/.created pyproject.toml constraints-dev.txt
	@echo 'Installing wellfit and the development tools into $(VENV) (once; some minutes on a slow line)'
	@$(PIP) --editable '.[dev,docs]'
	@touch $@ $(VENV)/.package

# The tests run against the package as a user gets it: built as a wheel, installed in a folder that comes before src.
$(WHEEL)/.stamp: $(VENV)/.development $(SOURCES)
	@rm -rf $(WHEEL)
	@$(PIP) --no-deps --no-build-isolation --target $(WHEEL) .
	@touch $@

lint: $(VENV)/.development
	$(BIN)/ruff check $(CHECKED)
	$(BIN)/ruff format --check $(CHECKED)

types: $(VENV)/.development
	$(BIN)/mypy

imports: $(VENV)/.development
	$(BIN)/lint-imports

tests: $(WHEEL)/.stamp
	PYTHONPATH=$(CURDIR)/$(WHEEL) OMP_NUM_THREADS=1 \
		$(BIN)/python -m pytest -n $(JOBS) --maxprocesses 4 --dist worksteal --doctest-modules --pyargs wellfit tests docs/generator

# After the tests, which have compiled the kernels that the pictures run.
docs: $(WHEEL)/.stamp
	PYTHONPATH=$(CURDIR)/$(WHEEL):$(CURDIR) OMP_NUM_THREADS=1 $(BIN)/python -m docs.build --out build/docs

gallery: $(VENV)/.development
	PYTHONPATH=$(CURDIR)/src:$(CURDIR) OMP_NUM_THREADS=1 $(BIN)/python -m docs.generator.gallery
	PYTHONPATH=$(CURDIR)/src:$(CURDIR) OMP_NUM_THREADS=1 $(BIN)/python -m docs.generator.lab

format: $(VENV)/.development
	$(BIN)/ruff check --fix $(CHECKED)
	$(BIN)/ruff format $(CHECKED)

clean:
	rm -rf $(VENV) build dist $(OUT) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
