"""The stream of the demo: events are counted and summed by key and window."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from neptune_bench.demo.events import SCHEMA, WINDOW_S, Answer
from neptune_bench.unified.plan import Plan
from neptune_bench.unified.query import Files, Query
from neptune_bench.unified.requests import slots
from neptune_bench.unified.workload import Application


def files(plan: Plan, data: Path) -> Files:
    """Return the files of events: one in each slot of time, at a random moment of it.

    Arrivals must not keep step with the micro-batches.
    """
    times = slots(plan.seed, plan.rate, plan.stream_s)
    return Files(data / "events", plan.options["warm_files"], times)


class Totals(Query):
    """Counts and sums of events, and which files these are from."""

    title = "events by key and window"

    def __init__(self, application: Application) -> None:
        """Begin with no event."""
        self._totals: Answer = {}
        super().__init__(application, files(application.plan, application.data))

    def query(self, session: SparkSession, sink: str) -> DataFrame:
        """Return the groups, and the newest file of each."""
        events = session.readStream.schema(SCHEMA).json(sink)
        window = (F.col("ts") - F.col("ts") % WINDOW_S).alias("window")
        return events.groupBy(window, "key").agg(
            F.count("*").alias("events"), F.sum("value").alias("total"), F.max("seq").alias("seq")
        )

    def take(self, found: DataFrame) -> Iterable[int]:
        """Take in the groups that have changed.

        A micro-batch reads every file that has arrived, and files arrive in order: so it answers
        all files up to the highest number seen.
        """
        newest = -1
        for row in found.collect():
            self._totals[row["window"], row["key"]] = row["events"], row["total"]
            newest = max(newest, row["seq"])
        return range(newest + 1)

    def answer(self) -> object:
        """Return the groups as rows (window, key, events, total), sorted."""
        return sorted([*group, *values] for group, values in self._totals.items())
