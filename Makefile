# Two commands: `make run` and `make test`. Both start from nothing but Python 3.11+ and make.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
FLASK := $(BIN)/flask

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check bench storm lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## Start the scheduler with demonstration data on http://127.0.0.1:8000 (PORT=…)
	@mkdir -p instance
	$(FLASK) db upgrade
	@for area in avl/areas/*/; do echo "$(FLASK) avl import-area $$area"; \
	  $(FLASK) avl import-area "$$area" || [ $$? -eq 3 ] || exit 1; done
	AVL_DEMO=true $(FLASK) avl demo
	@AVL_DEMO=true PORT=$(PORT) $(BIN)/python deploy/run.py

test: build ## Run the whole suite, on SQLite and on a real PostgreSQL
	$(BIN)/pytest -n 2 $(ARGS)

check: build ## Lint, types, layers, templates, migrations in line, then the tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/pytest -n 2 $(ARGS)
	@mkdir -p build && rm -f build/check.db
	AVL_DATABASE_URL=sqlite:///$(CURDIR)/build/check.db $(FLASK) db upgrade
	AVL_DATABASE_URL=sqlite:///$(CURDIR)/build/check.db $(FLASK) db check

bench: build ## Measure against the targets of the design
	$(BIN)/python -m benchmarks $(ARGS)

storm: build ## Race and kill the system: double bookings, lost messages, races
	AVL_STORM=1 $(BIN)/pytest tests/storm -s $(ARGS)

.PHONY: build
build: $(VENV)/.deps static/vendor/app.css

# pip's own --require-hashes: what is installed is what was locked, byte for byte.
$(VENV)/.deps: requirements/base.txt requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; PYTHON=/path/to/python3.11 make …"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

# A recent Node with npm on the machine is used; otherwise Node comes from PyPI into the venv.
HAS_NODE = command -v npm >/dev/null && node -e 'process.exit(+(parseInt(process.versions.node) < 20))' 2>/dev/null
static/vendor/app.css: package-lock.json .npmrc $(wildcard assets/* assets/*/*) | $(VENV)/.deps
	@set -e; if ! { $(HAS_NODE); }; then \
	  test -x $(BIN)/npm || $(BIN)/python -m pip install --quiet --disable-pip-version-check \
	    --require-hashes -r requirements/node.txt; \
	  PATH="$(CURDIR)/$(BIN):$$PATH"; export PATH; \
	fi; \
	npm ci --ignore-scripts --silent && node assets/build.mjs

lock: ## Refresh the locked requirements (needs uv)
	@for set in base dev node; do uv pip compile --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-annotate --python-version 3.11 \
	  requirements/$$set.in -o requirements/$$set.txt || exit 1; done

clean: ## Remove what was built (keeps instance/, where the data is)
	rm -rf $(VENV) node_modules static/vendor build
