# The entries people and CI use. Each sets up what it needs: make and a Python 3.9 or later are enough.
.DEFAULT_GOAL := help
PYTHON ?=
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.installed
# Five workers, a file each: most of the time goes into waiting for real servers, and three kept two cores half busy.
# Files begin in the order of tests/conftest.py, the long ones first, so that none is still running when all else has ended.
PYTEST := $(BIN)/python -m pytest --numprocesses 5 --dist loadfile --no-loadscope-reorder --durations 20

# Where Python may not write bytecode, as in many containers, each process of a test run would compile our modules again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help up down status test test-unit test-tree test-long test-full check check-terraform format docs bench requirements clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The programs in the environment contain its path: after a move or a new name, the environment is created again.
ifneq ($(shell cat $(READY) 2>/dev/null),$(CURDIR))
.PHONY: $(READY)
endif

$(READY): requirements/bootstrap.txt requirements/dev.txt pyproject.toml scripts/bootstrap
	@PYTHON="$(PYTHON)" VENV="$(VENV)" scripts/bootstrap

up: $(READY) ## Start everything on this machine and serve through the load balancer
	@$(BIN)/spendsense up

down: $(READY) ## Stop everything `up` started; data stays
	@$(BIN)/spendsense down

status: $(READY) ## Show what runs and whether it is healthy
	@$(BIN)/spendsense status

test: $(READY) ## Run the tests that every change must pass
	$(PYTEST) -m "not long and not full"

test-long: $(READY) ## Run the longer tests that CI also runs: more deploys, disturbances and Terraform runs
	$(PYTEST) -m "long and not full"

test-unit: $(READY) ## Run the unit tests: pure, with a virtual clock
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal --durations 20 -m "not long and not full" tests/unit

test-tree: $(READY) ## Check the source tree: code and pages agree; names, sizes, imports
	$(BIN)/python -m pytest -p no:xdist --durations 5 -m "not long and not full" tests/tree

test-full: $(READY) ## Run all tests, including those that take hours
	$(PYTEST)

check: $(READY) ## Lint, format check, types, workflows, Dockerfile
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pylint app/
	$(BIN)/zizmor --offline --quiet --no-progress --persona pedantic .github
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/hadolint Dockerfile

check-terraform: $(READY) ## Scan the Terraform for unsafe settings
	UV=$(BIN)/uv PYTHON=$(BIN)/python scripts/check-terraform

format: $(READY) ## Format the code and fix what the linter can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(READY) ## Write the reference pages that are generated from the code
	$(BIN)/python scripts/reference.py

bench: $(READY) ## Measure side by side; print a row for each figure (BENCH="NAMES --json" chooses)
	@$(BIN)/python -m benchmarks $(BENCH)

requirements: $(READY) ## Recompile the requirement files from pyproject.toml
	UV=$(BIN)/uv scripts/compile-requirements

clean: ## Remove the environment and caches; keeps .spendsense (the local data)
	rm -rf $(VENV) $(VENV).uv build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
