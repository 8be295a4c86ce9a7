# make up: run the whole stack. make test: most of what CI checks. Both create .venv if needed.
# Requires only Python 3.11 or later, pip and make; a few tests also require npm.

ifeq ($(origin PYTHON),undefined)
PYTHON := $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
endif

BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --quiet --disable-pip-version-check
COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-trusted-host \
	--no-emit-find-links --allow-unsafe --strip-extras --no-header
ARGS ?=

.PHONY: up test test-faults test-crash test-clients check lint-fix docs lock migration bench chaos clean
.DELETE_ON_ERROR:

up: .venv/embedded.stamp ## run the stack; flags in ARGS, such as ARGS="--api-port 0"
	@$(BIN)/orderly up $(ARGS)

# Three processes for two cores: the tests wait for half of their time.
test: check ## run the tests except those of the next three targets; flags for pytest in ARGS
	@$(BIN)/python -m tests.fixtures.shopify_schema
	@$(BIN)/python -m tests --numprocesses 3 --dist loadfile --no-loadscope-reorder -m "not alone" $(ARGS)
	@$(BIN)/python -m tests -m alone $(ARGS)

test-faults: .venv/dev.stamp ## make each call to a vendor fail, and run a minute of chaos
	@$(BIN)/python -m tests tests/faults $(ARGS)

test-crash: .venv/dev.stamp ## kill a process at each crash point
	@$(BIN)/python -m tests tests/crash $(ARGS)

test-clients: .venv/dev.stamp ## generate clients from the OpenAPI document and run them; needs npm
	@$(BIN)/python -m tests.clients.tools
	@$(BIN)/python -m tests tests/clients $(ARGS)

check: .venv/dev.stamp ## run the checks of CI without the tests
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --config tests/architecture/contracts.ini
	@$(BIN)/python -m tests.schema.heads

lint-fix: .venv/dev.stamp ## fix lint and formatting automatically
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

docs: .venv/dev.stamp ## regenerate the parts of the docs that come from code: tables of codes, and the OpenAPI document's examples
	@$(BIN)/python -m tests.unit.docs.generate
	@RECORD_EXAMPLES=1 $(BIN)/python -m tests tests/integration/api/test_examples.py --quiet

lock: .venv/dev.stamp ## regenerate lock/*.txt from pyproject.toml
	@$(COMPILE) --only-build-deps --build-deps-for wheel --output-file lock/build.txt pyproject.toml
	@$(COMPILE) --output-file lock/run.txt pyproject.toml
	@$(COMPILE) --extra embedded --output-file lock/embedded.txt pyproject.toml
	@$(COMPILE) --extra embedded --extra dev --output-file lock/dev.txt pyproject.toml
	@$(COMPILE) --output-file lock/clients.txt tests/clients/requirements.in

migration: .venv/dev.stamp ## generate a migration from the declared tables: NAME=add_events
	@$(BIN)/python -m tests.schema $(NAME)

bench: .venv/dev.stamp ## measure the service and its opponents, and write the benchmark pages
	@$(BIN)/python -m benchmarks $(ARGS)

chaos: .venv/dev.stamp ## run the chaos suite for MINUTES (10) with SEED (1); see docs/explanation/reliability.md
	@$(BIN)/python -m tests.chaos --minutes $(or $(MINUTES),10) --seed $(or $(SEED),1) $(ARGS)

clean: ## remove what make created, except the stack's data in .orderly
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .schemathesis

# The development packages include the embedded ones, so one installation sets both stamps.
.venv/embedded.stamp: lock/embedded.txt pyproject.toml | .venv/bin/python
	@echo "Installing into .venv (the first time takes a minute) ..."
	@$(PIP) install --require-hashes --requirement lock/embedded.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.stamp: lock/dev.txt pyproject.toml | .venv/bin/python
	@echo "Installing the development tools into .venv (the first time takes a minute) ..."
	@$(PIP) install --require-hashes --requirement lock/dev.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@ .venv/embedded.stamp

.venv/bin/python:
	@$(if $(PYTHON),,echo "Orderly needs Python 3.11 or later: install it, or name it: make PYTHON=/path/to/python3.11" >&2; exit 1)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "$(PYTHON) is not Python 3.11 or later: name one that is: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) lacks its venv module: install it (on Debian and Ubuntu: apt install python3-venv)" >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv
