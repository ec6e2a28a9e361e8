"""Metrics come and go with what they are of, and a sink that reads them can't do harm."""

from __future__ import annotations

from typing import Any

import pytest
from py4j.java_gateway import JavaGateway

from tests.jvm.functions import Function, Timer, scala_seq

ONE = 1_000_000_000
NAMED = {"low", "normal", "high"}


class Driver:
    """A scheduler's metrics, as Spark's metrics system has them."""

    def __init__(self, gateway: JavaGateway) -> None:
        self._gateway, jvm = gateway, gateway.jvm
        driver = jvm.org.apache.spark.neptune.driver
        self._jvm, self.timer = jvm, Timer()
        #: How often the scheduler was asked for its task sets, and whether that fails.
        self.asked, self.fails = 0, False
        self.agents = driver.executors.Agents(10_000, self.timer)
        self.ledger = jvm.neptune.core.CoreLedger()
        self.ledger.offered("1", 4 * ONE)
        levels = driver.report.Levels(self.ledger, Function(0, self._task_sets), self.timer)
        bound = jvm.neptune.core.StarvationBound(10, 1000 * ONE)
        statistics = driver.report.Statistics(self.ledger, levels, bound, self.timer)
        lock = jvm.java.lang.Object()
        metrics = driver.report.SchedulerMetrics(
            statistics, self.ledger, self.agents, lock, self.timer
        )
        self.registry = jvm.com.codahale.metrics.MetricRegistry()
        self.registry.register("app.driver.neptune", metrics.metricRegistry())

    def _task_sets(self) -> Any:
        self.asked += 1
        if self.fails:
            raise RuntimeError("the scheduler is upset")
        return scala_seq(self._jvm, [])

    def launch(self, task_id: int, priority: int) -> None:
        self.ledger.launched(
            self._jvm.neptune.core.LaunchedTask(
                task_id, "1", ONE, priority, True, 1, 1, "ANY", self.timer.now_ns
            )
        )

    def suspend(self, task_id: int) -> None:
        seq = self.ledger.requestSuspend(task_id, False, self.timer.now_ns).get()
        self.ledger.suspended(task_id, seq, self.timer.now_ns)

    def read(self) -> dict[str, float]:
        """All gauges, as a sink reads them a good second after the last time."""
        self.timer.passes(1001)
        return self.read_again()

    def read_again(self) -> dict[str, float]:
        gauges = dict(self.registry.getGauges())
        return {
            name.replace("app.driver.neptune.", ""): gauge.getValue()
            for name, gauge in gauges.items()
        }

    def known(self, prefix: str) -> set[str]:
        """What there are metrics of: levels or executors."""
        names = [name.split(".")[3:5] for name in self.registry.getNames()]
        return {name for kind, name in (n for n in names if len(n) == 2) if kind == prefix}


@pytest.fixture
def driver(callbacks: JavaGateway) -> Driver:
    return Driver(callbacks)


def test_levels_come_and_go_but_for_those_with_a_name(driver: Driver) -> None:
    assert driver.known("level") == NAMED
    driver.launch(1, 7)
    driver.launch(2, -7)
    driver.launch(3, -10)
    driver.suspend(2)
    driver.read()
    assert driver.known("level") == {*NAMED, "7", "minus7"}
    now = driver.read_again()
    assert (now["level.7.tasks_running"], now["level.7.tasks_suspended"]) == (1, 0)
    assert (now["level.minus7.tasks_running"], now["level.minus7.tasks_suspended"]) == (0, 1)
    assert (now["level.minus7.cores_lent"], now["level.low.tasks_running"]) == (1, 1)
    for task_id in (1, 2, 3):
        driver.ledger.ended(task_id, driver.timer.now_ns)
    driver.read()
    assert driver.known("level") == NAMED
    assert driver.read_again()["level.low.tasks_running"] == 0


def test_executors_come_and_go(driver: Driver) -> None:
    driver.launch(1, 0)
    driver.suspend(1)
    for executor in ("1", "2"):
        driver.agents.add(executor, "somewhere", None)
    driver.read()
    assert driver.known("executors") == {"1", "2"}
    now = driver.read_again()
    assert (now["executors.1.tasks_suspended"], now["executors.2.tasks_suspended"]) == (1, 0)
    driver.agents.remove("1")
    driver.read()
    assert driver.known("executors") == {"2"}


def test_there_are_not_more_than_a_sink_can_bear(driver: Driver) -> None:
    for executor in range(1100):
        driver.agents.add(str(executor), "somewhere", None)
    driver.read()
    known = driver.known("executors")
    assert len(known) == 1000
    # Others take the place of those that go.
    for one in known:
        driver.agents.remove(one)
    driver.read()
    assert len(driver.known("executors")) == 100


def test_all_gauges_are_of_one_moment(driver: Driver) -> None:
    before = driver.asked
    driver.launch(1, 0)
    driver.read()
    driver.launch(2, 0)
    assert driver.read_again()["level.normal.tasks_running"] == 1
    assert driver.asked == before + 1
    assert driver.read()["level.normal.tasks_running"] == 2
    assert driver.asked == before + 2


def test_a_scheduler_that_fails_leaves_what_was_known(driver: Driver) -> None:
    driver.launch(1, 0)
    driver.read()
    driver.launch(2, 0)
    driver.fails = True
    assert driver.read()["level.normal.tasks_running"] == 1
    driver.fails = False
    assert driver.read()["level.normal.tasks_running"] == 2


def test_how_much_a_task_has_used_of_its_bound(driver: Driver) -> None:
    assert driver.read()["bound_used_max"] == 0
    driver.launch(1, 0)
    driver.suspend(1)
    # Once of ten times; then 200 of 1,000 seconds.
    assert driver.read()["bound_used_max"] == 0.1
    driver.timer.passes(199_000)
    assert 0.2 <= driver.read()["bound_used_max"] < 0.21
