"""The JSON in which the JVM tells of a session has all names of Python's records, and no others.

What policies see and answer: tests/jvm/test_python_policy.py.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

import neptune_spark
from neptune_spark import Scheduler
from tests.integration.jobs import PythonJob, eventually


def test_the_json_has_the_names_of_the_records(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    access: Any = scheduler._access
    neptune = access.neptune
    job = PythonJob(spark.sparkContext, tmp_path, None)
    job.wait_until_running()
    eventually(lambda: scheduler.executors()[0].python_workers, "no worker was measured")
    eventually(lambda: scheduler.executors()[0].memory, "the executor was not measured")
    task = json.loads(neptune.tasks())[0]
    (executor,) = json.loads(neptune.executors())
    statistics = json.loads(neptune.statistics())
    high = neptune_spark.priority("high")(lambda: spark.sparkContext.parallelize([1], 1).count())
    high()
    eventually(lambda: whole_decisions(neptune), "nobody was suspended")
    decision = whole_decisions(neptune)[0]
    job.finish()
    assert names(task) == fields(neptune_spark.TaskView)
    assert names(executor) == fields(neptune_spark.ExecutorView)
    assert names(executor["memory"]) == fields(neptune_spark.MemoryView)
    assert names(executor["python_workers"][0]) == fields(neptune_spark.WorkerView)
    assert names(statistics) == fields(neptune_spark.Statistics)
    assert names(statistics["suspend_latency"]) == fields(neptune_spark.Latency)
    assert names(statistics["levels"][0]) == fields(neptune_spark.LevelView)
    assert names(decision) == fields(neptune_spark.DecisionView)
    assert names(decision["victims"][0]) == fields(neptune_spark.Victim)
    assert names(decision["placements"][0]) == fields(neptune_spark.Placement)


def whole_decisions(neptune: Any) -> list[dict[str, Any]]:
    """Those that name victims and places; earlier tests of this session have left others."""
    decisions = json.loads(neptune.decisions(100))
    return [decision for decision in decisions if decision["victims"] and decision["placements"]]


def names(row: dict[str, Any]) -> list[str]:
    return sorted(row)


def fields(record: Any) -> list[str]:
    return sorted(field.name for field in dataclasses.fields(record))
