# Everything a newcomer needs: `make` lists it. Needs Python 3.11 or later, make and a package
# registry; no Docker, Java, Maven or Redis.

SHELL := /bin/sh
VENV  := .venv
BIN   := $(VENV)/bin
STAMP := $(VENV)/.stamp

# The first of these that runs, is new enough and can make a virtual environment. (A name may be
# on PATH and still not run: pyenv's shims are so.)
PYTHON ?= $(shell for p in python3.11 python3 python3.12 python3.13 python; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& echo $$p && break; done)

# Where `make evaluate` looks for sets; one that is not there is skipped, saying so.
DATA ?= ../shared/data

.DEFAULT_GOAL := help
.PHONY: help setup demo test chaos golden bench evaluate lint fmt cover schemas pins clean

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

setup: $(STAMP) ## make .venv with the pinned packages, unless it is up to date

$(STAMP): constraints.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "expected Python 3.11 or later with venv, found none:" \
		"install it, or name one: make PYTHON=... setup" >&2; exit 1; }
	@echo "setting up $(VENV) with $(PYTHON) (about a minute, once)"
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		--only-binary :all: -r constraints.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-index --no-deps \
		--no-build-isolation --editable .
	@touch $@

demo: setup ## start everything, play the simulator, show live warnings (DEMO_SECONDS=60 ends it)
	@$(BIN)/loanwatch demo

test: lint ## lint, types, import contracts, then every test, real Kafka included
	$(BIN)/pytest -n 2

chaos: setup ## kill workers and a broker for ten minutes, then compare what was published
	$(BIN)/python -m tests.chaos

golden: setup ## play the golden scenarios through real Kafka and all roles (half an hour)
	$(BIN)/python -m tests.chaos.golden

bench: setup ## benchmarks, as ratios within one run
	$(BIN)/python -m bench

evaluate: setup ## judge the detectors on the sets in DATA (half an hour; ONLY=name, RULES=1)
	$(BIN)/python -m bench.evaluate --data $(DATA) --plots docs/images \
		$(if $(ONLY),--only $(ONLY)) $(if $(RULES),--rules)

lint: setup ## ruff, mypy and the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

fmt: setup ## format, and repair what ruff can repair
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

cover: setup ## the tests that need no broker, with branch coverage
	$(BIN)/pytest -m "not broker" --cov

schemas: setup ## generate the JSON Schema files and docs/topics.md from schemas/
	$(BIN)/python -m schemas.generate
	$(BIN)/loanwatch topics docs > docs/topics.md

pins: ## renew constraints.txt after a change in pyproject.toml (needs uv; `UPGRADE=1` raises all)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --quiet \
		--generate-hashes --only-binary :all: --no-emit-index-url --no-header \
		$(if $(UPGRADE),--upgrade) --output-file constraints.txt >/dev/null

clean: ## remove caches; .venv and var/ (the embedded broker's data) stay
	rm -rf .coverage .coverage.* htmlcov .hypothesis .import_linter_cache .mypy_cache .pytest_cache \
		.ruff_cache build dist
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
