# Everything runs in .venv, installed from the locks in requirements/ (names, versions and hashes).
# Another Python: make PYTHON=python3.13 test. Another folder for the environment: make VENV=/tmp/venv test.

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
VENV ?= .venv
INPUTS ?= 10000
SEEDS ?= 1-8
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help demo run test check format lint types contract content fuzz mutate simulate bench audit licences lock pictures clean

help:  ## Show this list.
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 18

demo: $(VENV)/.demo  ## Try the bot on a local page; no token, no server.
	$(BIN)/detente demo $(ARGS)

run: $(VENV)/.demo  ## Run the bot on Discord; needs DISCORD_TOKEN.
	$(BIN)/detente run

test: $(VENV)/.dev  ## Run the tests.
	$(BIN)/python -m pytest $(ARGS)

check: lint types contract test content  ## Everything CI runs.

format: $(VENV)/.dev  ## Format the code.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: $(VENV)/.dev  ## Check format and style.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.dev  ## Check the types.
	$(BIN)/mypy

contract: $(VENV)/.dev  ## Check that imports only point down.
	$(BIN)/lint-imports

content: $(VENV)/.dev  ## Check the knowledge base.
	$(BIN)/detente check content

fuzz: $(VENV)/.dev  ## Load INPUTS made-up contents (100000: a quarter of an hour).
	$(BIN)/python -m tests.knowledge.fuzzing $(INPUTS)

MODULE ?= bot/domain/planning.py
LIMIT ?= 0
SEED ?= 1

mutate: $(VENV)/.dev  ## Break MODULE in small ways and name what no test notices (LIMIT of them, drawn by SEED).
	$(BIN)/python -m tests.mutation $(MODULE) --limit $(LIMIT) --seed $(SEED)

simulate: $(VENV)/.dev  ## Simulate a year of alerts for each of SEEDS (1-8, 7 or 1,3,9).
	$(BIN)/python -m tests.simulation $(SEEDS) $(ARGS)

bench: $(VENV)/.dev  ## Measure; prints a table and writes benchmarks/results.json.
	$(BIN)/python -m benchmarks $(ARGS)

AUDIT_SERVICE ?= pypi

audit: $(VENV)/.dev  ## Look for known vulnerabilities in what the bot runs on (needs the network).
	@sed 's/ ; [^\\]*//' requirements/run.txt >$(VENV)/audited.txt # for every platform and Python, not this one alone
	@$(BIN)/pip-audit --strict --require-hashes --disable-pip --progress-spinner off --vulnerability-service $(AUDIT_SERVICE) \
		--requirement $(VENV)/audited.txt || { \
		echo "Nothing is proved. Either a vulnerability is named above, or the service ($(AUDIT_SERVICE)) could not be asked about every" \
			"package. Another service: make audit AUDIT_SERVICE=osv" >&2; exit 1; }

licences: $(VENV)/.dev  ## List the licences of what the bot runs on; pyproject.toml says which are allowed.
	@$(BIN)/pip-licenses --packages $(or $(PACKAGES),$(shell sed -n 's/^\([a-z0-9.-]*\)==.*/\1/p' requirements/run.txt))

LOCK = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	--no-emit-index-url --no-emit-find-links

lock:  ## Write the locks again (needs uv).
	$(LOCK) pyproject.toml --output-file requirements/run.txt
	$(LOCK) pyproject.toml --extra demo --output-file requirements/demo.txt
	$(LOCK) pyproject.toml --extra demo --group dev --output-file requirements/dev.txt
	$(LOCK) --group build --output-file requirements/build.txt

pictures: $(VENV)/.dev  ## Take the screenshots again (needs Chromium), and draw what was measured.
	$(BIN)/python -m tests.demo.picture
	$(BIN)/python -m benchmarks.picturing

clean:  ## Remove the environment and what tools left behind.
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Détente needs Python 3.11 or newer, and none was found. Name one: make PYTHON=/path/to/python3.12 demo" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: requirements/demo.txt requirements/build.txt pyproject.toml | $(BIN)/python
	@echo "Installing what the bot needs into $(VENV)…"
	$(PIP) install --require-hashes -r requirements/demo.txt -r requirements/build.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt requirements/build.txt pyproject.toml | $(BIN)/python
	@echo "Installing what the tests need into $(VENV)…"
	$(PIP) install --require-hashes -r requirements/dev.txt -r requirements/build.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@
