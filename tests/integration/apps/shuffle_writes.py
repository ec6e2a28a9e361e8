"""A task that writes a shuffle, and nothing else, is suspended by hand; prints what came of it.

Usage: shuffle_writes.py DIRECTORY SCENARIO...

Each has a session of its own. The task aggregates numbers, and makes a long word of each group when
the shuffle takes it, where Spark does not look for a kill any more.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Dict

from pyspark.sql import SparkSession

import neptune_spark
from tests.integration import by_hand
from tests.integration.jobs import PATIENCE_S, QUICK_EXECUTORS, eventually, in_background, made
from tests.integration.sessions import session

Answers = Dict[str, Any]

ROWS = 50_000
SETTINGS = {
    "spark.ui.enabled": "false",
    # Nobody's core is lent while the task has not stopped.
    "spark.neptune.suspendTimeout": "1h",
    "spark.executor.heartbeatInterval": "200ms",
    # What is written takes its time.
    "spark.io.compression.codec": "zstd",
    "spark.io.compression.zstd.level": "19",
}


def written(place: Path) -> int:
    """How many bytes a task has written that is not done with it."""
    return sum(file.stat().st_size for file in place.rglob("temp_shuffle_*"))


def has_memory(spark: SparkSession) -> bool:
    """Whether a task has taken memory for its groups, as far as the executor has told."""
    told = [executor.memory for executor in neptune_spark.scheduler(spark).executors()]
    return any(memory and memory.metrics["OnHeapExecutionMemory"] > 0 for memory in told)


def stopped(spark: SparkSession, place: Path, begins: Callable[[], bool], costs: int) -> Answers:
    """Suspends the task once it begins with something; a record costs what so many numbers do."""
    scheduler = neptune_spark.scheduler(spark)
    numbers = spark.range(1, ROWS + 1, 1, 1).distinct()
    words = numbers.selectExpr("id", f"sha2(repeat(string(id), {costs}), 512) AS word")
    found = words.repartition(2, "id").selectExpr("count(*)", "sum(id)", "min(length(word))")
    job = in_background(lambda: found.collect()[0])
    eventually(lambda: [t for t in scheduler.tasks() if t.state == "running"], "nothing runs")
    (task,) = scheduler.tasks()
    eventually(begins, "it did not begin")
    by_hand.suspend(scheduler, task.task_id)
    (suspended,) = scheduler.tasks()
    answers: Answers = {
        "same_task": suspended.task_id == task.task_id,
        "written": written(place),
        "done": job.done(),
    }
    scheduler.resume(task.task_id)
    answers["rows"], answers["sum"], answers["length"] = job.result(PATIENCE_S)
    answers["overdue"] = scheduler.statistics().overdue
    return answers


def inserting(spark: SparkSession, place: Path) -> Answers:
    """While it inserts its records into a sort."""
    return stopped(spark, place, lambda: has_memory(spark), costs=3_000)


def writing(spark: SparkSession, place: Path) -> Answers:
    """While it writes what it has sorted."""
    return stopped(spark, place, lambda: written(place) > 0, costs=1)


#: Few partitions are not sorted, but each written to a file of its own.
SORTED = {"spark.shuffle.sort.bypassMergeThreshold": "1"}
LOCAL, CLUSTER = "local[1]", "local-cluster[1,1,1024]"
SCENARIOS: dict[str, tuple[Callable[[SparkSession, Path], Answers], str, dict[str, str]]] = {
    "inserting": (inserting, LOCAL, SORTED),
    "writing": (writing, LOCAL, SORTED),
    "each_to_its_file": (writing, LOCAL, {}),
    # Executors of their own make their shuffle managers at another time.
    "on_a_cluster": (inserting, CLUSTER, {**SORTED, **dict([QUICK_EXECUTORS])}),
}


def played(name: str, directory: Path) -> Answers:
    """What came of a scenario."""
    scenario, master, own = SCENARIOS[name]
    builder = neptune_spark.builder().master(master)
    settings = {**SETTINGS, **own, "spark.local.dir": str(directory)}
    with session(builder, settings) as spark:
        spark.sparkContext.setLogLevel("OFF")
        return scenario(spark, directory)


def main(directory: Path, *names: str) -> None:
    print(json.dumps({name: played(name, made(directory, name)) for name in names}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
