# Two commands are enough: `make report` and `make test`. Each sets up what it needs and is quick when nothing changed.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
COMPILE := $(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --quiet
export UV_COMPILE_BYTECODE := 1
export UV_SYSTEM_CERTS := 1
unexport PYTHONDONTWRITEBYTECODE

.PHONY: report test slow lab check lint format lock clean

report: $(READY)  ## the sample company's reports, or your own after you edit params/workspace.yaml
	@$(BIN)/prodops run feedback_themes kpi_review engagement surveys delivery_flow whatif launch_review priorities digest

test: $(READY)  ## the whole fast suite
	@$(BIN)/python -m pytest -n auto --dist loadfile -m "not slow"

slow: $(READY)  ## the rest: kills by the dozen, reports verified for real
	@$(BIN)/python -m pytest -m slow

lab: $(READY)  ## the notebooks, in JupyterLab
	@$(BIN)/prodops lab

check: $(READY)  ## are the workspace and its tables as they should be?
	@$(BIN)/prodops check

lint: $(READY)  ## style and types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

format: $(READY)
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

# Left out of .venv: presidio for its size, and the drivers of spark and postgres, which .ci/run adds.
lock: $(READY)  ## after a change of dependencies in pyproject.toml
	@$(COMPILE) pyproject.toml --extra cluster --extra deliver --extra dev --extra encoders --extra lab -o requirements.lock
	@printf 'pyspark>=4.1\npsycopg[binary]>=3.2\n' | $(COMPILE) - -o tests/engines.lock

clean:
	rm -rf .venv reports/* .pytest_cache .mypy_cache .ruff_cache

# uv comes into .venv by pip; packages come from the lock, with their hashes, their bytecode compiled.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "prodops needs Python 3.11 or newer; this is " + sys.version.split()[0])'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip sync --quiet --require-hashes --python $(BIN)/python requirements.lock
	@$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --python $(BIN)/python --editable .
	@$(BIN)/python -m compileall -q prodops
	@touch $@
