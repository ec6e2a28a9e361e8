"""The parts of which cases of priority inversion are made."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Dict

from pyspark.sql import DataFrame, SparkSession

import neptune_spark
from tests.integration.jobs import PATIENCE_S, EventLog, eventually, in_background

Answers = Dict[str, Any]
RESUMED = "org.apache.spark.neptune.driver.SparkListenerTaskResumed"
#: Why a task runs again that had no room beside suspended ones (ScarceMemory.scala).
SCARCE = "too little memory beside suspended tasks; runs again"
TEXT_BYTES, TEXTS_HELD, TEXTS = 45_000, 370, 420


class Parts:
    """A session, and how a low job lingers in it with what a high one needs."""

    def __init__(self, spark: SparkSession, log: EventLog, directory: Path) -> None:
        self.spark = spark
        self.sc = spark.sparkContext
        self.jobs = self.sc._jvm.inversion.Jobs
        self.scheduler = neptune_spark.scheduler(spark)
        self.log = log
        self.directory = directory
        self.guarded = self.sc.getConf().get("spark.neptune.rescueInterval") != "0ms"

    def helped(self) -> int:
        statistics = self.scheduler.statistics()
        return statistics.rescues + statistics.resumed_at_bound

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
        again: bool = False,
        victims: int = 2,
    ) -> Answers:
        """The low job lingers until its tasks are suspended, or have been `rescued` from that
        (without the guard: been suspended for too long, while others waited for their memory), and
        a high task has ended to run `again`; or, if it `keeps` what it holds, until the high job is
        over."""
        stop = Path(f"{key}.stop")
        before, seen = self.scheduler.statistics(), len(self.log.events())
        helped = self.helped()
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
                lambda: self.guarded or self.jobs.threadsWaitingForMemory() > 0,
                f"{key}: no high task waits",
            )
            eventually(lambda: self.helped() > helped, f"{key}: the low tasks were not helped")
        if again:
            eventually(
                lambda: high_job.done() or SCARCE in killed(self.log.events()[seen:]),
                f"{key}: no high task runs again",
            )
        if not keeps:
            # Only a low task that runs can see it.
            stop.touch()
        high_answer = high_job.result(PATIENCE_S)
        waited_s = time.monotonic() - suspended
        low_done = low_job.done()
        stop.touch()
        low_answer = low_job.result(PATIENCE_S)
        after, events = self.scheduler.statistics(), self.log.events()[seen:]
        return {
            "low": low_answer,
            "low_done": low_done,
            "high": high_answer,
            "high_ms": round(1e3 * waited_s),
            **resumptions(events),
            "killed": killed(events),
            "rescues": after.rescues - before.rescues,
            "given_back": after.released_bytes - before.released_bytes,
        }

    def texts(self, key: str, count: int = TEXTS) -> DataFrame:
        rows = self.spark.range(0, 2 * count, 1, 2).repartition(2)
        words = f"'fill', '{key}', '{TEXTS_HELD}', '{TEXT_BYTES}'"
        return rows.selectExpr("id", f"java_method('inversion.Flags', {words}) AS text")


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


def killed(events: list[dict[str, Any]]) -> list[str]:
    """Why tasks have ended that count as killed."""
    ends = [e["Task End Reason"] for e in events if e["Event"] == "SparkListenerTaskEnd"]
    return [end["Kill Reason"] for end in ends if end["Reason"] == "TaskKilled"]


def number(frame: DataFrame) -> int:
    return int(frame.collect()[0][0])


def checksum(frame: DataFrame) -> int:
    """A number that depends on the order of the rows and on the lengths of their texts."""
    # Without its place in the sum, a row could be anywhere, and Spark would leave the sort out.
    places = "monotonically_increasing_id() % shiftleft(1L, 33) AS place"
    placed = frame.selectExpr("*", places).selectExpr("sum(id * place + length(text))", "count(*)")
    return int(placed.collect()[0][0])


def sorting(frame: DataFrame) -> int:
    return checksum(frame.sortWithinPartitions("id"))
