# Everything is one command. GNU make 3.81 and BSD tools are enough, so macOS's own will do.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --use-pep517
# What pip says, as one line that counts up on a terminal and as nothing elsewhere; what fails is on
# standard error all the same, and make stops. The shell reads line by line; Debian's awk waits until
# it has a whole block, which is when all is over.
COUNTED = rm -f $(VENV)/.failed; { $(1) || touch $(VENV)/.failed; } | $(COUNT); test ! -e $(VENV)/.failed
COUNT := if [ -t 1 ]; then n=0; while read -r word name _; do case $$word in \
    Collecting) n=$$((n + 1)); printf '\r  %-60.60s\r' "package $$n, $$name" ;; \
    Installing) test "$$name" != collected || printf '\r  %-60.60s\r' "unpacking $$n packages" ;; \
    esac; done; printf '\r%-62s\r' ''; else cat >/dev/null; fi
# The newest first, also one that pyenv keeps but does not show: the product is 1.3 to 1.6 times as
# fast on Python 3.13 as on 3.11. `make PYTHONS=python3.11 …` takes another.
PYENV := $(or $(PYENV_ROOT),$(HOME)/.pyenv)/versions
PYTHONS := $(foreach minor,14 13 12 11,python3.$(minor) $(wildcard $(PYENV)/3.$(minor).*/bin/python3)) python3

# A Python that cannot make an environment (Debian's without python3-venv, a pyenv shim without
# its version) does not count.
USABLE := import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))

MINOR := import sys; print(sys.version_info.minor)

OLD := import sys; sys.exit(sys.version_info >= (3, 11))

.DEFAULT_GOAL := help
.PHONY: help install run docs test check stress bench bench-quick clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

install: $(VENV)/.installed ## Make .venv with the command `realtime` in it

run: install ## Migrate and serve on http://localhost:3000 (PORT=3001 make run: on another port)
	@$(BIN)/realtime migrate >/dev/null
	@exec $(BIN)/realtime serve

docs: $(VENV)/.docs-installed ## Build the documentation as a site, which `make run` then serves at /docs
	@$(BIN)/python docs/site/build.py

test: $(VENV)/.tests-installed ## Run all tests; T='-k typing' says which
	@$(BIN)/python -m pytest -n logical --maxprocesses 4 --dist worksteal $(T)

check: $(VENV)/.tests-installed ## Check format, style, types and who may import whom
	@$(BIN)/ruff format --check --quiet . || { echo "Mend it with: $(BIN)/ruff format ."; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

stress: $(VENV)/.tests-installed ## Run what takes minutes: attacks, official suites, three nodes, torn pages, a killed import, a second Python
	@echo "A hundred people while somebody attacks …"
	@$(BIN)/python -m tests.stress.under_attack
	@echo "The official protocol suites …"
	@$(BIN)/python -m tests.stress.official_suites
	@echo "The components of the frontends' own documents …"
	@if [ -n "$$SEEDS" ]; then $(BIN)/python -m pytest -q tests/components; \
	else echo "NOT TESTED HERE: SEEDS names no folder with those documents"; fi
	@echo "Three nodes under fire …"
	@$(BIN)/python -m tests.stress.nodes 90
	@echo "Nodes are restarted under pages that join once …"
	@$(BIN)/python -m tests.stress.rolling 60
	@echo "Pages whose connections are torn in silence, on a node that is killed, on three …"
	@for how in silent killed nodes; do $(BIN)/python -m tests.stress.jitter $$how || exit 1; done
	@echo "A page that changes nodes while twenty thousand events a second flow …"
	@$(BIN)/python -m tests.stress.storm
	@echo "A hundred thousand who are away are told something at once …"
	@$(BIN)/python -m tests.stress.waking
	@echo "An import is killed again and again …"
	@$(BIN)/python -m tests.stress.bringing
	@other=""; for python in $(PYTHONS); do \
	    if $$python -c '$(USABLE)' >/dev/null 2>&1 \
	        && [ "$$($$python -c '$(MINOR)')" != "$$($(BIN)/python -c '$(MINOR)')" ]; \
	    then other=$$python; fi; \
	done; \
	if [ -z "$$other" ]; then echo "NOT TESTED HERE: a second Python"; \
	else echo "All tests on $$($$other --version) …"; \
	    $(MAKE) --no-print-directory VENV=.venv-other PYTHONS=$$other test T=-q; fi

bench: $(VENV)/.tests-installed ## Measure against Node and write BENCHMARKS.md (takes long)
	@$(BIN)/python benchmarks/run.py

bench-quick: $(VENV)/.tests-installed ## The same, roughly, in a minute or two
	@$(BIN)/python benchmarks/run.py --quick

clean: ## Remove what was installed or cached; data/ stays
	rm -rf $(VENV) .venv-other .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf realtime/_docs tests/node/node_modules benchmarks/node/node_modules benchmarks/build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing into $(VENV) …"
	@$(call COUNTED,$(PIP) --constraint constraints.txt --editable .)
	@echo "Fetching socket.io-client for the demo …"
	@$(BIN)/realtime demo >/dev/null || true # it has said what the demo lacks; all else works
	@touch $@

# Dependency groups came with pip 25.1. The real clients from npm are installed by the first test
# that needs them (tests/driver.py), so that pytest alone works too.
$(VENV)/.tests-installed: $(VENV)/.installed
	@echo "Installing what the tests need …"
	@$(PIP) --quiet --upgrade 'pip>=25.1'
	@$(call COUNTED,$(PIP) --constraint constraints.txt --group dev)
	@touch $@

$(VENV)/.docs-installed: $(VENV)/.installed
	@echo "Installing what builds the documentation …"
	@$(PIP) --quiet --upgrade 'pip>=25.1'
	@$(call COUNTED,$(PIP) --constraint constraints.txt --group docs)
	@touch $@

$(BIN)/python:
	@for python in $(PYTHONS); do \
	    if $$python -c '$(USABLE)' >/dev/null 2>&1; then \
	        echo "Making $(VENV) with $$($$python --version) …"; exec $$python -m venv --clear $(VENV); \
	    fi; \
	done; \
	if command -v uv >/dev/null 2>&1; then \
	    exec uv venv --quiet --clear --seed --python '>=3.11' $(VENV); \
	fi; \
	echo "Python 3.11 or newer with venv is needed. Install it, then try again:" >&2; \
	if ! command -v apt-get >/dev/null 2>&1; then echo "    brew install python" >&2; \
	elif python3 -c '$(OLD)' 2>/dev/null; then echo "    sudo apt install python3.11-venv" >&2; \
	else echo "    sudo apt install python3-venv" >&2; fi; \
	exit 1
