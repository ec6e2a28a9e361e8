# The only commands to know. Each works from a clean clone, given python3, a JDK 17+ and make:
#   make check   formatting, lint, types, unit tests        make demo   the demonstration
#   make test    the whole suite (SPARK=4.2.0 for another)  make bench  the benchmarks
#   make wheel   the package, with a jar for $(SPARK)       make docs   generated pages
#   make clean   removes everything that was made here

SPARK ?= 4.3.0
PYTHON ?= python3
# PySpark 4.3 needs Python 3.11; our tests need 3.10 with any.
MINOR := $(if $(filter 4.3.%,$(SPARK)),11,10)
# In which order `make bench` runs them.
BENCHMARKS := mechanism scale lda ysb tpch sweep
VENV := .venv-$(SPARK)
READY := $(VENV)/.ready
CLASSES := $(VENV)/spark.jsa
BIN := $(CURDIR)/$(VENV)/bin

# Spark starts its workers with PYSPARK_PYTHON, and SPARK_HOME would put another Spark in the place
# of the one in the venv.
export PYSPARK_PYTHON := $(BIN)/python
unexport SPARK_HOME PYSPARK_DRIVER_PYTHON PYTHONPATH

.PHONY: lint check test smoke demo bench docs spark-members wheel clean

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, $(MINOR)) and "$(PYTHON) is too old: Spark $(SPARK) needs Python 3.$(MINOR) or later; name one with PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[bench,dev]' 'pyspark==$(SPARK)'
	touch $@

# Lets the JVMs of the tests start in half the time; they start without it, too.
$(CLASSES): $(READY) tests/class_archive.py
	-SPARK_SUBMIT_OPTS="-XX:ArchiveClassesAtExit=$@ -XX:+UseSerialGC -Xlog:disable" $(BIN)/spark-submit \
		--conf spark.log.level=WARN tests/class_archive.py

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

check: lint
	$(BIN)/python -m pytest -q tests/unit

test: $(CLASSES)
	$(BIN)/python -m pytest $(ARGS)

smoke: $(READY)
	$(BIN)/python -m pytest -m smoke $(ARGS)

demo: $(READY)
	$(BIN)/neptune-spark demo $(ARGS)

bench: $(READY)
	set -e; for name in $(BENCHMARKS); do $(BIN)/neptune-spark bench $$name $(ARGS); done
	$(BIN)/neptune-spark bench report $(addprefix bench/,$(BENCHMARKS))

docs: $(READY)
	$(BIN)/python -m tests.unit.layers.structure_page > docs/structure.md
	$(BIN)/neptune-spark settings > docs/configuration.md
	$(BIN)/python -m tests.jvm.protocol_page > docs/protocol.md

# The members of Spark that we lean on (docs/adding-a-spark-line.md), for the line of $(SPARK).
spark-members: $(READY)
	$(BIN)/python -m dev.spark_members --record

wheel: $(READY)
	rm -rf neptune_spark/jars
	mkdir -p neptune_spark/jars
	$(BIN)/neptune-spark jar -o neptune_spark/jars/
	$(BIN)/python -m build --wheel --no-isolation --outdir dist

clean:
	rm -rf .venv-* build dist demo bench neptune_spark/jars .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
