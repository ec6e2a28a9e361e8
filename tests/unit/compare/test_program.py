"""Two results side by side, and what is said of them."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.unit.mechanism import made_up as mechanism
from tests.unit.path import made_up as path
from tests.unit.realtime.test_figures import RESULT as REALTIME
from tests.unit.results.made_up import as_json, demo, sweep, tpch
from tests.unit.scale import made_up as scale
from tests.unit.share.test_figures import RESULT as SHARE

program = pytest.importorskip("neptune_bench.compare.__main__", exc_type=ImportError)
sweep_report = pytest.importorskip("neptune_bench.sweep.report", exc_type=ImportError)


def times(result: Mapping[str, Any], side: str, factor: float) -> dict[str, Any]:
    """A result of real-time queries with one side's latencies multiplied."""
    changed: dict[str, Any] = copy.deepcopy(dict(result))
    for run in changed["runs"]:
        if run["side"] == side:
            run["latencies_ms"] = [factor * ms for ms in run["latencies_ms"]]
    return changed


def three_rounds() -> dict[str, Any]:
    found = as_json("realtime", REALTIME)
    found["runs"] = [{**run, "number": n} for run in found["runs"][::2] for n in range(3)]
    return found


def row_of(text: str, name: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(name))


def test_each_figure_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = three_rounds()
    for name, found in (("a", result), ("b", times(result, "shared", 2.0))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "result.json").write_text(json.dumps(found))
    assert program.main([str(tmp_path / "a"), str(tmp_path / "b" / "result.json")]) == 0
    said = capsys.readouterr().out
    assert "Warning" not in said
    assert row_of(said, "shared: latency, ms: p50").endswith("more than noise")
    assert "+100.0 %" in row_of(said, "shared: latency over alone: p99")
    assert row_of(said, "alone: latency, ms: p50").endswith("within noise")
    assert " figures changed by more than noise" in said


def test_conditions_that_differ_are_named() -> None:
    before = three_rounds()
    after = copy.deepcopy(before)
    after["machine"]["cpus"] = 8
    after["versions"]["spark"] = "4.4.0"
    after["plan"]["rate"] = 5.0
    after["load_before"] = 7.5
    said = program.compared(before, after)
    assert "Warning: machine differs in cpus: 2 and 8." in said
    assert 'Warning: versions differs in spark: "4.3.0" and "4.4.0".' in said
    assert "Warning: plan differs in rate: 100.0 and 5.0." in said
    assert "when B was measured: This machine is busy (7.5 of 8 processors in use)" in said


def test_two_runs_of_one_demo_count_the_same_events_as_its_picture() -> None:
    """Those that arrived while the batch had work, not what came before."""
    before, after = demo(), demo()
    for found in (before, after):
        for run in found["runs"].values():
            run["batch"] = run["batch"] and [102.5, 110.0]
    after["runs"]["neptune"]["samples"][0]["latency_s"] = 99.0
    said = program.compared(before, after)
    assert "+0.0 %" in row_of(said, "Neptune: p50") and "+0.0 %" in row_of(said, "Neptune: p99")


def test_the_layout_is_a_condition_in_every_sweep(tmp_path: Path) -> None:
    written = []
    for layout in ("local", "cluster"):
        sweep_report.write(tmp_path / layout, sweep(layout))
        written.append(json.loads((tmp_path / layout).read_text()))
    said = program.compared(*written)
    assert 'Warning: settings differs in layout: "local" and "cluster".' in said
    assert "Warning" not in program.compared(written[0], written[0])


def test_different_benchmarks_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, found in (("a", three_rounds()), ("b", as_json("share", SHARE))):
        (tmp_path / name).write_text(json.dumps(found))
    assert program.main([str(tmp_path / "a"), str(tmp_path / "b")]) == 1
    assert "One is a result of realtime and the other of share" in capsys.readouterr().err


@pytest.mark.parametrize(
    "result, figure",
    [
        (as_json("share", SHARE), "Spark FIFO: makespan, s"),
        (as_json("scale", scale.result()), "75 executors, lma: decision for 64, us"),
        (as_json("mechanism", mechanism.result()), "Python UDF: over stock"),
        (as_json("path", path.result()), "JVM tasks, saturated: in all, ms: p50"),
        (tpch(), "Neptune, LMA: latency over alone: p50"),
        (demo(), "Neptune: batch, s"),
    ],
    ids=["share", "scale", "mechanism", "path", "tpch", "demo"],
)
def test_every_benchmark_has_figures(result: dict[str, Any], figure: str) -> None:
    said = program.compared(result, result)
    assert "+0.0 %" in row_of(said, figure)
    assert "can't tell: 1 " in row_of(said, figure)
