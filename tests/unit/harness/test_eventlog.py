"""Reading event logs."""

from __future__ import annotations

import json

import pytest

from neptune_bench.harness import eventlog
from neptune_bench.harness.eventlog import parse
from neptune_bench.harness.program import BenchmarkError


def line(name: str, **fields: object) -> str:
    return json.dumps({"Event": name, **fields})


def executor(cores: int) -> str:
    return line("SparkListenerExecutorAdded", **{"Executor Info": {"Total Cores": cores}})


def stage(number: int, **properties: str) -> str:
    info = {"Stage ID": number, "Stage Attempt ID": 0}
    return line("SparkListenerStageSubmitted", **{"Stage Info": info, "Properties": properties})


def task(kind: str, number: int, stage_id: int, at_ms: int, attempt: int = 0) -> str:
    info = {"Task ID": number, "Attempt": attempt, "Launch Time": at_ms, "Finish Time": at_ms}
    where = {"Stage ID": stage_id, "Stage Attempt ID": 0}
    return line(f"SparkListenerTask{kind}", **where, **{"Task Info": info})


def moved(name: str, number: int, at_ms: int) -> str:
    return line(
        name, taskId=number, stageId=0, executorId="0", priority=0, time=at_ms, manual=False
    )


LOG = [
    executor(1),
    executor(2),
    stage(0, **{"benchmark.side": "sql"}),
    stage(1, **{"sql.streaming.queryId": "q", "benchmark.side": "sql"}),
    stage(2, **{"benchmark.side": "python"}),
    stage(3),
    task("Start", 10, 0, 1000),
    task("Start", 11, 1, 2000),
    task("Start", 12, 2, 2500, attempt=1),
    task("Start", 13, 3, 2600),
    moved(eventlog.SUSPENDED, 10, 2000),
    moved(eventlog.RESUMED, 10, 3000),
    moved(eventlog.SUSPENDED, 10, 4000),
    task("End", 11, 1, 3000),
    task("End", 10, 0, 5000),
    line("SparkListenerUnknown"),
]


def test_cores_of_all_executors_are_added_up() -> None:
    assert parse(LOG).cores == 3


def test_tasks_know_their_side() -> None:
    sides = {number: found.side for number, found in parse(LOG).tasks.items()}
    assert sides == {
        10: "sql",
        11: eventlog.STREAM,
        12: "python",
        13: eventlog.OTHER,
    }


def test_times_are_seconds_and_a_running_task_has_no_end() -> None:
    tasks = parse(LOG).tasks
    assert (tasks[11].begin, tasks[11].end) == (2.0, 3.0)
    assert tasks[12].end is None


def test_suspensions_are_paired_with_what_ended_them() -> None:
    log = parse(LOG)
    assert log.tasks[10].suspended == [(2.0, 3.0), (4.0, None)]
    assert log.suspensions() == 2
    assert log.suspensions(since=3.5) == 1


def test_what_does_not_alternate_is_ignored() -> None:
    odd = [
        *LOG[:7],
        moved(eventlog.RESUMED, 10, 1500),
        moved(eventlog.SUSPENDED, 10, 2000),
        moved(eventlog.SUSPENDED, 10, 2100),
        moved(eventlog.SUSPENDED, 99, 2100),
    ]
    assert parse(odd).tasks[10].suspended == [(2.0, None)]


def test_attempts_beyond_the_first_are_counted() -> None:
    assert parse(LOG).rerun() == 1


def test_a_last_line_cut_short_is_ignored() -> None:
    assert len(parse([*LOG, '{"Event": "SparkLis']).tasks) == 4


def test_a_broken_line_before_the_last_is_an_error() -> None:
    with pytest.raises(BenchmarkError, match="Line 1 "):
        parse(['{"Event', *LOG])


def test_tasks_know_their_step_and_whether_they_gave_a_result() -> None:
    def end(number: int, reason: str) -> str:
        info = {"Task ID": number, "Attempt": 0, "Launch Time": 0, "Finish Time": 1}
        return line(
            "SparkListenerTaskEnd", **{"Task Info": info, "Task End Reason": {"Reason": reason}}
        )

    info = {"Stage ID": 0, "Stage Attempt ID": 0, "Submission Time": 4500}
    step = {"benchmark.step": "0:3"}
    tasks = parse(
        [
            line("SparkListenerStageSubmitted", **{"Stage Info": info, "Properties": step}),
            *(task("Start", number, 0, 0) for number in (1, 2, 3)),
            end(1, "Success"),
            end(2, "TaskKilled"),
        ]
    ).tasks
    assert {t.step for t in tasks.values()} == {"0:3"}
    assert {t.submitted for t in tasks.values()} == {4.5}
    assert [tasks[number].failed for number in (1, 2, 3)] == [False, True, False]


def test_a_summary_stands_for_single_suspensions() -> None:
    """Task 10 is suspended twice and resumed once, within one second."""
    suspended = {"taskId": [10, 10, 99], "agoMs": [900, 500, 0], "times": [1, 2, 1]}
    resumed = {"taskId": [10], "agoMs": [500], "times": [1], "reason": ["core"]}
    told = line(
        "org.apache.spark.neptune.driver.SparkListenerJobSuspensions",
        time=3000,
        jobId=0,
        suspended=suspended,
        resumed=resumed,
    )
    log = parse([executor(1), stage(0), task("Start", 10, 0, 1000), told])
    assert log.tasks[10].suspended == [(2.1, 2.5), (2.5, None)]
