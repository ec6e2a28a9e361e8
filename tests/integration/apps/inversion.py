"""High jobs that need what suspended low tasks hold; prints how each came to its end.

Usage: inversion.py MASTER JAR DIRECTORY "SETTINGS AS JSON" CASE...
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession

import neptune_spark
from tests.integration.jobs import PATIENCE_S, EventLog, eventually, in_background

Answers = dict[str, Any]
RESUMED = "org.apache.spark.neptune.driver.SparkListenerTaskResumed"
#: Of which 60 % are for execution, for two tasks at first: two thirds of that is held by suspended
#: ones when two more come.
MEMORY = {"spark.testing.memory": str(64 << 20), "spark.testing.reservedMemory": "0"}
TEXT_BYTES, TEXTS_HELD, TEXTS = 45_000, 370, 420
#: Texts of each side of a join, by partition: both fit into the memory of one task.
SIDE = 185
NUMBERS = 5000


class Inversion:
    """The parts of a case: the low job lingers with what it holds, the high one needs that."""

    def __init__(self, spark: SparkSession, log: EventLog, directory: Path) -> None:
        self.spark = spark
        self.sc = spark.sparkContext
        self.jobs = self.sc._jvm.inversion.Jobs
        self.scheduler = neptune_spark.scheduler(spark)
        self.log = log
        self.directory = directory

    def key(self, name: str, stopped: bool = False) -> str:
        if stopped:
            (self.directory / f"{name}.stop").touch()
        return str(self.directory / name)

    def run(
        self,
        key: str,
        low: Callable[[], Any],
        high: Callable[[], Any],
        keeps: bool = False,
        rescued: bool = False,
        victims: int = 2,
    ) -> Answers:
        """The low job lingers until its tasks are suspended, or have been `rescued` from that; or,
        if it `keeps` what it holds, until the high job is over."""
        stop = Path(f"{key}.stop")
        before, seen = self.scheduler.statistics(), len(self.log.events())
        low_job = in_background(neptune_spark.priority("low")(low))
        eventually(
            lambda: Path(f"{key}.0").exists() and Path(f"{key}.1").exists(),
            f"{key}: the low job got no cores",
        )
        high_job = in_background(neptune_spark.priority("high")(high))
        eventually(
            lambda: self.scheduler.statistics().suspensions >= before.suspensions + victims,
            f"{key}: the low tasks were not suspended",
        )
        suspended = time.monotonic()
        if rescued:
            eventually(
                lambda: self.scheduler.statistics().rescues > before.rescues,
                f"{key}: the low tasks were not rescued",
            )
        if not keeps:
            # Only a low task that runs can see it.
            stop.touch()
        high_answer = high_job.result(PATIENCE_S)
        waited_s = time.monotonic() - suspended
        low_done = low_job.done()
        stop.touch()
        low_answer = low_job.result(PATIENCE_S)
        after = self.scheduler.statistics()
        return {
            "low": low_answer,
            "low_done": low_done,
            "high": high_answer,
            "high_ms": round(1e3 * waited_s),
            **resumptions(self.log.events()[seen:]),
            "rescues": after.rescues - before.rescues,
            "given_back": after.bytes_given_back - before.bytes_given_back,
        }

    def cached(self, level: StorageLevel, name: str, readers: int = 2) -> Answers:
        key = self.key(name)
        rows = self.spark.range(0, NUMBERS, 1, 2).repartition(2)
        shared = rows.selectExpr("id", f"java_method('inversion.Flags', 'linger', '{key}', '0') k")
        shared.persist(level)
        try:
            read = shared if readers == 2 else shared.coalesce(readers)
            return self.run(
                key, shared.count, lambda: read.agg({"id": "sum"}).collect()[0][0], victims=readers
            )
        finally:
            shared.unpersist(blocking=True)

    def crossed(self) -> Answers:
        """Each level's tasks need a block of the other's; in stock Spark they would get them."""
        key, context = self.key("slow"), self.sc._jsc.sc()
        slow = self.jobs.numbers(context, key)
        quick = self.jobs.numbers(context, self.key("quick", stopped=True))
        slow.cache()
        quick.cache()
        first_and_second = self.jobs.oneAfterTheOther
        try:
            return self.run(
                key, lambda: first_and_second(slow, quick), lambda: first_and_second(quick, slow)
            )
        finally:
            slow.unpersist(True)
            quick.unpersist(True)

    def exclusive(self, kind: str) -> Answers:
        job, key = partial(self.jobs.exclusive, self.sc._jsc.sc(), kind), self.key(kind)
        return self.run(key, lambda: job(key), lambda: job(self.key("at once", stopped=True)))

    def texts(self, key: str, count: int = TEXTS) -> DataFrame:
        rows = self.spark.range(0, 2 * count, 1, 2).repartition(2)
        words = f"'fill', '{key}', '{TEXTS_HELD}', '{TEXT_BYTES}'"
        return rows.selectExpr("id", f"java_method('inversion.Flags', {words}) AS text")

    def memory(self, name: str, use: Callable[[DataFrame], Any]) -> Answers:
        """The low job lingers when it has much in its memory; the high one needs its share."""
        key, high = self.key(name), self.texts(self.key("filled", stopped=True))
        return self.run(key, lambda: use(self.texts(key)), lambda: sorting(high), keeps=True)

    def reading(self) -> Answers:
        """The low job has sorted, and lingers while it takes record after record out of that."""
        key = self.key("reading")
        texts = self.texts(self.key("filled", stopped=True))
        linger = f"java_method('inversion.Flags', 'linger', '{key}', '10')"
        low = texts.sortWithinPartitions("id").selectExpr(
            "id", f"CASE WHEN {linger} IS NOT NULL THEN text END AS text"
        )
        high = self.texts(self.key("filled", stopped=True))
        return self.run(key, lambda: checksum(low), lambda: sorting(high), rescued=True)

    def joining(self) -> Answers:
        """It reads two sorted sides in turn: one of them is at rest, and is spilled."""
        key, filled = self.key("joining"), self.key("filled", stopped=True)
        left, right = (self.texts(filled, SIDE) for _ in range(2))
        linger = f"java_method('inversion.Flags', 'linger', '{key}', '10')"
        low = (
            left.join(right.withColumnRenamed("text", "other").hint("merge"), "id")
            .selectExpr("id", f"CASE WHEN {linger} IS NOT NULL THEN text END AS text", "other")
            .selectExpr("sum(id + length(text) + 3 * length(other))")
        )
        high = self.texts(filled)
        return self.run(key, lambda: int(low.collect()[0][0]), lambda: sorting(high), keeps=True)

    def own_time(self) -> Answers:
        """The high job takes its time, but waits for nobody."""

        def dawdle(records: Any) -> Any:
            time.sleep(0.2)
            return records

        def high() -> int:
            pairs = self.sc.parallelize(range(100), 2).mapPartitions(dawdle).map(lambda x: (x, 1))
            return len(pairs.reduceByKey(max, 2).collect())

        key = self.key("own time")
        low = partial(self.jobs.exclusive, self.sc._jsc.sc(), "lock", key)
        return self.run(key, low, high, keeps=True)

    def long_record(self) -> Answers:
        """The low tasks get to no yield point; their cores are lent, and they suspend later."""
        key, high_key = self.key("long record"), self.key("high")
        job, context = self.jobs.longRecord, self.sc._jsc.sc()
        before = self.scheduler.statistics().overdue
        low = in_background(neptune_spark.priority("low")(lambda: job(context, key)))
        eventually(lambda: Path(f"{key}.0").exists() and Path(f"{key}.1").exists(), "no cores")
        high = in_background(neptune_spark.priority("high")(lambda: job(context, high_key)))
        eventually(
            lambda: Path(f"{high_key}.0").exists() and Path(f"{high_key}.1").exists(),
            "the cores were not lent",
        )
        overdue, running = self.scheduler.statistics().overdue - before, self.jobs.threadsStanding()
        self.key("long record", stopped=True)
        eventually(lambda: self.jobs.threadsStanding() == 2, "they ran on past a yield point")
        self.key("high", stopped=True)
        return {
            "high": high.result(PATIENCE_S),
            "low": low.result(PATIENCE_S),
            "overdue": overdue,
            "standing_at_first": running,
            "high_ms": 0,
            "helped_ms": 0,
        }


def resumptions(events: list[dict[str, Any]]) -> Answers:
    """Why tasks were resumed, and how long after the start of the task that was helped by it."""
    reasons, causes, helped_ms, started = [], set(), [], 0
    for event in events:
        if event["Event"] == "SparkListenerTaskStart":
            started = event["Task Info"]["Launch Time"]
        elif event["Event"] == RESUMED:
            reasons.append(event["reason"])
            if event["reason"] == "rescue":
                causes.add(event["waitedFor"])
                helped_ms.append(event["time"] - started)
    return {"reasons": reasons, "causes": sorted(causes), "helped_ms": max(helped_ms, default=0)}


def checksum(frame: DataFrame) -> int:
    """A number that depends on the order of the rows and on the lengths of their texts."""
    # Without its place in the sum, a row could be anywhere, and Spark would leave the sort out.
    places = "monotonically_increasing_id() % (1L << 33) AS place"
    placed = frame.selectExpr("*", places).selectExpr("sum(id * place + length(text))", "count(*)")
    return int(placed.collect()[0][0])


def sorting(frame: DataFrame) -> int:
    return checksum(frame.sortWithinPartitions("id"))


def shuffling(frame: DataFrame) -> int:
    return int(frame.repartition(3, "id").selectExpr("max(text)", "sum(id)").collect()[0][1])


def aggregating(frame: DataFrame) -> int:
    return int(frame.groupBy("id", "text").count().selectExpr("sum(id)").collect()[0][0])


def main() -> None:
    master, jar, where, settings, *cases = sys.argv[1:]
    directory = Path(where)
    (directory / "events").mkdir()
    builder = (
        neptune_spark.builder()
        .master(master)
        .config("spark.jars", jar)
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.adaptive.coalescePartitions.enabled", "false")
        # Shuffles go through memory, however few partitions they have.
        .config("spark.shuffle.sort.bypassMergeThreshold", "1")
        .config("spark.eventLog.enabled", "true")
        .config("spark.eventLog.dir", (directory / "events").as_uri())
        .config("spark.eventLog.compress", "false")
        .config("spark.eventLog.rolling.enabled", "false")
    )
    for key, value in {**MEMORY, **json.loads(settings)}.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    (path,) = (directory / "events").glob(f"*{spark.sparkContext.applicationId}*")
    inversion = Inversion(spark, EventLog(spark.sparkContext, path), directory)
    both = StorageLevel.MEMORY_AND_DISK
    known: dict[str, Callable[[], Answers]] = {
        "memory and disk": partial(inversion.cached, both, "memory and disk"),
        "disk": partial(inversion.cached, StorageLevel.DISK_ONLY, "disk"),
        # On two executors: wherever the only high task runs, it needs what is computed there.
        "replicated": partial(
            inversion.cached, StorageLevel.MEMORY_AND_DISK_2, "replicated", readers=1
        ),
        "crossed": inversion.crossed,
        **{k: partial(inversion.exclusive, k) for k in ("monitor", "lock", "permit", "pool")},
        "sort": partial(inversion.memory, "sort", sorting),
        "shuffle": partial(inversion.memory, "shuffle", shuffling),
        "aggregate": partial(inversion.memory, "aggregate", aggregating),
        "reading": inversion.reading,
        "joining": inversion.joining,
        "long record": inversion.long_record,
        "own time": inversion.own_time,
    }
    answers = {}
    for case in cases:
        start = time.monotonic()
        answers[case] = known[case]()
        eventually(lambda: not inversion.scheduler.tasks(), "a task was left behind")
        print(case, f"{time.monotonic() - start:.1f} s", answers[case], file=sys.stderr)
    assert inversion.scheduler.statistics().cores_lent == 0
    spark.stop()
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
