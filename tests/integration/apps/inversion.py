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

import neptune_spark
from tests.integration.apps import inversion_memory as memory
from tests.integration.apps.inversion_parts import Answers, sorting
from tests.integration.jobs import (
    PATIENCE_S,
    EventLog,
    eventually,
    in_background,
    log_of,
    with_event_log,
)

NUMBERS = 5000


class Inversion(memory.MemoryCases):
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
    )
    for key, value in {**memory.MEMORY, **json.loads(settings)}.items():
        builder = builder.config(key, value)
    spark = with_event_log(builder, directory / "events").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    log = EventLog(spark.sparkContext, log_of(spark.sparkContext))
    inversion = Inversion(spark, log, directory)
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
        "shuffle": partial(inversion.memory, "shuffle", memory.shuffling),
        "aggregate": partial(inversion.memory, "aggregate", memory.aggregating),
        "reading": inversion.reading,
        "joining": inversion.joining,
        "hash join": inversion.hash_join,
        "hash joins": inversion.hash_joins,
        "broadcast join": inversion.broadcast_join,
        "pandas aggregate": partial(inversion.pandas, "pandas aggregate", memory.aggregated),
        "apply in pandas": partial(inversion.pandas, "apply in pandas", memory.applied),
        "python reducing": inversion.python_reducing,
        "python shuffling": inversion.python_shuffling,
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
