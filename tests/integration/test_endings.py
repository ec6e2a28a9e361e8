"""Tasks that finish, fail or are killed while they are suspended, or about to be."""

from __future__ import annotations

import contextlib
import gc
import random
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pyspark import Broadcast
from pyspark.sql import SparkSession

import neptune_spark
from neptune_spark import Scheduler, TaskView
from tests.integration.jobs import (
    PATIENCE_S,
    GatedJob,
    JvmJob,
    PythonJob,
    eventually,
    in_background,
)

SEED = 20190904


def gates(spark: SparkSession) -> int:
    """For how many tasks the executor keeps anything."""
    jvm: Any = spark.sparkContext._jvm
    agent = jvm.org.apache.spark.neptune.executor.ExecutorAgent.current().get()
    field = agent.getClass().getDeclaredField("gates")
    field.setAccessible(True)
    return int(field.get(agent).size())


def total_of(numbers: Broadcast[list[int]]) -> int:
    return sum(numbers.value)


def cached_rdds(spark: SparkSession) -> set[int]:
    return {rdd.id() for rdd in spark.sparkContext._jsc.sc().getRDDStorageInfo()}


def test_cancelling_a_stage_ends_what_is_suspended_for_others(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    low = JvmJob(spark, tmp_path, "cancelled", "low")
    low.wait_until_running()
    (stage,) = {task.stage_id for task in scheduler.tasks()}
    high = PythonJob(spark.sparkContext, tmp_path, "high")
    high.wait_until_running()
    spark.sparkContext._jsc.sc().cancelStage(stage)
    with pytest.raises(Exception, match="cancelled"):
        low.result.result(PATIENCE_S)
    eventually(
        lambda: all(task.stage_id != stage for task in scheduler.tasks()),
        "a suspended task outlived its stage",
    )
    assert len(scheduler.tasks()) == 2
    high.finish()
    assert sorted(high.starts()) == [0, 1]


def test_a_broadcast_stays_as_long_as_a_suspended_task_wants_it(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    """The worker reads the value's file when it asks for it first."""
    sc = spark.sparkContext
    jvm: Any = sc._jvm
    numbers = sc.broadcast(list(range(100)))
    job = GatedJob(spark, tmp_path / "job", "low", 1, then=partial(total_of, numbers))
    job.wait_until_started(0)
    task = job.suspend(0)
    del numbers
    # What nobody wants any more is cleaned meanwhile.
    forgotten = sc.parallelize(range(10), 1).persist()
    with neptune_spark.priority("high"):
        forgotten.count()
    number = forgotten.id()
    assert number in cached_rdds(spark)
    del forgotten

    def cleaned() -> bool:
        gc.collect()
        jvm.System.gc()
        return number not in cached_rdds(spark)

    eventually(cleaned, "nothing was cleaned")
    scheduler.resume(task.task_id)
    assert job.finish() == [(0, 4950)]


class Load:
    """Short jobs one after the other, some of which fail; each checks its own answer."""

    jobs = 8

    def __init__(self, spark: SparkSession, level: str, seed: int) -> None:
        self._spark = spark
        self._random = random.Random(seed)
        self.done = in_background(neptune_spark.priority(level)(self._run))

    def _run(self) -> None:
        kinds = [self._jvm, self._python, self._failing]
        for _ in range(self.jobs):
            self._random.choice(kinds)()

    def _jvm(self) -> None:
        numbers = self._spark.range(0, 300_000, 1, 3)
        rows = numbers.groupBy((numbers.id % 7).alias("k")).sum("id").collect()
        assert sum(row[1] for row in rows) == sum(range(300_000))

    def _python(self) -> None:
        rdd = self._spark.sparkContext.parallelize(range(30), 3)
        assert sorted(rdd.map(slowly).collect()) == list(range(30))

    def _failing(self) -> None:
        def work(partition: int, records: Iterable[int]) -> Iterator[int]:
            for n in records:
                yield slowly(n)
            if partition == 1:
                raise ValueError("as it should")

        rdd = self._spark.sparkContext.parallelize(range(30), 3)
        with pytest.raises(Exception, match="as it should"):
            rdd.mapPartitionsWithIndex(work).collect()


def slowly(n: int) -> int:
    end = time.monotonic() + 0.002
    while time.monotonic() < end:
        pass
    return n


@pytest.mark.beyond_ci
def test_tasks_that_end_while_a_request_is_on_its_way(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    """Whatever task there is is suspended, resumed or killed manually, beside three levels."""
    print("seed", SEED)
    chance = random.Random(SEED)
    sc = spark.sparkContext._jsc.sc()
    before = scheduler.statistics()
    killed: set[tuple[int, int]] = set()

    def kill(task: TaskView) -> None:
        # Each once, for the next attempt to come to its end.
        if (task.stage_id, task.partition) not in killed:
            killed.add((task.stage_id, task.partition))
            sc.killTaskAttempt(task.task_id, False, "by chance")

    acts: list[Callable[[TaskView], None]] = [
        lambda task: scheduler.suspend(task.task_id),
        lambda task: scheduler.resume(task.task_id),
        kill,
    ]
    loads = [Load(spark, level, SEED + n) for n, level in enumerate(("low", "normal", "high"))]
    end = time.monotonic() + PATIENCE_S
    while not all(load.done.done() for load in loads):
        assert time.monotonic() < end, f"stuck: {scheduler.tasks()}"
        for task in scheduler.tasks():
            (act,) = chance.choices(acts, weights=(5, 5, 1))
            # It may have ended since.
            with contextlib.suppress(neptune_spark.NeptuneError):
                act(task)
    for load in loads:
        load.done.result()
    after = scheduler.statistics()
    assert after.suspensions > before.suspensions + 50
    assert len(killed) > 10
    eventually(lambda: not scheduler.tasks(), "a task was left behind")
    eventually(lambda: gates(spark) == 0, "a gate was left behind")
    assert (after.cores_lent, scheduler.statistics().tasks_suspended) == (0, 0)
    # Both cores are there for the next job.
    job = PythonJob(spark.sparkContext, tmp_path, None)
    job.wait_until_running()
    job.finish()
