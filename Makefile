# `make setup` and `make demo` need Python 3.11, make and the package registries; nothing else.
# `make test` installs the Debian packages that some tests need when it runs as root; otherwise those tests are
# skipped and name the package.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TEST_PACKAGES := tools/test-packages.sh

export UV_COMPILE_BYTECODE := 1
export UV_HTTP_TIMEOUT := 180
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup demo test lint typecheck docs contracts bench fidelity bench-devnet record fuzz kill-campaign signatures lock clean

help:
	@echo "make setup      install everything into $(VENV), every file checked against its hash"
	@echo "make demo       a whole regulated issuance on the embedded devnet"
	@echo "make test       lint, types, import contracts and all tests"
	@echo "make lint       ruff and the import contracts"
	@echo "make typecheck  mypy --strict"
	@echo "make docs       write the generated documents in docs/ again"
	@echo "make contracts  compile the control plane, compare, and run its forge tests"
	@echo "make bench      start-up times against a bare program"
	@echo "make fidelity   recorded answers of the real server against the devnet's; DIR= for other transcripts,"
	@echo "                URL= for another server, BEFORE= for the command that makes it fresh"
	@echo "make bench-devnet  how fast a devnet of 5,000 accounts answers and takes payments"
	@echo "make record     record the node client's cassettes again from the server at XRPL_URL="
	@echo "make fuzz       a million mutated bundles, blobs and QR frames; goes on where it stopped; COUNT= for more"
	@echo "make kill-campaign  200 cycles of kill -9 against the commands; goes on where it stopped; CYCLES=, SEED="
	@echo "make signatures 10,000 signatures by SoftHSM and 10,000 by a KMS server, each verified; COUNT= for more"
	@echo "make lock       resolve the dependencies again and write requirements.lock"

setup: $(READY)

$(BIN)/uv: tools/bootstrap.lock
	@tools/make-venv.sh "$(PYTHON)" "$(VENV)"
	@$(BIN)/python -m pip install --quiet --require-hashes -r tools/bootstrap.lock
	@touch $(BIN)/uv

$(READY): $(BIN)/uv requirements.lock pyproject.toml
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q src
	@touch $(READY)

demo: $(READY)
	@$(BIN)/sovbank demo

test: $(READY)
	@$(TEST_PACKAGES)
	@$(MAKE) --no-print-directory lint typecheck
	@$(BIN)/python tools/fuzz_bundles.py 50000 --jobs 2
	@$(BIN)/python -m pytest

lint: $(READY)
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/lint-imports --no-logo

typecheck: $(READY)
	@$(BIN)/mypy

docs: $(READY)
	@$(BIN)/python tools/generate_errors.py
	@$(BIN)/python tools/generate_commands.py
	@$(BIN)/python tools/generate_bundle_schema.py

contracts:
	@cd contracts && npm ci --no-audit --no-fund && npm run --silent check && npm run --silent layout:check && npm run --silent lint && npm test

bench: $(READY)
	@$(BIN)/python tools/bench_startup.py

fidelity: $(READY)
	@$(BIN)/python tools/fidelity.py $(DIR) $(if $(URL),--url '$(URL)') $(if $(BEFORE),--before '$(BEFORE)')

bench-devnet: $(READY)
	@$(BIN)/python tools/bench_devnet.py

record: $(READY)
	@$(if $(XRPL_URL),,echo "say which server: make record XRPL_URL=http://host:port"; exit 2)
	@XRPL_URL='$(XRPL_URL)' $(BIN)/python -m pytest tests/recorded/test_node.py --record-mode=rewrite

fuzz: $(READY)
	@mkdir -p .build
	@$(BIN)/python tools/fuzz_bundles.py $(or $(COUNT),1000000) --jobs 2 --state .build/fuzz.json

kill-campaign: $(READY)
	@mkdir -p .build
	@$(BIN)/python tools/kill_campaign.py --cycles $(or $(CYCLES),200) --seed $(or $(SEED),0) --forks \
		--state .build/kill-$(or $(SEED),0).json

signatures: $(READY)
	@$(TEST_PACKAGES)
	@SOVBANK_SIGNATURES=$(or $(COUNT),10000) $(BIN)/python -m pytest -q tests/keys/test_signer_port.py -k thousand

lock: $(BIN)/uv
	@$(BIN)/uv pip compile --quiet pyproject.toml --all-extras --group dev --python-version 3.11 --universal \
		--no-emit-index-url --no-header --generate-hashes -o requirements.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .benchmarks .import_linter_cache
