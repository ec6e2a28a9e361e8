"""What the scenarios of limits.py have in common."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict

from pyspark.sql import SparkSession

import neptune_spark
from tests.integration.jobs import PATIENCE_S, PythonJob, eventually, made

if TYPE_CHECKING:
    from tests.integration.jobs import Count

Answers = Dict[str, Any]

CORES = 4


def most_running(spark: SparkSession, allowed: int, but: int | None = None) -> int:
    """How many tasks run at a time, at most, once there are so many; but those of a job."""
    scheduler = neptune_spark.scheduler(spark)

    def running() -> int:
        return sum(task.state == "running" and task.job_id != but for task in scheduler.tasks())

    eventually(lambda: running() >= allowed, "the jobs have too few cores")
    return max(running() for _ in range(50))


def beside(spark: SparkSession, directory: Path, limited: list[PythonJob], allowed: int) -> Answers:
    """Some jobs have what they may, and another one all other cores."""
    eventually(
        lambda: sum(len(job.running()) for job in limited) >= allowed, "the jobs got no cores"
    )
    other = PythonJob(spark.sparkContext, made(directory, "other"), None, CORES)
    other.wait_until_running(CORES - allowed)
    # Both sides have run on while the other one did.
    before = other.progress(0)
    eventually(lambda: other.progress(0) > before, "the other job stands still")
    # The last one that came.
    its = max(task.job_id or 0 for task in neptune_spark.scheduler(spark).tasks())
    answers: Answers = {"running": most_running(spark, allowed, but=its)}
    answers["other"] = sorted(partition for partition, _ in other.finish())

    # Cores that are idle now are no reason to go beyond a limit.
    def done() -> int:
        return sum(job.progress(partition) for job in limited for partition in range(CORES))

    had = done()
    eventually(lambda: done() > had, "the jobs stand still")
    answers["running_alone"] = most_running(spark, allowed)
    # Either may have all that both may.
    for job in limited:
        job.let_end()
    answers["ended"] = [sorted(partition for partition, _ in job.finish()) for job in limited]
    answers["starts"] = [sorted(job.starts()) for job in limited]
    return answers


def moving(job: PythonJob, count: int) -> set[int]:
    """The partitions that go on, as soon as there are so many."""
    found: set[int] = set()

    def goes_on() -> bool:
        nonlocal found
        found = {p for p in range(CORES) if job.progress(p) > before[p]}
        return len(found) >= count

    before = [job.progress(partition) for partition in range(CORES)]
    eventually(goes_on, f"{count} tasks do not go on")
    return found


def states(spark: SparkSession, priority: int) -> list[str]:
    """Those of the tasks of a priority, by partition."""
    tasks = neptune_spark.scheduler(spark).tasks()
    found = {task.partition: task.state for task in tasks if task.priority == priority}
    return [found[partition] for partition in sorted(found)]


def collected(spark: SparkSession, count: Count) -> list[tuple[int, int]]:
    """What a job of a SQL execution counts, by partition."""
    rdd = spark.sparkContext.parallelize(range(CORES), CORES).mapPartitionsWithIndex(count)
    counted = spark.createDataFrame(rdd, "partition INT, counted LONG").collect()
    return [(row["partition"], row["counted"]) for row in counted]


def of_users(spark: SparkSession, directory: Path, users: list[str]) -> Answers:
    """A server's threads run a statement for each user, of which no listener has been told."""
    sc = spark.sparkContext

    def statement(name: str, count: Count) -> list[tuple[int, int]]:
        jvm: Any = sc._jvm
        user = jvm.org.apache.spark.sql.catalyst.CurrentUserContext.CURRENT_USER()
        user.set(name)
        try:
            return collected(spark, count)
        finally:
            user.remove()

    jobs = [
        PythonJob(
            sc, made(directory, name), None, CORES,
            local={"spark.jobGroup.id": f"a statement of {name}"}, run=partial(statement, name),
        )
        for name in users
    ]  # fmt: skip
    return beside(spark, directory, jobs, 2)


def another_builder(spark: SparkSession) -> Answers:
    """A notebook's cell is run again with another builder, twice; then a key is misspelt."""
    spark.sparkContext.setLogLevel("WARN")
    answers: Answers = {"same": [], "counted": []}
    for _ in range(2):
        again = SparkSession.builder.config("spark.neptune.pool.etl.maxCores", "3").getOrCreate()
        answers["same"].append(again is spark)
        answers["counted"].append(again.range(CORES).count())
    wrong = "spark.neptune.pool.etl.maxcores"
    SparkSession.builder.config(wrong, "3").getOrCreate()
    try:
        spark.range(CORES).count()
    except Exception as error:
        answers["refused"] = str(error)
    spark.conf.unset(wrong)
    answers["counted"].append(spark.range(CORES).count())
    spark.sparkContext.setLogLevel("OFF")
    return answers


class Blocker:
    """A listener that keeps what comes after it from Neptune's own until it is released."""

    def __init__(self) -> None:
        self.blocks, self._released = threading.Event(), threading.Event()

    def __getattr__(self, name: str) -> Callable[..., None]:
        # Of the many methods of a listener, Spark calls one for each event.
        return lambda *_event: self._wait() if name.startswith("on") else None

    def _wait(self) -> None:
        self.blocks.set()
        self._released.wait(PATIENCE_S)

    def release(self) -> None:
        self._released.set()

    class Java:
        implements = ("org.apache.spark.scheduler.SparkListenerInterface",)
