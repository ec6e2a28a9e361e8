"""How long high jobs take beside a low one that would keep all cores: latency.py CORES SECONDS.

Every core gets two low Python tasks of so many processor seconds each. Prints as one line of JSON
what each of the high jobs took, the first one and nine more, and whether the low job was still at
work then.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterable, Iterator

from pyspark.sql import SparkSession

HIGH_JOBS = 10
PAUSE_S = 0.2


def slowly(rows: Iterable[int]) -> Iterator[int]:
    time.sleep(1)
    yield sum(rows)


def spin(rows: Iterable[int], seconds: float) -> Iterator[int]:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    yield sum(rows)


def main(cores: str, seconds: str) -> None:
    spark = SparkSession.builder.getOrCreate()
    sc = spark.sparkContext
    # What every job needs is there, on all executors.
    warm = sc.parallelize(range(100), 2 * int(cores)).mapPartitions(slowly)
    assert warm.sum() == 4950
    tasks = sc.parallelize(range(100), 2 * int(cores))
    lows: list[int] = []

    def low() -> None:
        sc.setLocalProperty("spark.neptune.priority", "low")
        lows.append(tasks.mapPartitions(lambda rows: spin(rows, float(seconds))).sum())

    thread = threading.Thread(target=low)
    thread.start()
    tracker = sc.statusTracker()
    while not any(
        (info := tracker.getStageInfo(stage)) and info.numActiveTasks >= int(cores)
        for stage in tracker.getActiveStageIds()
    ):
        time.sleep(0.01)
    sc.setLocalProperty("spark.neptune.priority", "high")
    took_s = []
    for _ in range(HIGH_JOBS):
        begun_s = time.monotonic()
        assert sc.parallelize(range(100)).sum() == 4950
        took_s.append(round(time.monotonic() - begun_s, 3))
        time.sleep(PAUSE_S)
    beside = thread.is_alive()
    thread.join()
    assert lows == [4950]
    print(json.dumps({"first_s": took_s[0], "then_s": took_s[1:], "beside": beside}), flush=True)
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
