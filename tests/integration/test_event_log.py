"""What the History Server makes of a rolling event log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from neptune_spark import Scheduler
from neptune_spark._events import single_events
from tests.integration.jobs import GatedJob, log_of, tell_event_log


def compacted(spark: SparkSession, log: Path, directory: Path) -> list[str]:
    """The lines that are left of a log when the next one has begun."""
    name = spark.sparkContext.applicationId
    files = [directory / f"events_{n}_{name}" for n in (1, 2)]
    files[0].write_text(log.read_text())
    files[1].write_text("")
    jvm: Any = spark.sparkContext._jvm
    hadoop = jvm.org.apache.hadoop
    system = hadoop.fs.FileSystem.getLocal(hadoop.conf.Configuration())
    statuses = jvm.java.util.ArrayList()
    for file in files:
        statuses.add(system.getFileStatus(hadoop.fs.Path(str(file))))
    conf = jvm.org.apache.spark.SparkConf(False).set("spark.eventLog.compress", "false")
    compactor = jvm.org.apache.spark.deploy.history.EventLogFileCompactor(
        conf, hadoop.conf.Configuration(), system, 1, 0.0
    )
    compactor.compact(jvm.scala.collection.JavaConverters.asScalaBuffer(statuses).toList())
    return Path(f"{files[0]}.compact").read_text().splitlines()


def test_events_of_ended_jobs_go_when_it_is_compacted(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    ended = GatedJob(spark, tmp_path / "ended", "low", 1)
    first = ended.suspend(0).task_id
    scheduler.resume(first)
    ended.finish()
    alive = GatedJob(spark, tmp_path / "alive", "low", 1)
    second = alive.suspend(0).task_id
    sc = spark.sparkContext
    tell_event_log(sc)
    left = [json.loads(line) for line in compacted(spark, log_of(sc), tmp_path)]
    ours = [single["taskId"] for event in left for single in single_events(event)]
    scheduler.resume(second)
    alive.finish()
    assert second in ours
    assert first not in ours
