"""What a run amounts to."""

from __future__ import annotations

import dataclasses

import pytest

from neptune_bench.harness.eventlog import Task
from neptune_bench.unified import figures
from neptune_bench.unified.figures import Measured, Spread
from neptune_bench.unified.schedulers import STREAM
from tests.unit.unified.made_up import BEGIN, END, batch_task, measured, run, runs

ALL = [measured(made) for made in runs()]


def by_name(name: str) -> Measured:
    return next(one for one in ALL if one.scheduler.name == name)


def test_a_task_has_a_core_while_it_is_not_suspended() -> None:
    task = batch_task(1, "", 0.0, 10.0, suspended=[(2.0, 5.0), (9.0, None)])
    assert figures.core_seconds(task) == 2.0 + 4.0
    assert figures.core_seconds(task, 1.0, 6.0) == 1.0 + 1.0
    assert figures.core_seconds(task, 20.0, 30.0) == 0.0


def test_waits_of_the_streams_tasks_are_from_their_stages_submission() -> None:
    waited = Task(1, STREAM, 0, BEGIN + 2.5, BEGIN + 3, submitted=BEGIN + 2)
    before = Task(2, STREAM, 0, BEGIN, BEGIN + 3, submitted=BEGIN - 1)
    batch = batch_task(3, "0:0", BEGIN + 9, END, submitted=BEGIN)
    found = measured(run("fifo", waited, before, batch, latencies_ms=[1.0]))
    assert found.task_waits_ms == [500.0]
    (row,) = figures.rows([found])
    assert row.wait_p50_ms == row.wait_p99_ms == Spread(500.0, 500.0, 500.0)


def test_a_step_that_the_time_cuts_counts_by_its_share() -> None:
    # Its two tasks have 60 core-seconds, of which 20 are within.
    ((name, share),) = by_name("batch-alone").steps
    assert name == "q9"
    assert share == pytest.approx(20 / 60)
    assert figures.costs(ALL) == {"q9": 60.0}
    assert figures.work(by_name("batch-alone"), {"q9": 60.0}) == pytest.approx(20.0)


def test_work_is_counted_at_its_cost_alone_whatever_it_took() -> None:
    slow = measured(run("fifo", batch_task(1, "0:0", BEGIN, END), steps=[("0:0", "q9")]))
    assert figures.work(slow, {"q9": 3.0}) == 3.0
    assert figures.work(slow, {}) == 10.0


def test_the_stream_leaves_the_rest_of_the_cores() -> None:
    assert by_name("alone").stream_core_s == 5.0
    assert by_name("neptune-lma").available_core_s == 2 * 10 - 5


def test_what_gave_no_result_is_thrown_away_and_what_comes_later_does_not_count() -> None:
    killed = batch_task(1, "0:0", BEGIN, BEGIN + 4, failed=True)
    again = Task(2, killed.side, 1, BEGIN + 4, BEGIN + 8, step="0:0")
    late = batch_task(3, "0:0", END + 1, END + 2, failed=True)
    stream = Task(4, STREAM, 1, BEGIN, BEGIN + 1, failed=True)
    found = measured(run("kill", killed, again, late, stream, steps=[("0:0", "q9")]))
    assert (found.wasted_core_s, found.rerun, found.suspensions) == (4.0, 1, 0)


def test_ratios_are_to_the_same_side_alone() -> None:
    rows = {row.scheduler.name: row for row in figures.rows(ALL)}
    assert list(rows) == ["alone", "batch-alone", "fifo", "neptune-lma"]
    assert rows["fifo"].p50_over_alone == Spread(10.0, 10.0, 10.0)
    assert rows["alone"].throughput is None
    assert rows["batch-alone"].p50_ms is None
    mine = rows["neptune-lma"]
    assert mine.suspensions == Spread(1.0, 1.0, 1.0)
    # 15 of its 50 core-seconds are within, of a work of 60; the stream left 15 of 20.
    assert mine.throughput is not None and mine.efficiency is not None
    assert mine.throughput.median == pytest.approx(15 / 50 * 60 / 20)
    assert mine.efficiency.median == pytest.approx(15 / 50 * 60 / 15)
    # All processes of the stream alone left 16.
    assert mine.processor_efficiency is not None
    assert mine.processor_efficiency.median == pytest.approx(15 / 50 * 60 / 16)


def test_what_processes_elsewhere_used_is_not_known() -> None:
    made = runs()
    elsewhere = ({**made[0].answers[0], "processor_s": None},)
    made[0] = dataclasses.replace(made[0], answers=elsewhere)
    rows = figures.rows([measured(each) for each in made])
    mine = next(row for row in rows if row.scheduler.name == "neptune-lma")
    assert mine.processor_efficiency is None and mine.efficiency is not None


def test_a_round_is_compared_with_itself() -> None:
    slow = [
        measured(run("alone", latencies_ms=[1000.0], repeat=1)),
        measured(run("fifo", latencies_ms=[1500.0], repeat=1)),
    ]
    rows = {row.scheduler.name: row for row in figures.rows([*ALL, *slow])}
    assert rows["fifo"].p50_over_alone == Spread(5.75, 1.5, 10.0)


def test_what_arrived_during_the_warm_up_has_a_figure_of_its_own() -> None:
    made = run("alone", latencies_ms=[900.0, 10.0, 20.0])
    late = dataclasses.replace(made, begin=BEGIN + 1.0)
    found = measured(late)
    assert found.samples == [(0.0, 10.0), (1.0, 20.0)]
    assert found.first_samples == [(-1.0, 900.0)]
    (row,) = figures.rows([found])
    assert row.first_p50_ms == row.first_max_ms == Spread(900.0, 900.0, 900.0)
    assert (row.samples, row.least_samples, row.least_moments) == (2, 2, 2)


def test_medians_and_ranges() -> None:
    assert figures.spread([3.0, 1.0, 2.0]) == Spread(2.0, 1.0, 3.0)
    assert figures.spread([]) is None
