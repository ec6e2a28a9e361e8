"""One application of a run: ``python -m`` this module, ``SCHEDULER SIDES PLAN PLACES FD``.

A driver process of its own, with the SIDES (``stream``, ``batch`` or ``stream,batch``). It tells
its progress as JSON lines on file descriptor FD, waits for the word to begin when it is ready, and
writes what it measured to the answer file that PLACES names.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from neptune_bench.harness import drivers, sessions
from neptune_bench.harness.executors import Executors, Used
from neptune_bench.unified.batch import Batch
from neptune_bench.unified.plan import Places, Plan, shared
from neptune_bench.unified.schedulers import BATCH, STREAM, Scheduler
from neptune_bench.unified.workload import Application, StreamSide, Workload, find

READY = "ready"
POLL_S = 0.02
TICK_S = 0.25
GO_S = 600.0

Report = Callable[..., None]


def open_session(
    scheduler: Scheduler, workload: Workload, plan: Plan, places: Places
) -> SparkSession:
    """Start Spark under `scheduler`."""
    parts = len(scheduler.applications)
    settings: dict[str, Any] = {
        **sessions.settings(
            f"{workload.name}: {scheduler.title}",
            plan.master,
            places.scratch,
            places.event_log,
        ),
        **shared(plan, parts),
        **workload.settings(plan),
    }
    if scheduler.fair:
        settings |= sessions.fair_settings(places.scratch)
    builder = SparkSession.builder.config(map=settings)
    if scheduler.neptune is not None:
        # Only here: the stock runs must not need the package at all.
        import neptune_spark

        builder = neptune_spark.configure(builder, **scheduler.neptune)
    return builder.getOrCreate()


def statistics(spark: SparkSession, scheduler: Scheduler) -> object:
    """Return Neptune's own figures at the end of its run, None under the other schedulers."""
    if scheduler.neptune is None:
        return None
    import neptune_spark

    return dataclasses.asdict(neptune_spark.scheduler(spark).statistics())


def run(
    scheduler: Scheduler, sides: list[str], plan: Plan, places: Places, report: Report
) -> dict[str, object]:
    """Run the application and return what it measured and computed.

    Args:
        scheduler: who orders the jobs.
        sides: which sides it has.
        plan, places: sizes and directories of the run.
        report: called with keyword arguments that say how far the run is.
    """
    began = time.time()
    workload = find(plan.workload)
    report(stage="starting Spark")
    spark = open_session(scheduler, workload, plan, places)
    try:
        ready = time.time()
        app = Application(spark, plan, scheduler, Path(places.data), Path(places.fast))
        stream, batch = warm(workload, app, sides, report)
        warmed = time.time()
        report(stage=READY)
        start = wait_for(Path(places.go))
        report(stage="running")
        used = measured(app, stream, batch, start, report)
        over = time.time()
        return {
            "versions": sessions.versions(spark),
            "cores": app.cores,
            "phases_s": {"start": ready - began, "warm": warmed - ready, "measured": over - warmed},
            "processor_s": used.executors,
            "driver_processor_s": used.driver,
            "samples": [dataclasses.asdict(sample) for sample in stream.samples()]
            if stream
            else [],
            "stream_answer": stream.answer() if stream else None,
            "steps": [dataclasses.asdict(step) for step in batch.steps] if batch else [],
            "batch_answers": batch.answers() if batch else {},
            "statistics": statistics(spark, scheduler),
        }
    finally:
        spark.stop()


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


def main(arguments: list[str]) -> None:
    """Run as the `arguments` say (see the module's docstring)."""
    name, sides, plan_path, places_path, descriptor = arguments
    plan, places = Plan.load(Path(plan_path)), Places.load(Path(places_path))
    scheduler = find(plan.workload).schedulers[name]
    with drivers.reporting(descriptor) as report:
        answer = run(scheduler, sides.split(","), plan, places, report)
    Path(places.answer).write_text(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1:])
