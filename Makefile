# Everything a newcomer needs: `make demo` and `make test`. `make help` lists the rest.
PYTHON ?= python3
VENV ?= .venv
DATA ?= ../shared/data/aidetect_dev.jsonl
BIN := $(VENV)/bin
PEERS := .peers
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

.DEFAULT_GOAL := help
.PHONY: help demo story test walk peers check bench provenance-report pictures lock clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.run  ## start the bot, a play Slack and a toy pipeline; prints one URL
	$(BIN)/countersign demo

story: $(VENV)/.run  ## the same without a browser: plays everything and prints what happened
	$(BIN)/countersign demo --story

test: $(VENV)/.dev  ## run all tests, on all cores
	$(BIN)/python -m pytest -n auto --dist worksteal

walk: $(VENV)/.browser  ## take every step of docs/using.md in a real browser (needs Chromium)
	BROWSER=required $(BIN)/python -m pytest tests/browser

peers: $(VENV)/.dev $(PEERS)/venv/.done $(PEERS)/node/.done  ## prove pipelines against real programs: GitHub Actions, GitLab CI… (needs npm)
	PEERS=required $(BIN)/python -m pytest -n 0 tests/peers

check: $(VENV)/.dev  ## format, lint, types and import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev  ## measure clicks, intake and units; prints the tables of docs/performance.md
	$(BIN)/python -m tests.bench

provenance-report: $(VENV)/.dev  ## score the detector on labelled commits: make provenance-report DATA=file.jsonl
	$(BIN)/python -m tests.provenance.report $(DATA)

pictures: $(VENV)/.browser  ## screenshots of all that one sees in Slack, for docs/using.md (needs Chromium)
	$(BIN)/python -m docs.pictures

lock:  ## resolve the requirements again (needs uv)
	for name in run aws dev browser peers; do \
	  uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
	    --no-emit-index-url --no-emit-find-links requirements/$$name.in -o requirements/$$name.txt; done

clean:  ## remove what the targets made
	rm -rf $(VENV) $(PEERS) build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/run.txt pyproject.toml | $(BIN)/python
	$(INSTALL) -r requirements/run.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	$(INSTALL) -r requirements/dev.txt
	@touch $@

$(VENV)/.browser: requirements/browser.txt $(VENV)/.dev
	$(INSTALL) -r requirements/browser.txt
	@touch $@

$(PEERS)/venv/.done: requirements/peers.txt
	$(PYTHON) -m venv $(PEERS)/venv
	$(PEERS)/venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/peers.txt
	@touch $@

$(PEERS)/node/.done: tests/peers/node/package.json tests/peers/node/package-lock.json
	mkdir -p $(PEERS)/node
	cp $^ $(PEERS)/node
	npm ci --prefix $(PEERS)/node --silent --no-audit --no-fund --ignore-scripts
	@touch $@
