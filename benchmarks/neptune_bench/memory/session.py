"""A side's session; a driver process (see `harness.driver`)."""

from __future__ import annotations

import contextlib
import gc
import math
import random
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Final

import psutil
from pyspark import TaskContext
from pyspark.sql import SparkSession

from neptune_bench.harness import executors, heap, layout, sessions
from neptune_bench.harness.drivers import Report
from neptune_bench.memory.beside import Stream, beside
from neptune_bench.memory.figures import (
    CONTROLLER,
    DRIVER,
    EXECUTOR,
    OWN_OF_DRIVER,
    OWN_OF_EXECUTOR,
    WORKER,
)
from neptune_bench.memory.plan import BATCHES, NEPTUNE, PARTS, SIDES, TASKS, Plan

MIB: Final = 1 << 20
JVM_STEPS: Final = 2_000_000
PYTHON_STEPS: Final = 200_000
"""What a task of the batch computes: some 20 ms."""
CONTROLS: Final = "neptune_spark.controller.main"
FORKS: Final = ("pyspark.daemon", "neptune_spark.worker.daemon")
FEW: Final = 50
"""Spark keeps so many jobs, stages and queries that are over: then it has them after a moment."""
KEPT: Final = {
    **dict.fromkeys(
        (
            *("spark.ui.retainedJobs", "spark.ui.retainedStages", "spark.ui.retainedTasks"),
            *("spark.ui.retainedDeadExecutors", "spark.sql.ui.retainedExecutions"),
            "spark.sql.streaming.numRecentProgressUpdates",
        ),
        str(FEW),
    ),
    "spark.sql.streaming.minBatchesToRetain": "10",
    "spark.cleaner.periodicGC.interval": "10s",
    # Each query starts more threads, as long as there are not so many.
    **{
        f"spark.sql.{pool}.maxThreadThreshold": "4"
        for pool in ("broadcastExchange", "shuffleExchange", "resultQueryStage", "subquery")
    },
}


def is_running(process: psutil.Process, *modules: str) -> bool:
    """Whether a process runs one of some Python modules."""
    with contextlib.suppress(psutil.Error):
        return any(module in word for word in process.cmdline() for module in modules)
    return False


class Processes:
    """The processes of an application: its driver, and the executor if that is another one."""

    def __init__(self, spark: SparkSession) -> None:
        self._spark = spark
        self._driver = heap.driver_pid(spark)
        apart = executors.processes(spark)
        self._executor = apart[0].pid if apart else None

    def look(self) -> dict[str, float]:
        """Return what they keep, by the names of figures; nothing must run."""
        jvm: Any = self._spark.sparkContext._jvm
        jsc: Any = self._spark.sparkContext._jsc
        # What this process holds of the JVM's objects, and what listeners have yet to hear.
        gc.collect()
        jsc.sc().listenerBus().waitUntilEmpty()
        assert jvm is not None
        driver = heap.settled(self._driver)
        found = {DRIVER: driver.size / MIB, OWN_OF_DRIVER: driver.own}
        if self._executor is not None:
            executor = heap.settled(self._executor)
            found |= {EXECUTOR: executor.size / MIB, OWN_OF_EXECUTOR: executor.own}
        below = psutil.Process(self._executor or self._driver).children(recursive=True)
        for name, modules in ((WORKER, FORKS), (CONTROLLER, (CONTROLS,))):
            sizes = [_unique_mib(each) for each in below if is_running(each, *modules)]
            if sizes:
                found[name] = max(sizes)
        return found


def _unique_mib(process: psutil.Process) -> float:
    """Return the memory that a process has for itself."""
    with contextlib.suppress(psutil.Error):
        return float(process.memory_full_info().uss) / MIB
    return 0.0


class Work:
    """The jobs whose tasks are counted, and those that hold the cores beside them."""

    def __init__(self, spark: SparkSession, plan: Plan, side: str) -> None:
        self._spark, self._plan = spark, plan
        self._has_neptune = side == NEPTUNE
        self._order = random.Random(plan.seed)
        self._cores = spark.sparkContext.defaultParallelism
        self._kinds = (self._rdd, self._shuffle, self._broadcast, self._python)

    def level(self, name: str) -> AbstractContextManager[object]:
        """Return what gives jobs a priority, where there are any."""
        if not self._has_neptune:
            return nullcontext()
        import neptune_spark

        return neptune_spark.priority(name)

    def warm_up(self) -> None:
        """Run jobs of two tasks each, for which others are suspended."""
        frame: Any = self._spark.range(0, 2, 1, 2)
        rdd = frame._jdf.javaRDD()
        with beside(self.batch), self.level("high"):
            for _ in range(self._plan.warm_jobs):
                rdd.count()
        self.jobs(2 * len(self._kinds))

    def jobs(self, count: int) -> None:
        """Run so many jobs beside the batch."""
        with beside(self.batch), self.level("high"):
            for _ in range(count):
                self._order.choice(self._kinds)()

    def batch(self) -> None:
        """Have a task on each core for some time: in the JVM, then in Python."""
        cores = self._cores
        with self.level("low"):
            self._spark.range(0, cores * JVM_STEPS, 1, cores).selectExpr("sum(id % 7)").collect()
            rdd = self._spark.sparkContext.parallelize(range(cores), cores)
            rdd.map(lambda _: sum(n % 7 for n in range(PYTHON_STEPS))).sum()

    def tasks(self) -> int:
        """Return how many tasks there have been."""

        def number(_: int) -> int:
            context = TaskContext.get()
            assert context is not None
            return int(context.taskAttemptId())

        return self._spark.sparkContext.parallelize([0], 1).map(number).sum() + 1

    def suspensions(self) -> int:
        """Return how often a task was suspended."""
        if not self._has_neptune:
            return 0
        import neptune_spark

        return neptune_spark.scheduler(self._spark).statistics().suspensions

    def _rdd(self) -> None:
        frame: Any = self._spark.range(0, 1000, 1, self._plan.job_tasks)
        frame._jdf.javaRDD().count()

    def _shuffle(self) -> None:
        self._spark.range(0, 1000, 1, self._plan.job_tasks).groupBy("id").count().collect()

    def _broadcast(self) -> None:
        small = self._spark.range(100).hint("broadcast")
        self._spark.range(0, 1000, 1, self._plan.job_tasks).join(small, "id").count()

    def _python(self) -> None:
        count = self._plan.job_tasks
        self._spark.sparkContext.parallelize(range(count), count).map(lambda x: x + 1).sum()


def run(plan: Plan, place: Path, report: Report, side: str) -> dict[str, Any]:
    """Return the versions, and for each part of the run what was seen at each look.

    Args:
        plan, place, report: as of every driver process.
        side: which.
    """
    report(stage="starting Spark")
    settings = {
        **sessions.settings("memory", plan.master, place),
        **layout.settings(plan),
        **KEPT,
        # Nobody reads it, but it has Neptune tell of what happens.
        "spark.eventLog.compress": "true",
        # Each high task has one suspended.
        **({"spark.neptune.maxSuspensions": "1000000"} if side == NEPTUNE else {}),
    }
    with sessions.started(settings, {} if side == NEPTUNE else None) as spark:
        work, processes = Work(spark, plan, side), Processes(spark)
        report(stage="warming up")
        work.warm_up()
        seen: dict[str, list[dict[str, Any]]] = {part: [] for part in PARTS}

        def part_of_run(part: str, advance: Callable[[int], None]) -> None:
            for number in range(plan.looks + 1):
                report(stage=f"{SIDES[side]}: {part}", done=number / (plan.looks + 1))
                if number:
                    advance(plan.counted(part) // plan.looks)
                done = work.tasks() if part == TASKS else number * (plan.batches // plan.looks)
                seen[part].append({"done": done, "figures": processes.look()})

        part_of_run(TASKS, lambda tasks: work.jobs(math.ceil(tasks / plan.job_tasks)))
        with work.level("high"):
            stream = Stream(spark, place / "checkpoint")

        def batches(count: int) -> None:
            with beside(work.batch):
                stream.advance(count)

        batches(plan.warm_batches)
        part_of_run(BATCHES, batches)
        stream.stop()
        return {
            "versions": sessions.versions(spark),
            "cores": spark.sparkContext.defaultParallelism,
            "suspensions": work.suspensions(),
            "seen": seen,
        }
