# Everything a newcomer needs: `make demo` and `make test`. `make help` lists the rest.
PYTHON ?= python3
VENV ?= .venv
DATA ?= ../shared/data/aidetect_dev.jsonl
BIN := $(VENV)/bin
PEERS := .peers
ATTACK := .attack/venv
N ?= 300
T ?= 60
MINUTES ?= 60
LOAD ?= 20
FUZZ = PYTHONPATH=".:$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" $(ATTACK)/bin/python -m tests.fuzz
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

.DEFAULT_GOAL := help
.PHONY: help demo story test walk peers attack attack-api fuzz soak check bench sbom audit-dependencies provenance-report pictures lock clean

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

attack: $(VENV)/.dev attack-api  ## ten thousand hostile messages at each door, and attack-api
	HOSTILE=10000 $(BIN)/python -m pytest -n auto --dist worksteal tests/hostile

attack-api: $(VENV)/.dev $(ATTACK)/.done  ## what schemathesis makes of our description of the API: N examples each
	$(BIN)/python -m tests.hostile $(ATTACK)/bin/schemathesis $(N)

fuzz: $(VENV)/.dev $(ATTACK)/.done  ## fuzz every reader of strangers' texts, T seconds each: make fuzz T=60
	for name in $$($(FUZZ)); do echo "== $$name"; $(FUZZ) $$name $(T) || exit 1; done

soak: $(VENV)/.dev  ## load, kill -9, a database and a Slack that fail: make soak MINUTES=60 LOAD=20
	$(BIN)/python -m tests.faults.soak $(MINUTES) $(LOAD)

check: $(VENV)/.dev  ## format, lint, types and import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev  ## measure clicks, intake and units; prints the tables of docs/performance.md
	$(BIN)/python -m tests.bench

sbom: $(ATTACK)/.done  ## what Countersign is made of, extras too, as CycloneDX: sbom.json
	for name in run aws kms otel pdf; do cat requirements/$$name.txt; done | sed -e '/^ *#/d' -e :a -e '/\\$$/{N;s/\\\n *//;ba' -e '}' | sort -u | $(ATTACK)/bin/cyclonedx-py requirements - -o sbom.json

audit-dependencies: $(ATTACK)/.done  ## ask whether what we lock has known holes (needs the internet)
	for name in run aws kms otel pdf; do $(ATTACK)/bin/pip-audit --strict --require-hashes --disable-pip -r requirements/$$name.txt || exit 1; done

provenance-report: $(VENV)/.dev  ## score the detector on labelled commits: make provenance-report DATA=file.jsonl
	$(BIN)/python -m tests.provenance.report $(DATA)

pictures: $(VENV)/.browser  ## screenshots of all that one sees in Slack, for docs/using.md (needs Chromium)
	$(BIN)/python -m docs.pictures
	$(BIN)/python -m docs.dashboard_pictures

lock:  ## resolve the requirements again (needs uv)
	for name in run aws kms otel pdf dev browser peers attack; do \
	  uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
	    --no-emit-index-url --no-emit-find-links requirements/$$name.in -o requirements/$$name.txt; done

clean:  ## remove what the targets made
	rm -rf $(VENV) $(PEERS) .attack sbom.json build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

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

# Where there is apt: nothing is installed, and nothing started.
$(PEERS)/promtool/.done:
	mkdir -p $(PEERS)/promtool
	cd $(PEERS)/promtool && (apt-get download -qq prometheus || (apt-get update -qq && apt-get download -qq prometheus))
	cd $(PEERS)/promtool && dpkg -x prometheus_*.deb . && rm -f prometheus_*.deb
	@touch $@

$(ATTACK)/.done: requirements/attack.txt
	$(PYTHON) -m venv $(ATTACK)
	$(ATTACK)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/attack.txt
	@touch $@

$(PEERS)/node/.done: tests/peers/node/package.json tests/peers/node/package-lock.json
	mkdir -p $(PEERS)/node
	cp $^ $(PEERS)/node
	npm ci --prefix $(PEERS)/node --silent --no-audit --no-fund --ignore-scripts
	@touch $@
