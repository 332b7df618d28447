# Two commands are enough: make demo, make test. A bare machine needs python3 (with venv) and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip install --quiet

.PHONY: env demo test soak bench clean

env: $(VENV)/.runtime

$(VENV)/.runtime: requirements.lock pyproject.toml
	@echo "making $(VENV) from requirements.lock (about 20 s, once)"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --no-compile --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@PYTHONDONTWRITEBYTECODE= $(BIN)/itinerary --help >/dev/null  # compiles once what every process loads; roles may not write here
	@touch $@

$(VENV)/.test: $(VENV)/.runtime tests/requirements.lock
	@echo "adding what the tests need, from tests/requirements.lock"
	@$(PIP) --no-compile --require-hashes -r tests/requirements.lock
	@touch $@

demo: env
	@$(BIN)/itinerary demo $(DEMO_ARGS)

test: $(VENV)/.test
	$(BIN)/ruff format --check service sms_gateway_sim tests
	$(BIN)/ruff check service sms_gateway_sim tests
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --recursive service sms_gateway_sim
	$(BIN)/pytest $(TEST_ARGS)

soak: $(VENV)/.test
	$(BIN)/pytest -m soak $(TEST_ARGS)

bench: $(VENV)/.bench
	@$(BIN)/python -m tests.benchmarks $(BENCH)

$(VENV)/.bench: $(VENV)/.test tests/benchmarks/requirements.lock
	@echo "adding what the benchmarks compare with, from tests/benchmarks/requirements.lock"
	@$(PIP) --no-compile --require-hashes -r tests/benchmarks/requirements.lock
	@touch $@

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache
