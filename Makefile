# Two commands do everything on a fresh machine with Python ≥ 3.11 and git: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
DEV := .venv-dev
PIP := -m pip --disable-pip-version-check --quiet

.PHONY: run test lint types layers test-statistics test-live test-sdks bench bench-gate prices clean

run: $(VENV)/.installed  ## install, then the whole loop in a throw-away repository: no key, no network
	$(VENV)/bin/llmops demo

test: $(DEV)/.installed  ## ruff, mypy --strict, import-linter, pytest
	$(DEV)/bin/ruff check .
	$(DEV)/bin/ruff format --check .
	$(DEV)/bin/mypy
	$(DEV)/bin/lint-imports --no-cache
	$(DEV)/bin/llmops validate --strict
	$(DEV)/bin/llmops baseline verify
	$(DEV)/bin/pytest -n auto

test-statistics: $(DEV)/.installed  ## the gate's promised error rates, simulated at full length (every test marked so; ten minutes at most)
	LLMOPS_STATISTICS=full $(DEV)/bin/pytest -m statistics -n auto -rP

test-live: $(DEV)/.installed test-sdks  ## the tests that need litellm (the `live` extra, 340 MB), and test-sdks
	$(DEV)/bin/python $(PIP) install -e '.[live]'
	$(DEV)/bin/pytest tests/complete

test-sdks:  ## loaded prompts through the newest litellm, openai, anthropic, LangChain and LlamaIndex (90 s)
	PYTHON=$(PYTHON) sh scripts/sdks_check.sh

bench: $(DEV)/.installed  ## start-up, validate, runner and gate against their targets, as ratios in one run
	$(DEV)/bin/python bench/bench.py

bench-gate: $(DEV)/.installed  ## the gate's error rates beside a raw threshold and an unpaired test (two minutes)
	$(DEV)/bin/python bench/gate_table.py

prices:  ## renew llmops_cli/prices.json from the model map of the installed litellm
	$(DEV)/bin/python $(PIP) install -e '.[live]'
	$(DEV)/bin/python scripts/make_prices.py

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python $(PIP) install -e .
	@touch $@

$(DEV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(DEV)
	$(DEV)/bin/python $(PIP) install -e '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) $(DEV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
