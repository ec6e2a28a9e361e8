"""What the benchmark of a shared session makes of its runs."""

from __future__ import annotations

import dataclasses
import json
import math
import statistics
from pathlib import Path

import pytest

from neptune_bench.harness import results
from neptune_bench.harness.eventlog import Log, Task
from neptune_bench.harness.layout import CLUSTER
from neptune_bench.harness.program import BenchmarkError
from neptune_bench.share import __main__ as program
from neptune_bench.share import plots, report
from neptune_bench.share.figures import (
    Result,
    Run,
    Sample,
    Window,
    covered,
    jain,
    measured,
    references,
    slow_downs,
    windows,
)
from neptune_bench.share.plan import ALONE, FIFO, NEPTUNE_FAIR, STREAM, Plan
from neptune_bench.tpch.tables import LONG, SHORT

PLAN = Plan(
    master="local[2]",
    sides=(ALONE, FIFO, NEPTUNE_FAIR),
    repeat=1,
    long_users=2,
    short_users=1,
    window_s=10.0,
)


def query(user: str, length: str, name: str, due: float, took_s: float) -> Sample:
    return Sample(user, length, name, due, took_s)


REFERENCE = Run(
    ALONE,
    0,
    2,
    (
        query("", SHORT, "q6", 0, 0.1),
        query("", SHORT, "q6", 0, 0.2),
        query("", SHORT, "q6", 0, 5.0),
        query("", LONG, "q9", 0, 4.0),
    ),
    20.0,
    (),
    0.0,
    0,
    0,
)


def shared(side: str, took_s: float, makespan_s: float, parts: tuple[float, float]) -> Run:
    """A run whose short queries took so long, and whose long users had these core-seconds."""
    cores = {"long-1": parts[0], "long-2": parts[1], "short-1": 1.0, STREAM: 0.5}
    samples = (
        query("short-1", SHORT, "q6", 0, took_s),
        query("short-1", SHORT, "q6", 1, 2 * took_s),
        query("long-1", LONG, "q9", 0, 8.0),
    )
    window = Window(0.0, cores, ("long-1", "long-2"))
    return Run(side, 0, 2, samples, makespan_s, (window,), 0.0, 0, 3)


RESULT = Result(
    PLAN,
    {"cpus": 2, "processor": "some"},
    {"spark": "4.3.0"},
    0.1,
    "All right.",
    (
        REFERENCE,
        shared(FIFO, 2.0, 100.0, (15.0, 5.0)),
        shared(NEPTUNE_FAIR, 0.2, 106.0, (9.0, 9.0)),
    ),
)


@pytest.mark.parametrize(
    ("values", "index"),
    [([1, 1, 1], 1.0), ([3, 0, 0], 1 / 3), ([1, 2, 3], 36 / (3 * 14)), ([0, 0], 1.0), ([7], 1.0)],
)
def test_jain(values: list[float], index: float) -> None:
    assert math.isclose(jain(values), index)
    assert math.isclose(jain([5 * value for value in values]), index)


def test_jain_of_nobody() -> None:
    with pytest.raises(ValueError, match="of no values"):
        jain([])


def test_slow_down_is_over_the_median_alone() -> None:
    assert references(REFERENCE) == {(SHORT, "q6"): 0.2, (LONG, "q9"): 4.0}
    run = shared(FIFO, 2.0, 100.0, (1.0, 1.0))
    assert slow_downs(run, REFERENCE, SHORT) == [10.0, 20.0]
    assert slow_downs(run, REFERENCE, LONG) == [2.0]
    assert slow_downs(run, REFERENCE, STREAM) == []


def test_what_is_covered_counts_once() -> None:
    spans = [(8.0, 20.0), (0.0, 2.0), (1.0, 3.0), (1.5, 2.0), (5.0, 6.0), (30.0, 31.0)]
    assert covered(spans, 1.0, 10.0) == 2.0 + 1.0 + 2.0
    assert covered([], 0.0, 1.0) == 0.0


def task(number: int, side: str, begin: float, end: float) -> Task:
    return Task(number, side, 0, begin, end)


def test_windows_have_core_seconds_without_suspensions() -> None:
    suspended = task(1, "long-1", 100.0, 112.0)
    suspended.suspended.append((102.0, 109.0))
    tasks = (
        suspended,
        task(2, "long-2", 104.0, 125.0),
        task(3, STREAM, 111.0, 112.0),
        task(4, "other", 100.0, 130.0),
    )
    log = Log(2, {one.task_id: one for one in tasks})
    samples = [
        query("long-1", LONG, "q9", 100.0, 12.0),
        query("long-2", LONG, "q9", 100.0, 5.0),
        # A moment in which it plans its next query is no lack of work.
        query("long-2", LONG, "q1", 105.05, 20.0),
    ]
    users = ("long-1", "long-2", "short-1")
    first, second = windows(log, samples, users, 100.0, 125.0, 10.0)
    assert (first.begin_s, second.begin_s) == (0.0, 10.0)
    assert first.core_s == {"long-1": 3.0, "long-2": 6.0, "short-1": 0.0, STREAM: 0.0}
    assert second.core_s == {"long-1": 2.0, "long-2": 10.0, "short-1": 0.0, STREAM: 1.0}
    assert first.working == ("long-1", "long-2") and second.working == ("long-2",)
    assert math.isclose(first.jain, 81 / (2 * 45))
    run = Run(FIFO, 0, 2, (), 25.0, (first, second), 0.0, 0, 0)
    assert run.indices(["long-1", "long-2"]) == [first.jain]


def test_what_is_thrown_away_began_in_the_time_that_counts() -> None:
    tasks = [task(n, "long-1", 100.0 + n, 104.0 + n) for n in range(4)]
    for one in tasks:
        one.failed = one.task_id > 0
    tasks[3].suspended.append((104.0, 106.0))
    log = Log(2, {one.task_id: one for one in tasks})
    run = measured(FIFO, 0, PLAN, log, (), 101.5, 121.5)
    assert (run.killed, run.thrown_away_core_s, run.suspensions) == (2, 4.0 + 2.0, 1)
    assert (run.makespan_s, run.cores, len(run.windows)) == (20.0, 2, 2)


def test_ratios_and_bars() -> None:
    assert RESULT.compared == [FIFO, NEPTUNE_FAIR]
    slow = RESULT.slow_down(NEPTUNE_FAIR, SHORT, 95)
    over = RESULT.over_fifo(NEPTUNE_FAIR)
    index = RESULT.jain(FIFO, statistics.median)
    assert slow and over and index
    assert (slow.median, over.median, index.median) == (2.0, 1.06, 400 / (2 * 250))
    met = {bar.what: bar.met for bar in RESULT.bars()}
    assert met == {
        "short queries' p95 slow-down at most 2": True,
        "long queries' makespan over FIFO's at most 1.05": False,
        "core-seconds thrown away at most 0": True,
        "Jain's index at least 0.95": True,
    }
    without = dataclasses.replace(RESULT, runs=(REFERENCE, RESULT.runs[2]))
    assert without.over_fifo(NEPTUNE_FAIR) is None and len(without.bars()) == 3


def test_everything_is_shown(tmp_path: Path) -> None:
    text = report.rendered(RESULT)
    assert "| Neptune, fair | long queries' makespan over FIFO's at most 1.05 |" in text
    assert "missed" in text and text.endswith("All right.")
    assert "Local layout: driver and tasks on the same processors, local[2]; TPC-H scale" in text
    plan = dataclasses.replace(
        PLAN, layout=CLUSTER, driver_processors=(0,), worker_processors=(1, 2)
    )
    text = report.rendered(dataclasses.replace(RESULT, plan=plan))
    assert "driver and load on processor 0, a worker with 2 cores on processors 1-2; TPC" in text
    results.write(tmp_path / "result.json", "share", RESULT)
    written = json.loads((tmp_path / "result.json").read_text())
    assert written["benchmark"] == "share" and len(written["runs"]) == 3
    assert [bar["met"] for bar in written["bars"]].count(False) == 1
    plots.draw(RESULT, tmp_path / "share.png")
    assert (tmp_path / "share.png").read_bytes().startswith(b"\x89PNG")


def test_pools_are_drawn_for_each_round() -> None:
    first, second = Plan().pools(0), Plan().pools(1)
    assert first == Plan().pools(0) != second
    assert list(first.keys() & second.keys()) and set(first.values()) == set(second.values())
    assert len(set(first.values())) == 6


def test_alone_is_needed() -> None:
    options = program.COMMAND.parser().parse_args(["--schedulers", FIFO])
    with pytest.raises(BenchmarkError, match="Name alone"):
        program.measure(program.COMMAND.plan_of(options))


def test_the_command_line_says_what_is_run() -> None:
    words = ["--quick", "--scale", "0.2", "--window", "5", "--starved", "2", "--queries", "4"]
    plan = program.COMMAND.plan_of(program.COMMAND.parser().parse_args(words))
    assert (plan.scale, plan.window_s, plan.starved_s, plan.queries) == (0.2, 5.0, 2.0, 4)
    assert plan.repeat == 1
