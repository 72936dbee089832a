# The one front door: every verb that a person or CI needs. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/pytest
# More than the cores of a small machine: the tests with real processes mostly wait.
JOBS ?= 4

.DEFAULT_GOAL := help
.PHONY: help install demo test test-long check format lock coverage bench bench-smoke bench-peers clean

help: ## List the verbs
	@grep -hE '^[a-z-]+:.*?## ' $(MAKEFILE_LIST) | awk -F ':.*?## ' '{printf "  make %-12s %s\n", $$1, $$2}'

install: $(VENV)/installed ## Create .venv with the locked versions

$(VENV)/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "incident-bridge needs Python 3.11 or newer; say which with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m pip check --disable-pip-version-check
	@touch $@

demo: install ## Show the whole thing on loopback; Ctrl-C ends it
	@$(BIN)/bridge demo

test: install ## Run every test that belongs in a change's loop
	$(PYTEST) -n $(JOBS) -m "not long"

test-long: install ## Run the tests that take minutes
	$(PYTEST) -m long

check: install ## Format, lint, types and layers: what CI insists on
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: install ## Let ruff put the code in shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

coverage: install ## Branch coverage of the whole test run
	$(PYTEST) -n auto -m "not long" --cov --cov-report=term

bench: install ## Measure everything on a quiet machine (half an hour), into docs/performance
	$(BIN)/python -m tests.bench $(PARTS)

bench-smoke: install ## Show that the bench works; its figures mean nothing
	$(BIN)/python -m tests.bench --smoke

bench-peers: install ## Measure against Alerta, which is installed apart
	$(BIN)/python -m tests.bench peers

lock: ## Re-resolve requirements.lock (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --no-annotate --extra postgres --group dev pyproject.toml -o requirements.lock

clean: ## Remove what make made
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage* dist tests/bench/.cache
