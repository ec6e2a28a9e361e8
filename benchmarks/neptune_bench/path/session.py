"""A session, and its jobs; a driver process (see `harness.driver`)."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from pyspark.sql import SparkSession

import neptune_spark
from neptune_bench.harness import layout, sessions
from neptune_bench.harness.background import background
from neptune_bench.harness.drivers import Report
from neptune_bench.harness.program import BenchmarkError
from neptune_bench.path.instants import (
    ANSWERED_FIRST,
    HANDED_OVER,
    UNPREEMPTED,
    Job,
    Note,
    parsed,
    paths,
)
from neptune_bench.path.plan import ANSWERED, IDLE, JVM, SATURATED, SESSIONS, Plan

RECORDER: Final = "org.apache.spark.neptune.time.Instants"
NOTES_OF_A_JOB: Final = 100
"""More than there are, with those of the rounds of offers that Spark makes each second."""
ENDLESS: Final = 1 << 60
STEPS: Final = {IDLE: UNPREEMPTED, SATURATED: HANDED_OVER, ANSWERED: ANSWERED_FIRST}


def session(plan: Plan, place: Path, hands_over: str) -> AbstractContextManager[SparkSession]:
    """Run a session with Neptune."""
    settings = {
        **sessions.settings("path", plan.master, place),
        **layout.settings(plan),
        # Nobody reads it.
        "spark.eventLog.enabled": "false",
        # With TCP, Spark waits for acknowledgements (`neptune_spark/worker/acknowledging.py`).
        # Spark 4.1 and later know it.
        "spark.python.unix.domain.socket.enabled": "true",
        # One task is suspended for each job.
        "spark.neptune.maxSuspensions": "1000000",
        "spark.neptune.handOver": hands_over,
    }
    return sessions.started(settings, {})


class Recorder:
    """Has the driver and its executor note instants.

    Args:
        spark: a session with one executor, so that it runs any task.

    Raises:
        BenchmarkError: if it has more.
    """

    def __init__(self, spark: SparkSession) -> None:
        executors = [e.executor_id for e in neptune_spark.scheduler(spark).executors()]
        if len(executors) != 1:
            raise BenchmarkError(f"This needs a master with one executor, not {len(executors)}.")
        self._spark = spark
        self._is_local = executors == ["driver"]
        jvm: Any = spark.sparkContext._jvm
        self._java = jvm
        self._here = getattr(jvm, RECORDER)

    def check_clock(self) -> None:
        """Check that the JVM's clock is this process's.

        Raises:
            BenchmarkError: if not.
        """
        before = time.monotonic_ns()
        between = self._java.java.lang.System.nanoTime()
        if not before <= between <= time.monotonic_ns():
            raise BenchmarkError("Java's clock is not CLOCK_MONOTONIC here: this needs Linux.")

    def start(self, jobs: int) -> None:
        """Note from now on, what becomes of so many jobs."""
        most = jobs * NOTES_OF_A_JOB
        self._here.start(most)
        if not self._is_local:
            self._there(f"'start', {most}")

    def stop(self) -> list[Note]:
        """Note no more, and return what was noted; when no other task has the cores."""
        there = "" if self._is_local else self._there("'stop'")
        return parsed(self._here.stop()) + parsed(there)

    def _there(self, call: str) -> str:
        query = self._spark.range(0, 1, 1, 1).selectExpr(f"reflect('{RECORDER}', {call})")
        with neptune_spark.priority("high"):
            (row,) = query.collect()
        return str(row[0])


def jvm_job(spark: SparkSession) -> Callable[[], int]:
    """Return a job whose one task says when it took its first record: in the JVM."""
    now = spark.range(0, 1, 1, 1).selectExpr("reflect('java.lang.System', 'nanoTime')")
    return lambda: int(now.collect()[0][0])


def python_job(spark: SparkSession) -> Callable[[], int]:
    """Return the same in Python."""

    def now(records: Iterable[int]) -> Iterator[int]:
        for _ in records:
            yield time.monotonic_ns()

    first = spark.sparkContext.parallelize([0], 1).mapPartitions(now)
    return lambda: first.collect()[0]


def jvm_load(spark: SparkSession, cores: int) -> None:
    """Have a task on each core that computes for ever: in the JVM."""
    spark.range(0, ENDLESS, 1, cores).selectExpr("sum(id % 7)").collect()


def python_load(spark: SparkSession, cores: int) -> None:
    """Have the same in Python."""

    def compute(records: Iterable[int]) -> Iterator[int]:
        total = 0
        for _ in records:
            while True:
                total += sum(n % 7 for n in range(100))
        yield total

    spark.sparkContext.parallelize(range(cores), cores).mapPartitions(compute).collect()


def block(job: Callable[[], int], count: int, plan: Plan, gaps: random.Random) -> list[Job]:
    """Run jobs, one after the other, with a random gap before each."""
    done = []
    with neptune_spark.priority("high"):
        for _ in range(count):
            time.sleep(gaps.uniform(plan.least_gap_s, plan.most_gap_s))
            asked = time.monotonic_ns()
            first = job()
            done.append(Job(asked, first, time.monotonic_ns()))
    return done


def run(plan: Plan, place: Path, report: Report, tasks: str, hands_over: str) -> dict[str, Any]:
    """Return the versions, and for each side the paths of its jobs, and how many had none.

    Args:
        plan, place, report: as of every driver process.
        tasks: which kind of them.
        hands_over: `spark.neptune.handOver`, which also says which sides there are.
    """
    report(stage="starting Spark")
    sides = SESSIONS[hands_over == "true"]
    with session(plan, place, hands_over) as spark:
        cores = spark.sparkContext.defaultParallelism
        job, load = (jvm_job(spark), jvm_load) if tasks == JVM else (python_job(spark), python_load)
        # Executors are known when they have been offered.
        job()
        recorder = Recorder(spark)
        recorder.check_clock()
        gaps = random.Random(f"{plan.seed} {tasks}")
        found: dict[str, Any] = {side: {"rounds": [], "others": 0} for side in sides}

        def measured(side: str, count: int) -> None:
            recorder.start(count)
            if side == IDLE:
                jobs = block(job, count, plan, gaps)
            else:
                with background(spark, lambda: load(spark, cores)) as low:
                    low.wait_for_cores()
                    jobs = block(job, count, plan, gaps)
            sound, others = paths(jobs, recorder.stop(), STEPS[side])
            found[side]["rounds"].append([asdict(path) for path in sound])
            found[side]["others"] += others

        for side in sides:
            report(stage=f"warming up, {side}")
            measured(side, plan.warm_jobs)
            found[side] = {"rounds": [], "others": 0}
        jvm: Any = spark.sparkContext._jvm
        for number in range(plan.repeat):
            # Each comes first as often as the other.
            for side in sides[:: 1 if number % 2 == 0 else -1]:
                report(stage=side, done=number / plan.repeat)
                jvm.System.gc()
                measured(side, plan.jobs)
        return {"versions": sessions.versions(spark), "cores": cores, **found}
