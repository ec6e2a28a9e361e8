"""When the driver's guard raises jobs that a thread waits for, in virtual time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from py4j.java_gateway import JavaGateway

from tests.jvm.functions import Function, Timer, scala_object, scala_seq

EVERY_MS = 100
LOW, NORMAL, HIGH = -10, 0, 10
#: Ids that Java takes for longs.
QUERY, OTHER_QUERY, THREAD = 2**40, 2**41, 2**42


class Driver:
    """A driver's guard, its jobs, and what one thread needs of them."""

    def __init__(self, gateway: JavaGateway, every_ms: int = EVERY_MS) -> None:
        self.jvm = gateway.jvm
        self.driver: Any = self.jvm.org.apache.spark.neptune.driver
        self.timer = Timer()
        self.looks: list[int] = []
        #: The queries, and local properties of jobs without one, that a high thread needs.
        self.needs: tuple[set[int], list[Any]] | None = None
        self.fails = False
        tell = Function(2, lambda stage, priority: None)
        nothing = Function(2, lambda task, priority: None), tell, Function(0, lambda: None)
        self.stages: Any = self.driver.priorities.StagePriorities(
            None, self.jvm.neptune.core.CoreLedger(), *nothing
        )
        self.guard: Any = self.driver.inversion.DriverGuard(self.stages, self, every_ms, self.timer)

    def starts(self, job: int, priority: int, query: int | None = None, **local: str) -> Any:
        properties = self.jvm.java.util.Properties()
        if query is not None:
            properties.setProperty("spark.sql.execution.id", str(query))
        for key, value in local.items():
            properties.setProperty(key, value)
        self.stages.started(job, priority, scala_seq(self.jvm, [job]))
        self.guard.started(job, properties)
        return properties

    def ends(self, job: int) -> None:
        self.stages.ended(job)
        self.guard.ended(job)

    def priority(self, job: int) -> int:
        return int(self.stages.ofJob(job).get())

    def passes(self, looks: int) -> None:
        self.timer.passes(looks * EVERY_MS)

    def _set(self, elements: Iterable[Any]) -> Any:
        return scala_seq(self.jvm, elements).toSet()

    # As Scala calls it.

    def of(self, _jobs: Any) -> Any:
        self.looks.append(self.timer.now_ms)
        if self.fails:
            raise RuntimeError("a look fails")
        found = scala_object(self.jvm.scala.collection.immutable, "Map").empty()
        if self.needs is not None:
            queries, locals_ = self.needs
            needed = self.driver.inversion.Needed(self._set(queries), self._set(locals_), HIGH)
            found = found.updated(THREAD, needed)
        return found

    class Java:
        implements = ("org.apache.spark.neptune.driver.inversion.Needs",)


@pytest.fixture
def driver(callbacks: JavaGateway) -> Driver:
    return Driver(callbacks)


def test_what_is_needed_at_two_looks_in_a_row_is_raised(driver: Driver) -> None:
    driver.starts(1, LOW, QUERY)
    driver.starts(2, NORMAL, OTHER_QUERY)
    driver.needs = {QUERY}, []
    driver.passes(looks=1)
    assert driver.priority(1) == LOW
    driver.passes(looks=1)
    assert (driver.priority(1), driver.priority(2)) == (HIGH, NORMAL)
    # It stays so while it lives.
    driver.needs = None
    driver.passes(looks=5)
    assert driver.priority(1) == HIGH


def test_what_is_needed_now_and_then_is_not_raised(driver: Driver) -> None:
    driver.starts(1, LOW, QUERY)
    driver.starts(2, NORMAL, OTHER_QUERY)
    for query in (QUERY, OTHER_QUERY, QUERY, OTHER_QUERY):
        driver.needs = {query}, []
        driver.passes(looks=1)
        driver.needs = None
        driver.passes(looks=1)
    for query in (QUERY, OTHER_QUERY, QUERY, OTHER_QUERY):
        driver.needs = {query}, []
        driver.passes(looks=1)
    assert (driver.priority(1), driver.priority(2)) == (LOW, NORMAL)


def test_jobs_without_a_query_are_found_by_their_properties(driver: Driver) -> None:
    mine = driver.starts(1, LOW, pool="mine")
    driver.starts(2, LOW, pool="mine")
    driver.starts(3, LOW, pool="other")
    driver.starts(4, NORMAL, QUERY)
    driver.needs = set(), [mine]
    driver.passes(looks=2)
    assert [driver.priority(job) for job in (1, 2, 3, 4)] == [HIGH, HIGH, LOW, NORMAL]


def test_the_next_job_of_a_query_that_is_waited_for_is_raised_at_once(driver: Driver) -> None:
    driver.starts(1, LOW, QUERY)
    driver.starts(2, NORMAL, OTHER_QUERY)
    driver.needs = {QUERY}, []
    driver.passes(looks=2)
    driver.starts(3, LOW, QUERY)
    assert driver.priority(3) == HIGH
    driver.needs = None
    driver.passes(looks=1)
    driver.starts(4, LOW, QUERY)
    assert driver.priority(4) == LOW


def test_it_looks_while_jobs_of_several_priorities_live_and_no_longer(driver: Driver) -> None:
    driver.starts(1, LOW, QUERY)
    driver.passes(looks=5)
    assert driver.looks == []
    driver.starts(2, NORMAL, OTHER_QUERY)
    driver.passes(looks=3)
    assert driver.looks == [600, 700, 800]
    driver.ends(2)
    driver.passes(looks=5)
    assert len(driver.looks) == 3
    driver.starts(3, HIGH, OTHER_QUERY)
    driver.passes(looks=1)
    assert len(driver.looks) == 4


def test_a_look_that_fails_is_not_the_last(driver: Driver) -> None:
    driver.starts(1, LOW, QUERY)
    driver.starts(2, NORMAL, OTHER_QUERY)
    driver.needs, driver.fails = ({QUERY}, []), True
    driver.passes(looks=3)
    driver.fails = False
    driver.passes(looks=2)
    assert len(driver.looks) == 5
    assert driver.priority(1) == HIGH


def test_it_never_looks_where_that_is_off(callbacks: JavaGateway) -> None:
    driver = Driver(callbacks, every_ms=0)
    driver.starts(1, LOW, QUERY)
    driver.starts(2, NORMAL, OTHER_QUERY)
    driver.passes(looks=10)
    assert driver.looks == []
    every = scala_object(driver.driver.inversion, "DriverGuard").everyMs
    assert [every(ms) for ms in (0, 20, 100, 250)] == [0, 100, 100, 250]
