# Quartier Libre. `make help` lists what can be done here; `make run` is the place to begin.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
CLIENTS := tests/mastodon/clients/node
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help install run two-cities test test-postgres lint format bench chaos lock clean

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-14s %s\n", $$1, $$2 }'

install: $(VENV)/.installed ## make .venv with the locked dependencies and the command `quartier`

run: install ## one whole city with its demonstration, at http://localhost:8000
	QL_ROLES_NEED_SECOND_FACTOR=$${QL_ROLES_NEED_SECOND_FACTOR:-off} $(BIN)/quartier serve --demo $(ARGS)

two-cities: install ## two towns with adjacent quartiers that federate on loopback, until Ctrl-C
	$(BIN)/python -m deploy.two_cities

# Three processes on two cores: browsers and towns leave one of them waiting (tests/support/dealing.py). A hundred
# programs are started: they read what the first has compiled, whatever the machine says of that.
test test-postgres: export PYTHONDONTWRITEBYTECODE =

test: $(VENV)/.installed-dev $(VENV)/.installed-clients ## the whole suite on SQLite; ARGS="-k letters" picks tests
	$(BIN)/python -m pytest -n 3 $(ARGS)

test-postgres: $(VENV)/.installed-dev $(VENV)/.installed-clients ## on PostgreSQL, jobs drained through Redis, all that a database may change
	QL_TEST_DATABASE_URL=$${QL_TEST_DATABASE_URL:-postgresql} QL_TEST_REDIS=1 $(BIN)/python -m pytest -n 3 -m "not alike" $(ARGS)

lint: $(VENV)/.installed-dev ## everything that a machine can say about the code without running it
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint deploy/Containerfile
	@git grep -nIE '(pypi|npmjs|crates)[.](org|io)|pythonhosted[.]org|(deb|security)[.]debian[.]org' -- . ':!LICENSE'; test $$? -eq 1 \
		|| { echo "These lines name a package registry: leave that to the machine's own settings." >&2; exit 1; }
	@git grep -nIE '[[:space:]]style=' -- templates; test $$? -eq 1 \
		|| { echo "The content security policy refuses style attributes: use a class." >&2; exit 1; }

format: $(VENV)/.installed-dev ## lay the code out as `make lint` wants it
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(VENV)/.installed-dev ## measure what docs/operate.md states (ten minutes, a quiet machine)
	$(BIN)/python -m tests.bench --million $(ARGS)

chaos: $(VENV)/.installed-dev ## kill, outage and load runs at full length, on both engines
	QL_CHAOS=full $(BIN)/python -m pytest tests/running $(ARGS)
	QL_CHAOS=full QL_TEST_DATABASE_URL=postgresql QL_TEST_REDIS=1 $(BIN)/python -m pytest tests/running $(ARGS)

lock: ## remake the locks; ARGS="flask jinja2" moves only those
	deploy/lock.sh $(ARGS)

clean: ## take away .venv and caches; the city's data stays
	rm -rf $(VENV) $(CLIENTS)/node_modules dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed: make install PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' \
		|| { echo "The venv module is missing: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The stamps make a second call instant. Nothing unlocked is installed: the build tool itself is in the lock.
$(VENV)/.installed: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing the locked dependencies into $(VENV)"
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	@echo "Installing the locked tools of development into $(VENV)"
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

# Client libraries of the npm registry, which the API is tried with: only tests need them, and only where npm is.
$(VENV)/.installed-clients: $(CLIENTS)/package-lock.json $(VENV)/.installed-dev
	@if command -v npm >/dev/null; then \
		echo "Installing the locked client libraries into $(CLIENTS)"; \
		npm ci --prefix $(CLIENTS) --ignore-scripts --no-audit --no-fund --silent; \
	else echo "npm is not here: the tests with masto and megalodon will be skipped." >&2; fi
	@touch $@
