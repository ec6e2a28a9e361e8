# The only commands to know. Each works from a clean clone, given python3, a JDK 17+ and make:
#   make check   formatting, lint, types, unit tests        make demo   the demonstration
#   make test    the whole suite (SPARK=4.1.4 for another)  make bench  the benchmarks
#   make wheel   the package, with a jar for each line      make docs   generated pages
#   make artifacts   the jars as a Maven repository         make clean  removes what was made here

SPARK ?= 4.3.0
PYTHON ?= python3
LINE := $(basename $(SPARK))
LINES_TABLE := jvm-shim/src/main/spark-lines.json
# The newest release of each supported line, the oldest first.
LINES := $(shell sed -n 's/.*"newest": "\([^"]*\)".*/\1/p' $(LINES_TABLE))
OTHERS := $(filter-out $(SPARK),$(LINES))
# The benchmarks need Python 3.10.
EXTRAS = $(shell $(PYTHON) -c 'import sys; print("dev" if sys.version_info < (3, 10) else "bench,dev")')
# Spark 3.5 wants a numpy before 2, with which no later pyarrow can be imported.
ARROW = $(if $(filter 3.5,$(LINE)),'pyarrow<22')
PYSPARK = 'pyspark[pandas_on_spark]==$(SPARK)' $(ARROW)
# In which order `make bench` runs them.
BENCHMARKS := mechanism path scale policies lda ysb tpch sweep share memory
# Spark has the mode since 4.1.
BENCHMARKS += $(if $(filter 3.5 4.0,$(LINE)),,realtime)
VENV := .venv-$(SPARK)
READY := $(VENV)/.ready
# A mypy that knows the oldest Python that the package runs on.
FLOOR := .venv-floor
CLASSES := $(VENV)/spark.jsa
BIN := $(CURDIR)/$(VENV)/bin
# Tests that run two at once, since none is a matter of time. Those of all other folders have the
# machine to themselves. What takes longest comes first.
PARALLEL := tests/packaging tests/jvm tests/unit
IN_TWO := --numprocesses=2 --dist=worksteal

# Spark starts its workers with PYSPARK_PYTHON, and SPARK_HOME would put another Spark in the place
# of the one in the venv.
export PYSPARK_PYTHON := $(BIN)/python
unexport SPARK_HOME PYSPARK_DRIVER_PYTHON PYTHONPATH

.PHONY: lint check test test-parallel test-serial packages ready smoke smoke-lines $(OTHERS:%=smoke-%)
.PHONY: demo bench docs spark-members wheel artifacts clean

$(READY): pyproject.toml
	@$(PYTHON) -c 'import json, sys; oldest = json.load(open("$(LINES_TABLE)")).get("$(LINE)", {}).get("python", "3.8"); sys.exit(sys.version_info < tuple(map(int, oldest.split("."))) and "$(PYTHON) is too old: Spark $(SPARK) needs Python %s or later; name one with PYTHON=..." % oldest)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[$(EXTRAS)]' $(PYSPARK)
	touch $@

$(FLOOR)/.ready:
	$(PYTHON) -m venv $(FLOOR)
	$(FLOOR)/bin/python -m pip install --quiet 'mypy==1.14.*'
	touch $@

# Lets the JVMs of the tests start in half the time; they start without it, too.
$(CLASSES): $(READY) tests/class_archive.py
	-SPARK_SUBMIT_OPTS="-XX:ArchiveClassesAtExit=$@ -XX:+UseSerialGC -Xlog:disable" $(BIN)/spark-submit \
		--conf spark.log.level=WARN tests/class_archive.py

lint: $(READY) $(FLOOR)/.ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(FLOOR)/bin/mypy --config-file .mypy-floor.ini
	$(BIN)/hadolint examples/kubernetes/Dockerfile

check: lint
	$(BIN)/python -m pytest -q $(IN_TWO) tests/unit

# A part is run as pytest runs it.
test: $(CLASSES)
ifeq ($(strip $(ARGS)),)
	$(MAKE) --keep-going --jobs=1 test-parallel test-serial
else
	$(BIN)/python -m pytest $(LESS) $(ARGS)
endif

# The two halves of the suite; WITHOUT names a marker of tests that are left out.
LESS = $(if $(WITHOUT),-m 'not $(WITHOUT)')
test-parallel: $(CLASSES)
	$(BIN)/python -m pytest $(IN_TWO) $(PARALLEL) $(LESS) $(ARGS)
test-serial: $(CLASSES)
	$(BIN)/python -m pytest $(PARALLEL:%=--ignore=%) $(LESS) $(ARGS)

# What people run on Spark; fetches what is not here (docs/packages.md).
packages: $(CLASSES)
	$(BIN)/python -m pip install --quiet --editable '.[packages]' $(PYSPARK)
	NEPTUNE_TEST_PACKAGES=1 $(BIN)/python -m pytest -s tests/packages $(ARGS)

smoke: $(READY)
	$(BIN)/python -m pytest -m smoke $(ARGS)

# What the tests need, for whoever has something else to do meanwhile.
ready: $(READY)
	$(BIN)/python -c 'import neptune_spark; neptune_spark.find_jar()'

# On the newest release of every other line; `--jobs=2` has two of them at work.
smoke-lines: $(OTHERS:%=smoke-%)
$(OTHERS:%=smoke-%): smoke-%:
	$(MAKE) ready SPARK=$*
	$(MAKE) smoke SPARK=$*

demo: $(READY)
	$(BIN)/neptune-spark demo $(ARGS)

bench: $(READY)
	set -e; for name in $(BENCHMARKS); do $(BIN)/neptune-spark bench $$name $(ARGS); done
	$(BIN)/neptune-spark bench report $(addprefix bench/,$(BENCHMARKS))

docs: $(READY)
	$(BIN)/python -m tests.unit.layers.structure_page > docs/structure.md
	$(BIN)/neptune-spark settings > docs/configuration.md
	$(BIN)/python -m tests.jvm.protocol_page > docs/protocol.md
	$(BIN)/neptune-spark bench results

# The members of Spark that we lean on (docs/adding-a-spark-line.md), for the line of $(SPARK).
spark-members: $(READY)
	$(BIN)/python -m dev.spark_members --record

# One jar for the newest Spark of every line: each is compiled with the jars of that very Spark.
wheel: $(READY)
	rm -rf neptune_spark/jars
	set -e; homes="$$($(BIN)/python -m dev.line_sparks)"; for home in $$homes; do \
		$(BIN)/neptune-spark jar --spark-home "$$home" -o neptune_spark/jars/; done
	$(BIN)/python -m build --wheel --no-isolation --outdir dist

artifacts: $(READY)
	$(BIN)/python -m dev.maven dist/maven

clean:
	rm -rf .venv-* build dist demo bench neptune_spark/jars .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
