# `make demo` and `make test` work on a fresh clone; each makes .venv when it is missing.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Another torch than the pinned one: `make test TORCH=2.11.0`, in a fresh .venv.
TORCH ?= $(shell sed -n 's/^torch==//p' constraints.txt)
CONSTRAINTS := $(VENV)/constraints.txt
PACKAGES := .[hub,lerobot,minari,play,worlds] envs[digits,cater,phyre-box2d] agents $(sort $(wildcard plugins/*))
PYPROJECTS := $(wildcard pyproject.toml envs/pyproject.toml agents/pyproject.toml plugins/*/pyproject.toml)

.PHONY: setup demo test attack docs lint format bench clean

setup: $(VENV)/.ready

$(VENV)/.ready: constraints.txt requirements-dev.txt $(PYPROJECTS)
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	sed 's/^torch==.*/torch==$(TORCH)/' constraints.txt > $(CONSTRAINTS)
	$(BIN)/pip install --quiet --constraint $(CONSTRAINTS) torch
	$(BIN)/pip install --quiet --constraint $(CONSTRAINTS) --requirement requirements-dev.txt
	$(BIN)/pip install --quiet --constraint $(CONSTRAINTS) --no-build-isolation $(foreach p,$(PACKAGES),--editable "./$(p)")
	@touch $@

demo: setup
	$(BIN)/worldmodels demo

# One thread each: two processes of two threads stall one another on two cores.
test: setup
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile

# Thousands of new cases of each attack: make attack COUNT=3000; ATTACK_SEED=... repeats a run.
COUNT ?= 1500
ATTACK_SEED ?= $(shell date +%s)
attack: setup
	ATTACK=$(COUNT) ATTACK_SEED=$(ATTACK_SEED) OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile tests/attack

docs: setup
	$(BIN)/pip install --quiet --constraint $(CONSTRAINTS) --requirement requirements-docs.txt
	$(BIN)/python tests/docs/command_page.py
	$(BIN)/zensical build --strict --clean

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup
	$(BIN)/worldmodels bench

clean:
	rm -rf $(VENV) runs build dist
