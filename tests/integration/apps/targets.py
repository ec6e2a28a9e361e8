"""Streams with a latency target and without, beside a batch job that could use all cores; prints
what came of them.

Usage: targets.py SCENARIO DIRECTORY
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any, Dict

from pyspark.sql import SparkSession
from pyspark.sql.functions import udf
from pyspark.sql.streaming.query import StreamingQuery

import neptune_spark
from neptune_spark import DecisionView
from tests.integration.jobs import (
    PythonJob,
    eventually,
    in_background,
    log_of,
    made,
    tell_event_log,
    with_event_log,
)

Answers = Dict[str, Any]

CORES = 4
STREAMING = 10
#: Nothing takes so long.
GENEROUS = "10m"


class Query:
    """A query each of whose batches has a task for each core; its tasks end at once, unless they
    are held."""

    def __init__(self, spark: SparkSession, directory: Path, target: str | None = None) -> None:
        self._directory = directory
        self._scheduler = neptune_spark.scheduler(spark)
        # A target means nothing to what is no stream.
        local = {"spark.neptune.target": GENEROUS}
        path = made(directory, "batch")
        self._batch = PythonJob(spark.sparkContext, path, None, CORES, local=local)
        self._batch.wait_until_running(CORES)
        where = str(directory)

        @udf("long")
        def held(value: int) -> int:
            hold = Path(where, "hold")
            if hold.exists() and value >= int(hold.read_text()):
                Path(where, f"held-{value}").touch()
                while not Path(where, "go").exists():
                    time.sleep(0.005)
            return value

        rows = (
            spark.readStream.format("rate-micro-batch")
            .option("rowsPerBatch", CORES)
            .option("numPartitions", CORES)
            .load()
            .select(held("value"))
        )
        writer = rows.writeStream.format("noop").queryName(directory.name)
        if target is None:
            self.query: StreamingQuery = writer.start()
        else:
            with neptune_spark.limit(target=target):
                self.query = writer.start()

    def batches(self) -> int:
        """How many have ended."""
        last = self.query.lastProgress
        return 0 if last is None else int(last["batchId"]) + 1

    def wait_for_batches(self, more: int) -> None:
        count = self.batches() + more
        eventually(lambda: self.query.exception() or self.batches() >= count, "no batch ends")
        assert self.query.exception() is None, self.query.exception()

    def decisions(self) -> list[DecisionView]:
        """What its target has decided, the last first."""
        return [decision for decision in self._scheduler.decisions(1000) if decision.target]

    def held_at_once(self, count: int) -> Answers:
        """What a batch has whose tasks do not end, once so many of them run."""
        new = self._directory / "new"
        # The source counts rows. A batch that has begun is let go.
        new.write_text(str((self.batches() + 3) * CORES))
        new.rename(self._directory / "hold")
        # For a moment, the batches before may look the same.
        eventually(lambda: len([*self._directory.glob("held-*")]) == count, "no task is held")
        eventually(lambda: self._running(STREAMING) == count, "the stream got no cores")
        eventually(lambda: self._pending() == CORES - count, "another batch runs")
        others = CORES - count
        eventually(
            lambda: self._running(0) == others, "the batch job has not what the stream leaves"
        )
        if others:
            # All that runs has gone on since, and the stream has not got more meanwhile.
            self._wait_for_progress(others)
        answers = {
            "stream": self._running(STREAMING),
            "pending": self._pending(),
            "batch": self._running(0),
        }
        (self._directory / "go").touch()
        return answers

    def _wait_for_progress(self, count: int) -> None:
        before = [self._batch.progress(p) for p in range(CORES)]
        eventually(
            lambda: sum(self._batch.progress(p) > before[p] for p in range(CORES)) >= count,
            "the batch job stands still",
        )

    def _running(self, priority: int) -> int:
        tasks = [task for task in self._scheduler.tasks() if task.priority == priority]
        return sum(task.state == "running" for task in tasks)

    def _pending(self) -> int:
        levels = self._scheduler.statistics().levels
        return sum(level.tasks_pending for level in levels if level.priority == STREAMING)

    def stop(self) -> list[int]:
        """Stop both; return the partitions of the batch job that have run, once for each time."""
        self.query.stop()
        self._batch.finish()
        return sorted(self._batch.starts())


def free(spark: SparkSession, directory: Path) -> Answers:
    """A query that has no target."""
    query = Query(spark, made(directory, "free"))
    answers = query.held_at_once(CORES)
    query.wait_for_batches(8)
    answers["decisions"] = len(query.decisions())
    answers["starts"] = query.stop()
    return answers


def paced(spark: SparkSession, directory: Path) -> Answers:
    """A query that has a target which a single core is enough for."""
    query = Query(spark, made(directory, "paced"), GENEROUS)
    scheduler = neptune_spark.scheduler(spark)
    eventually(query.decisions, "nothing was decided")
    # The batch after the next one has begun with it.
    query.wait_for_batches(2)
    answers = query.held_at_once(1)
    answers["decisions"] = [
        (decision.priority, decision.target, len(decision.victims))
        for decision in query.decisions()
    ]
    answers["sql"] = [
        row.target
        for row in spark.sql("FROM neptune_decisions(1000) SELECT target").collect()
        if row.target is not None
    ]
    answers["starts"] = query.stop()
    answers["logged"] = logged(spark)
    answers["cores_lent"] = scheduler.statistics().cores_lent
    return answers


def logged(spark: SparkSession) -> list[str]:
    """What the event log tells of targets."""
    tell_event_log(spark.sparkContext)
    with log_of(spark.sparkContext).open() as lines:
        summaries = [json.loads(line) for line in lines if "NeptuneSummary" in line]
    return [one["target"] for event in summaries for one in event["decisions"] if one["target"]]


def wrong(spark: SparkSession, directory: Path) -> Answers:
    """What is no duration; in a session, in a block, and in a local property."""
    answers: Answers = {}
    for name, act in (
        ("session", lambda: spark.sql("SET spark.neptune.target=soon")),
        ("block", lambda: neptune_spark.limit(target="soon")),
    ):
        try:
            act()
        except Exception as e:
            answers[name] = str(e)
    rate = spark.readStream.format("rate-micro-batch").option("rowsPerBatch", 4).load()

    def start() -> StreamingQuery:
        spark.sparkContext.setLocalProperty("spark.neptune.target", "soon")
        return rate.writeStream.format("noop").queryName("wrong").start()

    query: StreamingQuery = in_background(start).result()
    eventually(lambda: not query.isActive, "the query hangs")
    answers["query"] = str(query.exception())
    return answers


def main(name: str, directory: Path) -> None:
    builder = (
        neptune_spark.builder()
        .master(f"local[{CORES}]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.streaming.checkpointLocation", made(directory, "state").as_uri())
    )
    spark = with_event_log(builder, made(directory, "events")).getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    names = {"all": ("free", "paced", "wrong")}.get(name, (name,))
    scenarios = {"free": free, "paced": paced, "wrong": wrong}
    print(json.dumps({each: scenarios[each](spark, directory) for each in names}))
    spark.stop()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
