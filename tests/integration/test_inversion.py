"""A higher task never waits for what a suspended one holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from pyspark import StorageLevel
from pyspark.sql import SparkSession

import neptune_spark
from neptune_spark import Scheduler
from tests.integration.jobs import PATIENCE_S, eventually, in_background


@pytest.mark.smoke
def test_a_high_job_reads_what_a_suspended_low_job_is_caching(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    """The low tasks hold the write locks of the blocks that the high tasks want to read."""
    sc = spark.sparkContext
    stop, started = tmp_path / "stop", tmp_path / "started"
    started.mkdir()
    paths = str(stop), str(started)

    def slow(partition: int, records: Iterable[int]) -> Iterator[int]:
        stop_file, started_dir = (Path(path) for path in paths)
        (started_dir / str(partition)).touch()
        while not stop_file.exists():
            pass
        yield from records

    shared = sc.parallelize(range(100), 2).mapPartitionsWithIndex(slow)
    shared.persist(StorageLevel.MEMORY_ONLY)
    try:
        low = in_background(neptune_spark.priority("low")(shared.count))
        eventually(lambda: len(list(started.iterdir())) == 2, "the low job got no cores")
        before = scheduler.statistics()
        high = in_background(neptune_spark.priority("high")(shared.sum))
        eventually(
            lambda: scheduler.statistics().suspensions >= before.suspensions + 2,
            "the low tasks were not suspended",
        )
        # Only a low task that runs can see it.
        stop.touch()
        assert high.result(PATIENCE_S) == 4950
        assert low.result(PATIENCE_S) == 100
        assert scheduler.statistics().rescues >= before.rescues + 2
        assert len(list(started.iterdir())) == 2
    finally:
        stop.touch()
        shared.unpersist(blocking=True)
