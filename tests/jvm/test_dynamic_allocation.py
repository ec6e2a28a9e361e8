"""What Spark's own allocation of executors makes of suspended and killed tasks, in virtual time.

The allocation is the real one of the Spark under test, on a clock that a test moves. It asks no
cluster.
"""

from __future__ import annotations

from typing import Any

import pytest
from py4j.java_gateway import JavaGateway

from tests.jvm.functions import Function, Timer, scala_object, scala_seq

CORE = 1_000_000_000
LOW, HIGH = -10, 10
WINDOW_MS = 3_000
#: Spark's loop.
EVERY_MS = 100


class Stage:
    """A stage, of which Spark's allocation hears as of any; its tasks start at once."""

    def __init__(self, cluster: Cluster, number: int, tasks: int) -> None:
        self._cluster, self._events = cluster, cluster.jvm.org.apache.spark.scheduler
        nothing = scala_seq(cluster.jvm, [])
        none = cluster.option(None)
        self._info = self._events.StageInfo(
            number, 0, "", tasks, nothing, nothing, "", None, nothing, none, 0, False, 0
        )
        self._number, self.tasks = number, [10 * number + i for i in range(tasks)]
        self._infos: dict[int, Any] = {}
        cluster.hears.onStageSubmitted(self._events.SparkListenerStageSubmitted(self._info, None))
        for task in self.tasks:
            self.starts(task)

    def starts(self, task: int) -> None:
        any_place = self._events.TaskLocality.ANY()
        index = task % 10
        info = self._events.TaskInfo(task, index, 0, index, 0, "1", "host", any_place, False)
        self._infos[task] = info
        start = self._events.SparkListenerTaskStart(self._number, 0, info)
        self._cluster.hears.onTaskStart(start)

    def ends(self) -> None:
        for task in self.tasks:
            self._task_ends(task, scala_object(self._cluster.jvm.org.apache.spark, "Success"))
            self._cluster.ledger.ended(task, self._cluster.now_ns)
        self._cluster.hears.onStageCompleted(self._events.SparkListenerStageCompleted(self._info))

    def is_killed(self, task: int) -> None:
        nothing = scala_seq(self._cluster.jvm, [])
        killed = self._cluster.jvm.org.apache.spark.TaskKilled("others", nothing, nothing, nothing)
        self._task_ends(task, killed)

    def _task_ends(self, task: int, reason: Any) -> None:
        end = self._events.SparkListenerTaskEnd(
            self._number, 0, "ResultTask", reason, self._infos[task], None, None
        )
        self._cluster.hears.onTaskEnd(end)


class Cluster:
    """Executors of two cores each, the ledger, Spark's allocation, and ours beside it."""

    def __init__(self, gateway: JavaGateway, window_ms: int = WINDOW_MS, **settings: str) -> None:
        self.jvm = gateway.jvm
        self.timer = Timer()
        self.fails = False
        self._clock = self.jvm.org.apache.spark.util.ManualClock()
        spark = self.jvm.org.apache.spark
        conf = spark.SparkConf(False)
        for key, value in {
            "spark.master": "yarn",
            "spark.executor.cores": "2",
            "spark.dynamicAllocation.testing": "true",
            "spark.dynamicAllocation.initialExecutors": "1",
            **{f"spark.dynamicAllocation.{name}": value for name, value in settings.items()},
        }.items():
            conf.set(key, value)
        bus = spark.scheduler.LiveListenerBus(conf)
        profiles = spark.resource.ResourceProfileManager(conf, bus)
        self._manager: Any = spark.ExecutorAllocationManager(
            None, bus, conf, self.option(None), self._clock, profiles, False
        )
        self.hears: Any = self._manager.listener()
        self.ledger: Any = self.jvm.neptune.core.CoreLedger()
        room: Any = self.jvm.org.apache.spark.neptune.driver.allocation
        self.allocation: Any = room.DynamicAllocation(
            self.ledger,
            Function(0, lambda: self.option(self._manager)),
            self.ledger,
            Function(1, self._profile_of),
            Function(0, lambda: profiles),
            None,
            conf,
            window_ms,
            self.timer,
            self.timer,
        )
        self._backlog: Any = room.AllocationBacklog(self._manager)
        self._stages = 0
        self.adds("1")

    def option(self, value: Any) -> Any:
        return self.jvm.scala.Option.apply(value)

    def _profile_of(self, _executor: str) -> Any:
        if self.fails:
            raise RuntimeError("a look fails")
        return self.option(0)

    @property
    def now_ns(self) -> int:
        return self.timer.now_ns

    def adds(self, executor: str) -> None:
        self.ledger.offered(executor, 2 * CORE)

    def stage(self, tasks: int, priority: int, executor: str = "1") -> Stage:
        self._stages += 1
        stage = Stage(self, self._stages, tasks)
        for task in stage.tasks:
            self.launches(task, priority, executor)
        return stage

    def launches(self, task: int, priority: int, executor: str = "1") -> None:
        self.ledger.launched(
            self.jvm.neptune.core.LaunchedTask(
                task, executor, CORE, priority, True, task // 10, 1, "ANY", self.now_ns
            )
        )

    def suspends(self, stage: Stage, manual: bool = False) -> None:
        for task in stage.tasks:
            seq = self.ledger.requestSuspend(task, manual, self.now_ns).get()
            assert self.ledger.suspended(task, seq, self.now_ns)
        self.allocation.watch()

    def resumes(self, stage: Stage) -> None:
        for task in stage.tasks:
            seq = self.ledger.requestResume(task, False, self.now_ns).get()
            assert self.ledger.resumed(task, seq)

    def passes(self, ms: int) -> list[int]:
        """The targets in so many milliseconds, as often as there is another one."""
        targets = [self.target]
        for _ in range(ms // EVERY_MS):
            self.timer.passes(EVERY_MS)
            self._clock.advance(EVERY_MS)
            getattr(self._manager, "org$apache$spark$ExecutorAllocationManager$$schedule")()
            if self.target != targets[-1]:
                targets.append(self.target)
        return targets

    def backlog_is(self, tasks: int | None) -> None:
        backlog = scala_object(self.jvm.scala.collection.immutable, "Map").empty()
        self._backlog.tell(backlog if tasks is None else backlog.updated(0, tasks))

    @property
    def target(self) -> int:
        return int(self._manager.numExecutorsTargetPerResourceProfileId().apply(0))

    @property
    def needed(self) -> int:
        return int(self._manager.maxNumExecutorsNeededPerResourceProfile(0))


@pytest.fixture
def cluster(callbacks: JavaGateway) -> Cluster:
    return Cluster(callbacks)


def suspended(cluster: Cluster) -> tuple[Stage, Stage]:
    """Two low tasks, and the two high ones for which they are suspended."""
    low = cluster.stage(2, LOW)
    cluster.passes(1_000)
    cluster.suspends(low)
    return low, cluster.stage(2, HIGH)


def test_spark_by_itself_asks_for_nothing(callbacks: JavaGateway) -> None:
    cluster = Cluster(callbacks, window_ms=0)
    suspended(cluster)
    # Four tasks need two executors, by its own count; but nothing is pending.
    assert cluster.needed == 2
    assert cluster.passes(60_000) == [1]
    assert not cluster.timer.has_more_to_do


def test_sustained_suspension_asks_for_room_for_all_live_tasks_and_no_more(
    cluster: Cluster,
) -> None:
    suspended(cluster)
    # Half a task after 2.25 s, and Spark waits for a second before it adds any.
    assert cluster.passes(3_200) == [1]
    assert cluster.passes(400) == [1, 2]
    assert cluster.passes(30_000) == [2]


def test_tasks_go_to_the_new_executor_and_the_target_falls_when_all_is_over(
    cluster: Cluster,
) -> None:
    low, high = suspended(cluster)
    assert cluster.passes(5_000) == [1, 2]
    cluster.adds("2")
    assert cluster.passes(100) == [2]
    more = cluster.stage(2, HIGH, executor="2")
    # Six tasks live, and two of them are suspended as yet; that does not last.
    assert cluster.passes(1_000) == [2]
    high.ends()
    cluster.resumes(low)
    assert cluster.passes(10_000) == [2]
    more.ends()
    assert cluster.passes(200) == [2, 1]
    low.ends()
    assert cluster.passes(10_000) == [1, 0]
    assert (cluster.needed, cluster.timer.has_more_to_do) == (0, False)


def test_the_target_is_kept_between_the_batches_of_a_stream(cluster: Cluster) -> None:
    low = cluster.stage(2, LOW)
    targets = []
    for _ in range(12):
        cluster.suspends(low)
        batch = cluster.stage(2, HIGH)
        targets += cluster.passes(500)
        batch.ends()
        cluster.resumes(low)
        targets += cluster.passes(300)
    # Else Spark would call off, at each end of a batch, what has not come yet.
    assert targets == sorted(targets)
    assert set(targets) == {1, 2}
    # The stream has ended: for a window more.
    assert cluster.passes(10_000) == [2, 1]


def test_a_single_batch_asks_for_nothing(cluster: Cluster) -> None:
    low, high = suspended(cluster)
    cluster.passes(900)
    high.ends()
    cluster.resumes(low)
    assert cluster.passes(30_000) == [1]
    assert not cluster.timer.has_more_to_do


def test_manual_suspensions_ask_for_nothing(cluster: Cluster) -> None:
    low = cluster.stage(2, LOW)
    cluster.suspends(low, manual=True)
    cluster.stage(2, HIGH)
    assert cluster.passes(30_000) == [1]


def test_sparks_own_steps_and_its_maximum_are_kept(callbacks: JavaGateway) -> None:
    cluster = Cluster(callbacks, maxExecutors="6", sustainedSchedulerBacklogTimeout="2s")
    cluster.ledger.offered("1", 10 * CORE)
    low = cluster.stage(10, LOW)
    cluster.passes(1_000)
    cluster.suspends(low)
    cluster.stage(10, HIGH)
    # One, and then twice as many each time; twenty tasks would fill ten.
    assert cluster.passes(20_000) == [1, 2, 4, 6]


def test_killed_tasks_that_wait_are_a_backlog_that_spark_does_not_see(
    callbacks: JavaGateway,
) -> None:
    cluster = Cluster(callbacks, window_ms=0)
    low = cluster.stage(2, LOW)
    cluster.passes(1_000)
    for task in low.tasks:
        low.is_killed(task)
    high = cluster.stage(2, HIGH)
    assert cluster.needed == 1
    cluster.backlog_is(2)
    assert cluster.needed == 2
    assert cluster.passes(1_100) == [1, 2]
    # They run again, which Spark counts.
    for task in low.tasks:
        low.starts(task)
    cluster.backlog_is(None)
    assert cluster.needed == 2
    assert cluster.passes(5_000) == [2]
    high.ends()
    assert cluster.passes(5_000) == [2, 1]


def test_nothing_is_left_of_a_backlog_that_is_over(callbacks: JavaGateway) -> None:
    cluster = Cluster(callbacks, window_ms=0)
    for tasks in (3, 0, 7, None):
        cluster.backlog_is(tasks)
        assert cluster.hears.hasPendingTasks() == (tasks is not None)
        assert cluster.hears.pendingTasksPerResourceProfile(0) == (tasks or 0)
    assert cluster.passes(30_000) == [1, 0]


def test_a_look_that_fails_is_not_the_last(cluster: Cluster) -> None:
    cluster.fails = True
    suspended(cluster)
    assert cluster.passes(5_000) == [1]
    cluster.fails = False
    assert cluster.passes(5_000) == [1, 2]
