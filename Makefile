# Works on a machine that has Python >= 3.11, make and the network. Uses uv where it is there.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
# A run starts many programs of ours: each would be compiled anew where a person keeps no bytecode.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup demo test soak fast lint types docs evidence bench bench-x12 bench-codes bench-trust bench-scrub clean

help:  ## what there is
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /	/' | expand -t 11

$(VENV)/.ready: pyproject.toml
	@if command -v uv >/dev/null 2>&1; then \
	  uv venv -q --allow-existing --python $(PYTHON) $(VENV) && uv pip install -q --python $(BIN)/python -e '.[dev]'; \
	else \
	  $(PYTHON) -m venv $(VENV) && $(BIN)/python -m pip install -q --disable-pip-version-check -e '.[dev]'; \
	fi
	@touch $@

setup: $(VENV)/.ready  ## make the environment in .venv

demo: setup  ## the whole cycle for four invented practices (ARGS="--headless --json --seed 7")
	@$(BIN)/claimwright demo $(ARGS)

# One worker more than two processors have room for: some test always waits for another program.
test: setup  ## all tests, on three workers
	$(BIN)/python -m pytest -q -n 3 --dist loadgroup $(ARGS)

soak: setup  ## every campaign of attacks and faults at full length
	CLAIMWRIGHT_SOAK=1 $(BIN)/python -m pytest -q -n 3 --dist loadgroup -m campaign $(ARGS)

fast: setup  ## the tests that need no database
	$(BIN)/python -m pytest -q tests/core tests/plugins tests/house $(ARGS)

lint: setup  ## ruff
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: setup  ## mypy --strict
	$(BIN)/mypy

docs: setup  ## write the generated pages anew
	$(BIN)/python -m api.generated_docs && $(BIN)/python -m tests.compliance

evidence: setup  ## run what proves docs/compliance.md and date the results
	$(BIN)/python -m pytest -q -n 3 --dist loadgroup tests -m "attack or control" --evidence docs/compliance-results.json $(ARGS)
	$(BIN)/python -m tests.compliance

bench: setup  ## figures beside their floors (ARGS="--claims 50000")
	$(BIN)/python bench/cycle.py $(ARGS)

bench-x12: setup  ## the X12 engine beside its floors and its peers (ARGS="--big")
	$(BIN)/python bench/x12.py $(ARGS)

bench-codes: setup  ## published tables: load, memory, lookups beside a plain dict (ARGS="--quick")
	$(BIN)/python bench/codes.py $(ARGS)
	$(BIN)/python bench/codes_mpfs.py $(ARGS)

bench-trust: setup  ## sealing, tenancy, audit and restore beside their floors (ARGS="--quick")
	$(BIN)/python bench/trust.py $(ARGS)

bench-scrub: setup  ## the scrub beside its floors and a bare loop (ARGS="--quick")
	$(BIN)/python bench/scrub.py $(ARGS)
	$(BIN)/python bench/partner_process.py $(ARGS)

clean:  ## remove the environment
	rm -rf $(VENV)
