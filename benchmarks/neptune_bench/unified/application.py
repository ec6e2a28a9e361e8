"""One application of a run, in a driver process of its own (see `harness.driver`)."""

from __future__ import annotations

import dataclasses
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from neptune_bench.harness import sessions
from neptune_bench.harness.drivers import Report
from neptune_bench.harness.executors import Executors, Used
from neptune_bench.unified.batch import Batch
from neptune_bench.unified.plan import Plan, shared
from neptune_bench.unified.schedulers import BATCH, STREAM, Scheduler
from neptune_bench.unified.workload import Application, StreamSide, Workload, find

READY = "ready"
POLL_S = 0.02
TICK_S = 0.25
GO_S = 600.0


def session(
    scheduler: Scheduler, workload: Workload, plan: Plan, place: Path
) -> AbstractContextManager[SparkSession]:
    """Run a session under `scheduler`."""
    settings = {
        **sessions.settings(f"{workload.name}: {scheduler.title}", plan.master, place),
        **shared(plan, len(scheduler.applications)),
        **workload.settings(plan),
    }
    if scheduler.fair:
        settings |= sessions.fair_settings(place)
    return sessions.started(settings, scheduler.neptune)


def statistics(spark: SparkSession, scheduler: Scheduler) -> object:
    """Return Neptune's own figures at the end of its run, None under the other schedulers."""
    if scheduler.neptune is None:
        return None
    import neptune_spark

    return dataclasses.asdict(neptune_spark.scheduler(spark).statistics())


def run(
    plan: Plan, place: Path, report: Report, name: str, sides: str, data: str, fast: str, go: str
) -> dict[str, object]:
    """Run the application and return what it measured and computed.

    Args:
        plan, place, report: see `harness.driver`.
        name: of the scheduler, who orders the jobs.
        sides: which it has: ``stream``, ``batch`` or ``stream,batch``.
        data: directory of what the workload prepared, once for all runs.
        fast: an empty directory in memory, if there is such a place: for checkpoints and events.
        go: the file that says when to begin, in epoch seconds; it appears when all applications
            of the run have reported that they are ready.
    """
    began = time.time()
    workload = find(plan.workload)
    scheduler = workload.schedulers[name]
    report(stage="starting Spark")
    with session(scheduler, workload, plan, place) as spark:
        ready = time.time()
        app = Application(spark, plan, scheduler, Path(data), Path(fast))
        stream, batch = warm(workload, app, sides.split(","), report)
        warmed = time.time()
        report(stage=READY)
        start = wait_for(Path(go))
        report(stage="running")
        used = measured(app, stream, batch, start, report)
        over = time.time()
        return {
            "versions": sessions.versions(spark),
            "cores": app.cores,
            "phases_s": {"start": ready - began, "warm": warmed - ready, "measured": over - warmed},
            "processor_s": used.executors,
            "driver_processor_s": used.driver,
            "samples": list(map(dataclasses.asdict, stream.samples())) if stream else [],
            "stream_answer": stream.answer() if stream else None,
            "steps": list(map(dataclasses.asdict, batch.steps)) if batch else [],
            "batch_answers": batch.answers() if batch else {},
            "statistics": statistics(spark, scheduler),
        }


def warm(
    workload: Workload, app: Application, sides: list[str], report: Report
) -> tuple[StreamSide | None, Batch | None]:
    """Make the sides, and let each do a little of what it will be measured at."""
    stream = batch = None
    if STREAM in sides:
        report(stage="warming up the stream")
        with app.as_stream():
            stream = workload.stream(app)
            stream.warm_up()
    if BATCH in sides:
        report(stage="warming up the batch")
        side = workload.batch(app)
        side.warm_up()
        batch = Batch(app.spark.sparkContext, side)
    jvm: Any = app.spark.sparkContext._jvm
    jvm.System.gc()
    return stream, batch


def measured(
    app: Application, stream: StreamSide | None, batch: Batch | None, start: float, report: Report
) -> Used:
    """Start the sides, watch them until the time is over, and let them end.

    Returns:
        The processor time of the application's processes in the time that counts.

    Raises:
        BenchmarkError: if the stream failed.
        Exception: whatever the batch failed with.
    """
    lead_s = app.plan.lead_s
    first = start + max(0.0, lead_s)
    if stream is not None:
        with app.as_stream():
            stream.begin(first)
    time.sleep(max(0.0, start - min(0.0, lead_s) - time.time()))
    if batch is not None:
        batch.start()
    counted = start + app.plan.counted_s
    last = counted + app.plan.duration_s
    executors = Executors(app.spark)

    def look(stage: str, done: float) -> None:
        if stream is not None:
            stream.check()
        sides = {"batch": len(batch.steps) / batch.total} if batch and batch.total else {}
        report(stage=stage, time=max(0.0, done), **sides)

    def watch(until: float, stage: str, since: float) -> None:
        whole = max(until - since, TICK_S)
        while (now := time.time()) < until and not (batch and batch.failures):
            look(stage, (now - since) / whole)
            time.sleep(max(0.0, min(TICK_S, until - now)))

    watch(counted, "warming up together", first)
    before = executors.used()
    watch(last, "running", counted)
    used = executors.used().since(before)
    while batch and batch.goes_on and not batch.failures:
        look("running", 1.0)
        time.sleep(TICK_S)
    report(stage="ending")
    if batch is not None:
        batch.wait()
    if stream is not None:
        with app.as_stream():
            stream.end()
    return used


def wait_for(go: Path) -> float:
    """Return when to begin, as soon as the file `go` says it.

    Raises:
        TimeoutError: if it does not come.
    """
    limit = time.monotonic() + GO_S
    while time.monotonic() < limit:
        if go.exists():
            return float(go.read_text())
        time.sleep(POLL_S)
    raise TimeoutError(f"Nobody said when to begin, for {GO_S:g} s.")
