"""A run (see the package); a driver process (see `harness.driver`)."""

from __future__ import annotations

import threading
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final, cast

from pyspark.sql import SparkSession

import neptune_spark
from neptune_bench.harness import layout, sessions
from neptune_bench.harness.drivers import Report
from neptune_bench.harness.executors import Executors
from neptune_bench.harness.program import BenchmarkError
from neptune_bench.realtime.exchange import Exchange, Kafka, Memory, answer_settings
from neptune_bench.realtime.figures import within
from neptune_bench.realtime.plan import ALONE, BATCH_ALONE, OWN, Plan
from neptune_bench.unified.requests import arrivals
from neptune_bench.ysb.jars import connector

BATCH: Final = "5 minutes"
PATIENCE_S: Final = 60.0
ANSWERS: Final = "answers"
STATE: Final = "spark.sql.streaming.stateStore."
ROCKS_DB: Final = "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider"


class Queries:
    """Real-time queries, each of which answers an event by telling it again."""

    def __init__(self, spark: SparkSession, plan: Plan, place: Path, exchange: Exchange) -> None:
        self._exchange = exchange
        self._queries: list[Any] = []
        for number in range(plan.streams):
            frame = exchange.events(number)
            shaped = frame.groupBy("value").count() if plan.counts else frame
            writer = exchange.writer(shaped, number).outputMode("update")
            writer = writer.option("checkpointLocation", str(place / f"checkpoint-{number}"))
            # PySpark has had the trigger since 4.2 only.
            streaming = cast(Any, spark.sparkContext._jvm).org.apache.spark.sql.streaming
            writer._jwrite = writer._jwrite.trigger(streaming.Trigger.RealTime(BATCH))
            self._queries.append(writer.start())

    def tell(self, event: str, number: int) -> None:
        """Tell one of the queries an event."""
        self._exchange.tell(event, number % len(self._queries))

    def warm_up(self) -> None:
        """Wait until every query has answered once."""
        first = [f"first-{number}" for number in range(len(self._queries))]
        for number, event in enumerate(first):
            self.tell(event, number)
        self.answered(first)

    def answered(self, events: list[str]) -> list[int]:
        """Return when each event was answered, by the system's monotonic clock.

        Raises:
            BenchmarkError: if one is not, or a query has failed.
        """
        end = time.monotonic() + PATIENCE_S
        found = []
        for event in events:
            while (at := self._exchange.answered_ns(event)) is None:
                problems = [query.exception() for query in self._queries if not query.isActive]
                if problems or time.monotonic() > end:
                    raise BenchmarkError(f"The event {event} was not answered: {problems}.")
                time.sleep(0.01)
            found.append(at)
        return found

    def stop(self) -> None:
        """End all of them."""
        for query in self._queries:
            query.stop()
        self._exchange.close()


class Batch:
    """Jobs one after the other, of the JVM and of Python in turns, until told to stop."""

    def __init__(self, spark: SparkSession, plan: Plan) -> None:
        self.spans: list[tuple[float, float]] = []
        self._over = threading.Event()
        self._parts = 2 * spark.sparkContext.defaultParallelism
        self._thread = threading.Thread(
            target=neptune_spark.priority("low")(self._run), args=(spark, plan)
        )
        self._thread.start()

    def _run(self, spark: SparkSession, plan: Plan) -> None:
        numbers = spark.range(0, plan.rows, 1, self._parts).selectExpr("sum(hash(id) % 7)")
        elements = spark.sparkContext.range(plan.elements, numSlices=self._parts)
        while not self._over.is_set():
            began = time.monotonic()
            numbers.collect()
            elements.map(lambda x: x * x % 1000).sum()
            self.spans.append((began, time.monotonic()))

    def stop(self) -> None:
        """Let the job at work end, and wait for it."""
        self._over.set()
        self._thread.join()


def moments(plan: Plan, number: int, seconds: float) -> list[float]:
    """Return when events are due, in seconds from the beginning: alike for all sides of a round."""
    return arrivals(f"{plan.seed}-{number}", plan.rate, seconds)


def feed(queries: Queries | None, due: list[float], began: float) -> None:
    """Tell the queries each event when it is due; without queries there are no events."""
    for number, at in enumerate(due):
        left = began + at - time.monotonic()
        if left > 0:
            time.sleep(left)
        if queries is not None:
            queries.tell(str(number), number)


def session(side: str, plan: Plan, place: Path) -> AbstractContextManager[SparkSession]:
    """Run a session with Neptune."""
    (place / ANSWERS).mkdir()
    own = {
        **sessions.settings("realtime", plan.master, place),
        **layout.settings(plan),
        "spark.sql.shuffle.partitions": "1",
        f"{STATE}providerClass": ROCKS_DB,
        f"{STATE}checkpointFormatVersion": "2",
    }
    if plan.kafka:
        own["spark.jars"] = ",".join(map(str, connector()))
    else:
        # It does not know the source in memory, nor a sink that does nothing.
        own["spark.sql.streaming.realTimeMode.allowlistCheck"] = "false"
        own |= answer_settings(place / ANSWERS)
    if side == OWN:
        own["spark.neptune.realTimeCores"] = "own"
    return sessions.started(own, {})


def run(
    plan: Plan, place: Path, report: Report, side: str, round_number: str, broker: str
) -> dict[str, Any]:
    """Return what a `figures.Run` has, the versions, and how many cores there are.

    Args:
        plan, place, report: see `harness.driver`.
        side: what runs.
        round_number: of the run, from 0.
        broker: HOST:PORT of Kafka, or empty.
    """
    number = int(round_number)
    report(stage="starting Spark")
    with session(side, plan, place) as spark:
        report(stage="warming up")
        batch = None if side == ALONE else Batch(spark, plan)
        queries = None
        if side != BATCH_ALONE:
            exchange = (
                Kafka(spark, plan.streams, broker, f"{side}-{number}")
                if plan.kafka
                else Memory(spark, plan.streams, place / ANSWERS)
            )
            queries = Queries(spark, plan, place, exchange)
            queries.warm_up()
        report(stage=f"{side}, round {number + 1}")
        began = time.monotonic()
        begin, end = began + plan.warm_s, began + plan.warm_s + plan.duration_s
        due = [] if queries is None else moments(plan, number, end - began)
        feeding = threading.Thread(target=feed, args=(queries, due, began))
        feeding.start()
        executors = Executors(spark)
        time.sleep(max(0.0, begin - time.monotonic()))
        before, since = executors.used(), time.monotonic()
        time.sleep(max(0.0, end - time.monotonic()))
        used, took_s = executors.used().since(before), time.monotonic() - since
        feeding.join()
        latencies = []
        if queries is not None:
            answers = queries.answered([str(n) for n in range(len(due))])
            latencies = [
                at / 1e6 - (began + moment) * 1e3
                for at, moment in zip(answers, due, strict=True)
                if moment >= plan.warm_s
            ]
            queries.stop()
        if batch is not None:
            batch.stop()
        return {
            "versions": sessions.versions(spark),
            "parallelism": spark.sparkContext.defaultParallelism,
            "latencies_ms": latencies,
            "jobs_per_s": 0.0 if batch is None else within(batch.spans, begin, end) / (end - begin),
            "cores": None if used.executors is None else used.executors / took_s,
            "suspensions": neptune_spark.scheduler(spark).statistics().suspensions,
        }
