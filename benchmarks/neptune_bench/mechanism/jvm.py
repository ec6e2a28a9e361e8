"""JVM tasks, suspended manually; a driver process (see `harness.driver`).

It has one session after the other, one for each size of record, since a scheduler's statistics are
those of its session. The task scans lines of text, where Spark looks for the end of
its task at each record; or Parquet, where it looks at each batch of some thousand records.
"""

from __future__ import annotations

import math
import random
import time
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any, Final

from pyspark.sql import DataFrame, SparkSession

import neptune_spark
from neptune_bench.harness import sessions
from neptune_bench.harness.background import Background, background
from neptune_bench.harness.drivers import Report
from neptune_bench.mechanism import applications
from neptune_bench.mechanism.plan import JVM, JVM_BATCHES, Plan
from neptune_spark import Latency, Scheduler, TaskError, TaskState

DIRECTORIES: Final = {JVM: "text", JVM_BATCHES: "batches"}
BATCH_RECORDS: Final = 4096
WARM_SUSPENSIONS: Final = 30
WARM_S: Final = 0.5
HOLD_S: Final = 0.001
POLL_S: Final = 0.0005
LEAST_GAP_S: Final = 0.003
PATIENCE_S: Final = 120.0
CALIBRATION_S: Final = 0.1
CALIBRATION_RUNS: Final = 3
CALIBRATION_TOLERANCE: Final = 0.1
CALIBRATIONS: Final = 4
CALIBRATION_LENGTH: Final = 200
CALIBRATION_RECORDS: Final = 2000


def record(length: int) -> str:
    """Return an expression that costs the square of `length`, and little memory.

    Args:
        length: of two strings to compare; 0 for a trivial expression.
    """
    if length == 0:
        return "length(value)"
    return f"levenshtein(repeat(value, {length}), '{'y' * length}')"


def scan(spark: SparkSession, variant: str, data: Path, length: int) -> DataFrame:
    """Return the query whose task is suspended."""
    path = str(data / DIRECTORIES[variant])
    lines = spark.read.text(path) if variant == JVM else spark.read.parquet(path)
    return lines.selectExpr(f"sum({record(length)})")


def reached(
    scheduler: Scheduler, load: Background, task_id: int | None, state: TaskState
) -> int | None:
    """Wait until a task is in a state.

    Args:
        scheduler: the session's.
        load: the job, which must not fail.
        task_id: the task; None for any.
        state: what to wait for.

    Returns:
        The task's id, or None if the task that was named is gone.
    """
    limit = time.monotonic() + PATIENCE_S
    while time.monotonic() < limit:
        tasks = [task for task in scheduler.tasks() if task_id in (None, task.task_id)]
        for task in tasks:
            if task.state == state:
                return task.task_id
        if task_id is not None and not tasks:
            return None
        load.check()
        time.sleep(POLL_S)
    raise TimeoutError(f"no task was {state} in {PATIENCE_S:g} s")


def suspend_once(scheduler: Scheduler, load: Background, task_id: int) -> None:
    """Suspend a running task and resume it, unless it ends meanwhile."""
    with suppress(TaskError):  # it has ended
        scheduler.suspend(task_id)
        if reached(scheduler, load, task_id, "suspended") is not None:
            time.sleep(HOLD_S)
            scheduler.resume(task_id)
            reached(scheduler, load, task_id, "running")


def measure(
    plan: Plan, data: Path, variant: str, size_us: int, length: int, suspensions: int
) -> dict[str, object]:
    """Suspend the tasks of one session; return its statistics of suspending and resuming.

    Args:
        plan: seed and settings.
        data: what the tasks read.
        variant: JVM or JVM_BATCHES.
        size_us, length: what a record costs, and the length of strings that costs so much.
        suspensions: how many to make.
    """
    gaps = random.Random(f"{plan.seed} {variant} {size_us}")
    between_yields_s = size_us / 1e6 * (1 if variant == JVM else BATCH_RECORDS)
    with session(plan, data) as spark:
        scheduler = neptune_spark.scheduler(spark)
        warm = None
        scanning = scan(spark, variant, data, length).collect
        with background(spark, scanning, level=None) as load:
            while scheduler.statistics().suspensions < suspensions:
                task_id = reached(scheduler, load, None, "running")
                assert task_id is not None
                if task_id != warm:
                    # It is new, and has files to open before its first record.
                    time.sleep(WARM_S)
                    warm = task_id
                time.sleep(gaps.uniform(0, max(LEAST_GAP_S, 2 * between_yields_s)))
                suspend_once(scheduler, load, task_id)
        figures = scheduler.statistics()
    return {
        "variant": variant,
        "size_us": size_us,
        "suspend_latency_ms": in_ms(figures.suspend_latency),
        "resume_latency_ms": in_ms(figures.resume_latency),
        "suspend_round_trip_ms": in_ms(figures.suspend_round_trip),
        "resume_round_trip_ms": in_ms(figures.resume_round_trip),
    }


def in_ms(times: Latency) -> dict[str, Any]:
    """Return what a `Distribution` is made of."""
    in_seconds = {"p50": times.p50_s, "p99": times.p99_s, "max": times.max_s}
    return {"count": times.count, **{name: s * 1000 for name, s in in_seconds.items()}}


def session(plan: Plan, data: Path) -> AbstractContextManager[SparkSession]:
    """Run a session with Neptune, in the JVM of the earlier ones."""
    return sessions.started(applications.settings(plan, data), {})


def calibrate(spark: SparkSession, sizes_us: set[int]) -> dict[int, tuple[int, float]]:
    """Return for each size the length of strings (see `record`), and what that costs indeed."""

    def seconds(length: int, records: int) -> float:
        lines = spark.range(0, records, 1, 1).selectExpr("cast(id % 10 AS string) AS value")
        query = lines.selectExpr(f"sum({record(length)})")
        found = []
        for _ in range(CALIBRATION_RUNS):
            began = time.perf_counter()
            query.collect()
            found.append(time.perf_counter() - began)
        return min(found)

    def record_us(length: int, records: int) -> float:
        return (seconds(length, records) - job_s) / records * 1e6

    length = CALIBRATION_LENGTH
    seconds(length, CALIBRATION_RECORDS)  # warm up
    job_s = seconds(0, CALIBRATION_RECORDS)
    measured = record_us(length, CALIBRATION_RECORDS)
    found = {0: (0, 0.0)}
    for size in sorted(sizes_us - {0}):
        records = max(10, round(CALIBRATION_S * 1e6 / size))
        for _ in range(CALIBRATIONS):
            length = max(1, round(length * math.sqrt(size / max(measured, size / 10))))
            measured = record_us(length, records)
            if abs(measured / size - 1) < CALIBRATION_TOLERANCE:
                break
        found[size] = (length, measured)
    return found


def run(plan: Plan, _place: Path, report: Report, directory: str) -> dict[str, Any]:
    """Return the versions, what the records cost, and the latencies of every session.

    Args:
        plan, report: see `harness.driver`.
        directory: of what the tasks read.
    """
    data = Path(directory)
    report(stage="warming up")
    with session(plan, data) as spark:
        versions = sessions.versions(spark)
        costs = calibrate(spark, {*plan.jvm_sizes_us, *plan.jvm_batch_sizes_us})
    measure(plan, data, JVM, 0, 0, WARM_SUSPENSIONS)
    cells = [(JVM, size, plan.jvm_suspensions) for size in plan.jvm_sizes_us]
    cells += [(JVM_BATCHES, size, plan.jvm_batch_suspensions) for size in plan.jvm_batch_sizes_us]
    rows = []
    for done, (variant, size, suspensions) in enumerate(cells):
        report(stage="suspending", done=done / len(cells))
        rows.append(measure(plan, data, variant, size, costs[size][0], suspensions))
    record_us = {size: measured for size, (_, measured) in costs.items() if size > 0}
    return {"versions": versions, "record_us": record_us, "latencies": rows}
