"""An event log as Spark and Neptune write one: a model is trained beside a stream's micro-batches.

Task 0 of job 0 (low) is suspended twice for micro-batches (high), and once by hand; task 1 once.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict

Event = Dict[str, Any]

OURS = "org.apache.spark.neptune.driver.SparkListener"
QUERY = "5a5c0b1e-query"
START_MS = 1_764_180_000_000
#: Users' texts, which are never HTML.
NAME = "nightly <script>alert('x')</script> & more"
REASON = "least <i>work</i> since its last suspension"


def at(seconds: float) -> int:
    """Milliseconds since 1970 of a moment of the application."""
    return START_MS + round(seconds * 1000)


def started() -> list[Event]:
    """The application, with an executor of two cores."""
    start = {"App Name": NAME, "App ID": "app-1", "User": "ada", "Timestamp": at(0)}
    executor = {"Host": "h1", "Total Cores": 2}
    return [
        {"Event": "SparkListenerLogStart", "Spark Version": "4.3.0"},
        {"Event": "SparkListenerApplicationStart", **start},
        {
            "Event": "SparkListenerExecutorAdded",
            "Timestamp": at(1),
            "Executor ID": "1",
            "Executor Info": executor,
        },
    ]


def job(
    job_id: int, stage_id: int, seconds: float, description: str, query: str = ""
) -> list[Event]:
    """A job of one stage, which is submitted with it."""
    info = {
        "Stage ID": stage_id,
        "Stage Attempt ID": 0,
        "Stage Name": f"collect at job{job_id}.py:1",
        "Number of Tasks": 2,
        "Submission Time": at(seconds),
    }
    properties = {"spark.job.description": description}
    if query:
        properties["sql.streaming.queryId"] = query
    return [
        {
            "Event": "SparkListenerJobStart",
            "Job ID": job_id,
            "Submission Time": at(seconds),
            "Stage Infos": [info],
            "Properties": properties,
        },
        {"Event": "SparkListenerStageSubmitted", "Stage Info": info, "Properties": properties},
    ]


def launch(task_id: int, stage_id: int, seconds: float) -> Event:
    info = {"Task ID": task_id, "Launch Time": at(seconds), "Executor ID": "1"}
    return {
        "Event": "SparkListenerTaskStart",
        "Stage ID": stage_id,
        "Stage Attempt ID": 0,
        "Task Info": info,
    }


def end(task_id: int, stage_id: int, seconds: float) -> Event:
    info = {"Task ID": task_id, "Finish Time": at(seconds), "Executor ID": "1"}
    return {"Event": "SparkListenerTaskEnd", "Stage ID": stage_id, "Task Info": info}


def suspensions(seconds: float, began: list[dict[str, Any]], over: list[dict[str, Any]]) -> Event:
    """A summary; the rows' `at` are seconds."""

    def columns(rows: list[dict[str, Any]], names: str) -> dict[str, list[Any]]:
        told = [{**row, "agoMs": at(seconds) - at(row["at"])} for row in rows]
        return {name: [row[name] for row in told] for name in names.split()}

    return {
        "Event": f"{OURS}JobSuspensions",
        "time": at(seconds),
        "jobId": 0,
        "suspended": columns(
            began,
            "taskId stageId executorId priority agoMs manual times forPriority forStageId "
            "ranCoreMs",
        ),
        "resumed": columns(over, "taskId agoMs times reason waitedFor"),
    }


def began(task_id: int, seconds: float, times: int, ran_s: float, for_stage_id: int = -1) -> Event:
    return {
        "taskId": task_id,
        "stageId": 0,
        "executorId": "1",
        "priority": -10,
        "at": seconds,
        "manual": for_stage_id < 0,
        "times": times,
        "forPriority": 10,
        "forStageId": for_stage_id,
        "ranCoreMs": round(ran_s * 1000),
    }


def over(task_id: int, seconds: float, times: int, reason: str = "core") -> Event:
    return {"taskId": task_id, "at": seconds, "times": times, "reason": reason, "waitedFor": ""}


def summary(seconds: float, stages: dict[int, int], **more: Any) -> Event:
    nothing: list[int] = []
    return {
        "Event": f"{OURS}NeptuneSummary",
        "time": at(seconds),
        **{name: nothing for name in ("priority", "running", "pending", "suspended", "lentCores")},
        "stageId": list(stages),
        "stagePriority": list(stages.values()),
        "decisions": [],
        "decisionsLeftOut": 0,
        "statistics": "",
        **more,
    }


def decision(seconds: float, stage_id: int, task_id: int) -> Event:
    return {
        "time": at(seconds),
        "policy": "lb",
        "priority": 10,
        "pendingTasks": 1,
        "stageId": [stage_id],
        "victims": 1,
        "taskId": [task_id],
        "executorId": ["1"],
        "reason": [REASON],
        "fallback": "",
    }


def whole() -> list[Event]:
    """The log of the application that this module tells of."""
    query = "org.apache.spark.sql.streaming.StreamingQueryListener$QueryStartedEvent"
    figures = json.dumps({"cores_lent_max": 2.0, "kills": 0, "policy_faults": 0})
    return [
        *started(),
        {
            "Event": f"{OURS}NeptuneSettings",
            "time": at(1),
            "key": ["spark.neptune.policy", "spark.neptune.maxSuspensions"],
            "value": ["lb", "10"],
            "isSet": [True, False],
        },
        {"Event": query, "id": QUERY, "name": "clicks"},
        *job(0, 0, 2, "train <all> models"),
        launch(0, 0, 2.5),
        launch(1, 0, 2.5),
        *job(1, 1, 10, "batch 0", QUERY),
        launch(2, 1, 10.25),
        end(2, 1, 12),
        suspensions(13, [began(0, 10.2, 1, 7.7, 1)], [over(0, 12.2, 1)]),
        summary(13, {0: -10, 1: 10}, decisions=[decision(10.1, 1, 0)]),
        *job(2, 2, 20, "batch 1", QUERY),
        launch(3, 2, 20.75),
        end(3, 2, 22),
        # Told after the end of the task.
        end(1, 0, 23.5),
        suspensions(
            24,
            [began(0, 20.5, 2, 8.3, 2), began(1, 20.5, 1, 18, 2), began(0, 23, 3, 0.5)],
            [over(0, 22.5, 2, "rescue"), over(1, 22.5, 1)],
        ),
        summary(24, {2: 10}, decisions=[decision(20.4, 2, 1)], decisionsLeftOut=5),
        suspensions(27, [], [over(0, 26, 3)]),
        summary(27, {}, statistics=figures),
        end(0, 0, 30),
        {"Event": "SparkListenerJobEnd", "Job ID": 0, "Completion Time": at(30)},
        {"Event": "SparkListenerApplicationEnd", "Timestamp": at(31)},
    ]


def lines(events: list[Event]) -> bytes:
    """What Spark writes of events."""
    return "".join(json.dumps(event) + "\n" for event in events).encode()


def write(path: Path, events: list[Event]) -> str:
    path.write_bytes(lines(events))
    return str(path)
