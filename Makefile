# Everything a person types here. Needs python3 3.11 or newer with its venv module, and make; no root, nothing else.
PYTHON   ?= python3
SCENARIO ?= first-flight
WORKERS  ?= 4

VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
CODE   := core src sitl tests

MAKEFLAGS += --no-print-directory
.PHONY: help setup drill check test clean
.DEFAULT_GOAL := help

# A virtual environment holds absolute paths: one that came along with a moved folder is built again.
ifneq ($(shell cat $(STAMP) 2>/dev/null),$(CURDIR))
.PHONY: $(STAMP)
endif

help:
	@echo 'make drill   fly a first drill: simulated aircraft and CAD, the real core and console'
	@echo 'make test    every check and test'
	@echo 'make setup   only install into $(VENV); afterwards $(BIN)/rtcc is the command'
	@echo 'make check   only the static checks: format, lint, types, import rules'
	@echo 'make clean   remove $(VENV) and the caches'
	@echo
	@echo 'SCENARIO=two-calls flies another drill; PYTHON=python3.12 sets up with another Python.'

setup: $(STAMP)
	@:

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo 'Python 3.11 or newer is needed, and "$(PYTHON)" is not that. Install it (Debian 12: apt-get install'; \
	  echo 'python3 python3-venv), or name another one: make setup PYTHON=/path/to/python3.12'; exit 1; } >&2
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo 'The venv module of $(PYTHON) is missing. Ask the administrator of this machine for it:'; \
	  echo '  apt-get install python3-venv   (Debian, Ubuntu)'; \
	  echo 'or name a Python that has it: make setup PYTHON=/path/to/python3'; exit 1; } >&2
	@if [ -e $(STAMP) ] && [ "$$(cat $(STAMP))" != '$(CURDIR)' ]; then rm -rf $(VENV); fi
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@echo 'Installing into $(VENV) from requirements.lock (once; a minute or two) ...'
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-input -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-input --force-reinstall --no-deps \
	  --no-build-isolation -e .
	@printf '%s\n' '$(CURDIR)' > $(STAMP)
	@echo 'Installed: $(BIN)/rtcc'

drill: setup
	@$(BIN)/rtcc drill --scenario $(SCENARIO)

check: setup
	@$(BIN)/python -m ruff check $(CODE)
	@$(BIN)/python -m ruff format --check $(CODE)
	@$(BIN)/python -m mypy
	@$(BIN)/lint-imports

test: check
	@$(BIN)/python -m pytest -n $(WORKERS)

clean:
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
