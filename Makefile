# Each target does its own set-up: a machine with Python 3.11 or newer and make is enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links --no-strip-extras
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --no-compile

.PHONY: install demo check test bench docs lock clean clean-compiled

install: $(VENV)/.installed

demo: $(VENV)/.installed
	@$(BIN)/stanch demo

check: $(VENV)/.installed-dev
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/mypy
	@$(BIN)/lint-imports

test: check
	@$(BIN)/pytest --quiet --numprocesses auto --dist worksteal

bench: $(VENV)/.installed
	@$(BIN)/stanch bench

docs: $(VENV)/.installed
	@$(BIN)/python -c 'from pathlib import Path; from stanch.lab.docs import write_typology_pages as write; \
		from stanch.store.catalogue_files import load_shipped; write(load_shipped(), Path("docs/typologies"))'

# Rewrite the pinned locks after a change of dependencies in pyproject.toml.
lock: $(VENV)/.installed-dev
	@$(PIP) uv
	@printf 'hatchling\neditables\n' | $(COMPILE) - pyproject.toml -o requirements.lock
	@printf 'hatchling\neditables\n' | $(COMPILE) --extra dev - pyproject.toml -o requirements-dev.lock

# What is compiled into a function of another file is not noticed when it changes: see docs/decisions/0007.
clean-compiled:
	@find src -name '*.nb[ci]' -delete

clean: clean-compiled
	rm -rf $(VENV) out .bytecode .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Stanch needs Python 3.11 or newer; run: make PYTHON=python3.11 ...")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "installing into $(VENV) ..."
	@$(PIP) --require-hashes --requirement requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	@$(PIP) --require-hashes --requirement requirements-dev.lock
	@touch $@
