"""The unified application of one run: ``python -m`` this module, ``SCHEDULER PLAN PLACES FD``.

A driver process of its own: a stream, and (unless SCHEDULER is ``alone``) a batch beside it. It
tells its progress as JSON lines on file descriptor FD and writes what it measured to the answer
file that PLACES names.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pyspark import cloudpickle
from pyspark.sql import SparkSession

from neptune_bench.demo import training
from neptune_bench.demo.batch import Batch
from neptune_bench.demo.events import file_name
from neptune_bench.demo.plan import Places, Plan
from neptune_bench.demo.stream import Stream
from neptune_bench.harness import drivers, sessions
from neptune_bench.harness.arrivals import Feeder, arrival_offsets
from neptune_bench.harness.feeder import feed

FEEDER_START_S = 0.5
TICK_S = 0.25

Report = Callable[..., None]


def settings(scheduler: str, plan: Plan, places: Places) -> dict[str, str]:
    """Return the Spark settings of a run: the same for all but the scheduler's own."""
    common = sessions.settings(
        f"neptune demo: {scheduler}", plan.master, places.scratch, places.event_log
    )
    return {**common, **sessions.fair_settings(places.scratch)} if scheduler == "fair" else common


def open_session(scheduler: str, plan: Plan, places: Places) -> SparkSession:
    """Start Spark under `scheduler`."""
    builder = SparkSession.builder
    for key, value in settings(scheduler, plan, places).items():
        builder = builder.config(key, value)
    if scheduler == "neptune":
        # Only here: the stock runs must not need the package at all.
        import neptune_spark

        builder = neptune_spark.configure(builder)
    return builder.getOrCreate()


def start_stream(spark: SparkSession, scheduler: str, places: Places) -> Stream:
    """Start the query; under FAIR, in its pool, which the query's thread inherits."""
    if scheduler != "fair":
        return Stream(spark, places)
    sessions.set_pool(spark, sessions.STREAM_POOL)
    stream = Stream(spark, places)
    sessions.set_pool(spark, None)
    return stream


def statistics(spark: SparkSession, scheduler: str) -> object:
    """Return Neptune's own figures at the end of its run, None under the other schedulers."""
    if scheduler != "neptune":
        return None
    import neptune_spark

    return dataclasses.asdict(neptune_spark.scheduler(spark).statistics())


def run(scheduler: str, plan: Plan, places: Places, report: Report) -> dict[str, object]:
    """Run the application and return what it measured and computed.

    Args:
        scheduler: "alone", "fifo", "fair" or "neptune".
        plan, places: sizes and directories of the run.
        report: called with keyword arguments that say how far the run is.
    """
    began = time.time()
    report(stage="starting Spark")
    spark = open_session(scheduler, plan, places)
    try:
        ready = time.time()
        report(stage="warming up")
        stream = start_stream(spark, scheduler, places)
        batch = Batch(spark, plan, places)
        warm_up(stream, batch, plan, places)
        jvm: Any = spark.sparkContext._jvm
        jvm.System.gc()
        warm = time.time()

        report(stage="running")
        start = time.time() + FEEDER_START_S
        offsets = arrival_offsets(plan.seed, plan.measured_files, plan.interval_s)
        measured_feeder = Feeder(
            "The event feeder",
            Path(places.spool),
            Path(places.landing),
            [(file_name(seq), start + at) for seq, at in enumerate(offsets, plan.warm_files)],
            Path(places.spool).parent / f"feed-{plan.warm_files}",
        )
        follow(scheduler, plan, stream, batch, start, report)
        placed = measured_feeder.wait()
        stream.wait_for(plan.warm_files + plan.measured_files)
        over = time.time()
        stream.stop()
        return {
            "scheduler": scheduler,
            "versions": sessions.versions(spark),
            "cores": spark.sparkContext.defaultParallelism,
            "start": start,
            "batch_begin": batch.started or None,
            "batch_end": batch.ended or None,
            "phases_s": {"start": ready - began, "warm": warm - ready, "measured": over - warm},
            "samples": stream.samples(plan.warm_files, placed),
            "micro_batches": stream.micro_batches(),
            "stream_answer": stream.answer(),
            "batch_answers": batch.answers,
            "batch_steps": batch.steps,
            "statistics": statistics(spark, scheduler),
        }
    finally:
        spark.stop()


def warm_up(stream: Stream, batch: Batch, plan: Plan, places: Places) -> None:
    """Let both sides do a little of what they will be measured at.

    Each warm event file has a micro-batch of its own: it is micro-batches, not events, that make
    the driver's code warm. The first one, slow, runs beside the batch's warm-up.
    """
    feed(places.spool, places.landing, [(file_name(0), 0.0)])
    batch.warm_up()
    for seq in range(1, plan.warm_files):
        stream.wait_for(seq)
        feed(places.spool, places.landing, [(file_name(seq), 0.0)])
    stream.wait_for(plan.warm_files)


def follow(
    scheduler: str, plan: Plan, stream: Stream, batch: Batch, start: float, report: Report
) -> None:
    """Start the batch when its time has come; return when it is over and the events have arrived.

    Raises:
        DemoError: if the stream ended early.
        Exception: whatever the batch failed with.
    """
    with_batch = scheduler != "alone"
    while True:
        now = time.time()
        if with_batch and not batch.started and now >= start + plan.lead_s:
            batch.start()
        stream.check()
        report(
            stage="running",
            events=max(0, stream.delivered - plan.warm_files) / plan.measured_files,
            batch=len(batch.steps) / batch.total if with_batch else None,
        )
        batch_over = not with_batch or (batch.started > 0 and not batch.running)
        if batch.failures or (batch_over and now >= start + plan.duration_s):
            break
        time.sleep(TICK_S)
    if with_batch:
        batch.wait()


def main(arguments: list[str]) -> None:
    """Run as the `arguments` say (see the module's docstring)."""
    scheduler, plan_path, places_path, descriptor = arguments
    plan, places = Plan.load(Path(plan_path)), Places.load(Path(places_path))
    # The workers of another machine have no `neptune_bench`.
    cloudpickle.register_pickle_by_value(training)  # type: ignore[no-untyped-call]  # It has no types.
    with drivers.reporting(descriptor) as report:
        answer = run(scheduler, plan, places, report)
    Path(places.answer).write_text(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1:])
