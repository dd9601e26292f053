.DEFAULT_GOAL := help

# .venv/bin first: sam needs a Python 3.13 and uv on PATH to build, and gets both there.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export SAM_CLI_TELEMETRY := 0

# How many processes for the tests that need no local stack, and how many groups of the others at once. Each group has a stack of its own.
JOBS ?= 2
STACKS ?= 7
PYTEST ?= .venv/bin/pytest

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## make .venv and the local stack's Python from the lock files
	@scripts/setup

.PHONY: setup-spark
setup-spark: ## make the environment of the Spark tests, too: 900 MB
	@scripts/setup spark

.PHONY: demo
demo: setup ## play the whole story on the local stack; no AWS account needed
	@.venv/bin/kedge demo

.PHONY: up
up: setup ## start the local stack and keep it up
	@.venv/bin/kedge up

.PHONY: test
test: setup ## run every test except the benchmarks
	@.venv/bin/python scripts/test --processes $(JOBS) --stacks $(STACKS)

.PHONY: check
check: lint types ## check style and types, and run every test that needs no local stack
	@.venv/bin/python scripts/test --processes $(JOBS) --without-stack

.PHONY: scenarios
scenarios: setup ## play the scenarios of remedies: expected against got, one line each
	@.venv/bin/python -m workbench.scenarios tests/scenarios

.PHONY: bench
bench: setup ## measure speed, size and cost
	@.venv/bin/python -m tests.benchmarks

.PHONY: fuzz
fuzz: setup ## run N mutated inputs (100,000) of a SEED through the whole of Kedge
	@.venv/bin/python -m tests.fuzz $(if $(N),--inputs $(N)) $(if $(SEED),--seed $(SEED)) $(if $(FIRST),--first $(FIRST))

.PHONY: lint
lint: setup ## check format and style
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .

.PHONY: format
format: setup ## rewrite to the house format
	@.venv/bin/ruff check --fix-only --quiet .
	@.venv/bin/ruff format .

.PHONY: types
types: setup ## check types, strictly
	@.venv/bin/mypy

.PHONY: generate
generate: setup ## write what is made of the code: schemas, tables of documents, the picture
	@for module in workbench.schemas workbench.remedy_functions workbench.pictures tests.architecture.listing \
	  tests.unit.docs.event_table tests.unit.docs.policy_table tests.unit.docs.monitors_table tests.unit.docs.rights_table \
	  tests.unit.docs.watchdog_table tests.template.permission_table; do .venv/bin/python -m $$module || exit; done

.PHONY: template
template: setup ## check template.yaml as written, and as translated
	@.venv/bin/sam validate --lint --template template.yaml
	@.venv/bin/python scripts/lint_translated_template.py template.yaml

.PHONY: build
build: setup ## build the functions and layers
	@.venv/bin/sam build

.PHONY: spark-archive
spark-archive: setup ## pack what the Spark job brings along: build/monitor-spark.tar.gz
	@scripts/spark-archive

.PHONY: lock
lock: ## resolve the lock files anew; UPGRADE=--upgrade takes newer versions
	@scripts/lock $(UPGRADE)

.PHONY: clean
clean: ## remove what make has made, the demo's messages among it
	rm -rf $(addprefix .kedge/,application bench demo packaging tests up)
	rm -rf .venv .tools .aws-sam build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
