"""Reads a Spark event log: which task ran when, for which side, and when it was suspended."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from neptune_bench.harness.program import BenchmarkError
from neptune_spark import single_events

SUSPENDED: Final = "org.apache.spark.neptune.driver.SparkListenerTaskSuspended"
RESUMED: Final = "org.apache.spark.neptune.driver.SparkListenerTaskResumed"

STREAM: Final = "stream"
OTHER: Final = "other"

STREAM_PROPERTY: Final = "sql.streaming.queryId"
SIDE_PROPERTY: Final = "benchmark.side"
"""Local property that says which side of the application a thread's jobs are."""
STEP_PROPERTY: Final = "benchmark.step"
"""Local property that says which piece of the batch's work a thread's jobs are."""


@dataclass
class Task:
    """One attempt of a task; times are in epoch seconds.

    Args:
        task_id: unique in the application.
        side: STREAM, what the job's thread has in SIDE_PROPERTY, or OTHER (warm-up, schema
            look-ups).
        attempt: 0 for the first attempt at the task's partition.
        begin, end: launch and finish, as the driver saw them; `end` is None while it runs.
        suspended: spans (begin, end) in which it was suspended; the last may have no end.
        step: what the job's thread has in STEP_PROPERTY, else empty.
        failed: whether it ended without a result: killed, or failed.
        submitted: when its stage was; None where the log does not say it.
    """

    task_id: int
    side: str
    attempt: int
    begin: float
    end: float | None = None
    suspended: list[tuple[float, float | None]] = field(default_factory=list)
    step: str = ""
    failed: bool = False
    submitted: float | None = None


@dataclass(frozen=True)
class Log:
    """What the benchmarks need of an event log: the cores, and the tasks by id."""

    cores: int
    tasks: dict[int, Task]

    def suspensions(self, since: float = 0.0) -> int:
        """Return how often a task was suspended from epoch second `since` on."""
        return sum(begin >= since for t in self.tasks.values() for begin, _ in t.suspended)

    def rerun(self) -> int:
        """Return how many task attempts were not the first of their task."""
        return sum(task.attempt > 0 for task in self.tasks.values())


def side_of(properties: dict[str, str]) -> str:
    """Return the side of a stage with these local `properties`."""
    return STREAM if STREAM_PROPERTY in properties else properties.get(SIDE_PROPERTY, OTHER)


def read(directory: Path) -> Log:
    """Read the one event log in `directory`.

    Raises:
        BenchmarkError: if there is none, or more than one, or a line is not JSON.
    """
    logs = [path for path in directory.iterdir() if path.is_file() and path.suffix != ".crc"]
    if len(logs) != 1:
        raise BenchmarkError(f"Expected one event log in {directory}, found {len(logs)}.")
    return parse(logs[0].read_text().splitlines())


def parse(lines: Iterable[str]) -> Log:
    """Read an event log.

    Args:
        lines: one JSON object each; a last line cut short, as a killed driver leaves it, is
            ignored.

    Raises:
        BenchmarkError: if a line before the last is not JSON.
    """
    cores = 0
    stages: dict[tuple[int, int], tuple[str, str, float | None]] = {}
    tasks: dict[int, Task] = {}
    for event in decoded(list(lines)):
        match event["Event"]:
            case "SparkListenerExecutorAdded":
                cores += int(event["Executor Info"]["Total Cores"])
            case "SparkListenerStageSubmitted":
                stage = event["Stage Info"]
                key = (stage["Stage ID"], stage["Stage Attempt ID"])
                properties = event.get("Properties", {})
                at = stage.get("Submission Time")
                submitted = None if at is None else seconds(at)
                stages[key] = side_of(properties), properties.get(STEP_PROPERTY, ""), submitted
            case "SparkListenerTaskStart":
                info = event["Task Info"]
                stage_key = (event["Stage ID"], event["Stage Attempt ID"])
                side, step, submitted = stages.get(stage_key, (OTHER, "", None))
                task_id, begin = info["Task ID"], seconds(info["Launch Time"])
                tasks[task_id] = Task(
                    task_id, side, info["Attempt"], begin, step=step, submitted=submitted
                )
            case "SparkListenerTaskEnd":
                task = tasks.get(event["Task Info"]["Task ID"])
                if task is not None:
                    task.end = seconds(event["Task Info"]["Finish Time"])
                    reason = event.get("Task End Reason", {}).get("Reason", "Success")
                    task.failed = reason != "Success"
            case _:
                for single in single_events(event):
                    task = tasks.get(single["taskId"])
                    if task is not None:
                        record(task, single["Event"], seconds(single["time"]))
    return Log(cores, tasks)


def decoded(lines: list[str]) -> Iterable[dict[str, Any]]:
    """Yield the events of `lines` (see `parse`)."""
    for number, line in enumerate(lines, 1):
        try:
            yield json.loads(line)
        except json.JSONDecodeError as error:
            if number < len(lines):
                raise BenchmarkError(
                    f"Line {number} of the event log is not JSON: {error}."
                ) from error


def seconds(epoch_ms: int) -> float:
    """Return epoch milliseconds as seconds."""
    return epoch_ms / 1000.0


def record(task: Task, name: str, at: float) -> None:
    """Add a suspension, or the end of one, to `task`; what does not alternate is ignored."""
    is_open = bool(task.suspended) and task.suspended[-1][1] is None
    if name == SUSPENDED and not is_open:
        task.suspended.append((at, None))
    elif name == RESUMED and is_open:
        task.suspended[-1] = (task.suspended[-1][0], at)
