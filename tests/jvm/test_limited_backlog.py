"""Spark's own allocation counts no task that a limit leaves no room for, and all others always.

It is the real one of the Spark under test, and hears each event between our two listeners, as in
its queue. It asks no cluster.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import pytest
from py4j.java_gateway import JavaGateway

from tests.jvm.functions import Function, scala_object, scala_seq
from tests.jvm.job_settings import properties_of
from tests.jvm.test_limits import Limited, named

CORE = 10**9
#: A pool whose tasks, of a core each, may have three.
ETL = {"pool.etl.maxCores": "3"}
POOL = named(pool="etl")


class Allocation:
    """Spark's, and who tells it of events."""

    def __init__(self, gateway: JavaGateway) -> None:
        spark = gateway.jvm.org.apache.spark
        conf = spark.SparkConf(False)
        conf.set("spark.master", "yarn").set("spark.executor.cores", "2")
        conf.set("spark.dynamicAllocation.testing", "true")
        bus = spark.scheduler.LiveListenerBus(conf)
        profiles = spark.resource.ResourceProfileManager(conf, bus)
        none = gateway.jvm.scala.Option.apply(None)
        self.manager: Any = spark.ExecutorAllocationManager(
            None, bus, conf, none, spark.util.ManualClock(), profiles, False
        )
        self.listeners = [self.manager.listener()]

    def tell(self, name: str, event: Any) -> Iterable[int]:
        """How many tasks it counts each time that it may look."""
        for listener in self.listeners:
            getattr(listener, name)(event)
            yield self.count

    @property
    def count(self) -> int:
        of = self.manager.listener()
        return int(of.pendingTasksPerResourceProfile(0) + of.totalRunningTasksPerResourceProfile(0))


class Application:
    """Jobs of one stage each, and what allocations make of them."""

    def __init__(self, gateway: JavaGateway, settings: dict[str, str], most: int = 3) -> None:
        self.jvm = gateway.jvm
        self.limits = Limited(gateway.jvm, settings)
        self._most = most
        #: With what is left out; with all tasks; and with those of jobs without a limit.
        self.ours, self.plain, self.others = (Allocation(gateway) for _ in range(3))
        room: Any = self.jvm.org.apache.spark.neptune.driver.allocation
        backlog = room.AllocationBacklog(self.ours.manager)
        self.fails = False
        self.limited: Any = room.LimitedBacklog(
            self.limits.jobs, Function(1, self._nanocores), Function(1, backlog.leaveOut)
        )
        self.ours.listeners = [
            self.limited.before(),
            *self.ours.listeners,
            self.limited.after(),
        ]
        self._stages = 0

    def _nanocores(self, _profile: int) -> int:
        if self.fails:
            raise RuntimeError("what a task needs is not known")
        return CORE

    def stage(self, tasks: int, properties: dict[str, str]) -> Stage:
        self._stages += 1
        return Stage(self, self._stages, tasks, properties)

    @property
    def _least(self) -> int:
        """The tasks that could run."""
        limited = self.plain.count - self.others.count
        return self.others.count + min(limited, self._most)

    def tell(self, name: str, event: Any, is_limited: bool) -> None:
        before = self._least
        for allocation in [self.plain] if is_limited else [self.plain, self.others]:
            list(allocation.tell(name, event))
        for count in self.ours.tell(name, event):
            assert count >= min(before, self._least), name


class Stage:
    """A stage of a job, whose tasks do what a test says."""

    def __init__(
        self, application: Application, number: int, tasks: int, properties: dict[str, str]
    ) -> None:
        self._application, self._number = application, number
        self._jvm = application.jvm
        self._events: Any = self._jvm.org.apache.spark.scheduler
        self._is_limited = bool(properties)
        nothing = scala_seq(self._jvm, [])
        none = self._jvm.scala.Option.apply(None)
        self._info = self._events.StageInfo(
            number, 0, "", tasks, nothing, nothing, "", None, nothing, none, 0, False, 0
        )
        self.waiting = list(range(tasks))
        self.running: dict[int, Any] = {}
        java = properties_of(self._jvm, properties)
        infos = scala_seq(self._jvm, [self._info])
        self._tell("JobStart", self._events.SparkListenerJobStart(number, 0, infos, java))
        self._tell("StageSubmitted", self._events.SparkListenerStageSubmitted(self._info, java))

    def _tell(self, what: str, event: Any) -> None:
        self._application.tell(f"on{what}", event, self._is_limited)

    def start(self, count: int = 1) -> None:
        for _ in range(count):
            index = self.waiting.pop(0)
            any_place = self._events.TaskLocality.ANY()
            self.running[index] = self._events.TaskInfo(
                1000 * self._number + index, index, 0, index, 0, "1", "host", any_place, False
            )
            event = self._events.SparkListenerTaskStart(self._number, 0, self.running[index])
            self._tell("TaskStart", event)

    def end(self, how: str = "Success", count: int = 1) -> None:
        for _ in range(count):
            index = next(iter(self.running))
            info = self.running.pop(index)
            if how not in ("Success", "Resubmitted"):
                self.waiting.append(index)
            self._task_end("Success" if how == "Resubmitted" else how, info)
            if how == "Resubmitted":
                # What it made was lost with its executor.
                self.waiting.append(index)
                self._task_end(how, info)

    def _task_end(self, how: str, info: Any) -> None:
        spark: Any = self._jvm.org.apache.spark
        if how == "TaskKilled":
            nothing = scala_seq(self._jvm, [])
            reason = spark.TaskKilled("others", nothing, nothing, nothing)
        else:
            reason = scala_object(spark, how)
        event = self._events.SparkListenerTaskEnd(
            self._number, 0, "ResultTask", reason, info, None, None
        )
        self._tell("TaskEnd", event)

    def complete(self) -> None:
        self._tell("StageCompleted", self._events.SparkListenerStageCompleted(self._info))
        done = scala_object(self._events, "JobSucceeded")
        self._tell("JobEnd", self._events.SparkListenerJobEnd(self._number, 0, done))


def test_as_many_tasks_are_counted_as_may_run(callbacks: JavaGateway) -> None:
    application = Application(callbacks, ETL)
    first, second = application.stage(10, POOL), application.stage(10, POOL)
    other = application.stage(4, {})
    assert (application.ours.count, application.plain.count) == (3 + 4, 24)
    first.start(3)
    first.end(count=2)
    second.start(2)
    assert (application.ours.count, application.plain.count) == (3 + 4, 22)
    first.complete()
    other.start(4)
    # The task of the stage that is over runs yet.
    assert (application.ours.count, application.plain.count) == (1 + 3 + 4, 15)
    second.complete()
    assert application.ours.count == application.plain.count == 1 + 2 + 4


def test_a_share_of_all_cores_and_streams_are_left_to_spark(callbacks: JavaGateway) -> None:
    application = Application(callbacks, {"pool.etl.maxCores": "25%", "pool.s.maxCores": "1"})
    application.stage(10, POOL)
    application.stage(10, named(pool="s", query="clicks"))
    assert application.ours.count == 20


@pytest.mark.parametrize(
    ("own", "counted"),
    [({"spark.neptune.maxCores": "2.5"}, 2), ({"spark.neptune.maxCores": "0.5"}, 1), ({}, 10)],
)
def test_a_jobs_own_limit_counts(callbacks: JavaGateway, own: dict[str, str], counted: int) -> None:
    application = Application(callbacks, {}, most=counted)
    application.stage(10, own)
    assert application.ours.count == counted


def test_another_limit_counts_at_once_for_what_is_known(callbacks: JavaGateway) -> None:
    application = Application(callbacks, ETL)
    stage = application.stage(10, POOL)
    stage.start(3)
    for cores, counted in (("7", 7), ("1", 3), ("20", 10), ("3", 3)):
        application.limits.choose("pool etl", cores=cores)
        application.limited.limitsChanged()
        assert application.ours.count == counted


def test_after_a_failure_spark_counts_for_itself(callbacks: JavaGateway) -> None:
    application = Application(callbacks, ETL)
    stage = application.stage(10, POOL)
    assert application.ours.count == 3
    application.fails = True
    application.stage(10, POOL)
    application.fails = False
    stage.start()
    assert application.ours.count == application.plain.count == 20


@pytest.mark.parametrize("seed", range(5))
def test_whatever_happens_no_task_is_missing_that_could_run(
    callbacks: JavaGateway, seed: int
) -> None:
    application, chance = Application(callbacks, ETL), random.Random(seed)
    ends = ["Success", "Success", "Success", "TaskResultLost", "TaskKilled", "Resubmitted"]
    live: list[Stage] = []
    for _ in range(150):
        act = chance.randrange(8)
        stage = chance.choice(live) if live else None
        if stage is None or act == 0:
            live.append(application.stage(chance.randrange(1, 9), chance.choice([POOL, {}])))
        elif act == 1:
            live.remove(stage)
            stage.complete()
        elif act < 5 and stage.waiting:
            stage.start()
        elif act >= 5 and stage.running:
            stage.end(chance.choice(ends))
    for stage in live:
        stage.complete()
    assert application.ours.count == application.plain.count
