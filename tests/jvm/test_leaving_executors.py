"""Nothing stays suspended on an executor that is to end, and nothing is placed there."""

from __future__ import annotations

from typing import Any

import pytest
from py4j.java_gateway import JVMView

from tests.jvm.functions import NS_PER_MS
from tests.jvm.instructions import sent_and_told

CORE = 1_000_000_000
LOW, HIGH = -10, 10
ANSWER_MS = 600


class Driver:
    """The driver's side, and two executors of a core each, with a low task each: 1 and 2."""

    def __init__(self, jvm: JVMView) -> None:
        self._protocol, self._task = jvm.neptune.protocol, jvm.neptune.core.LaunchedTask
        self.ledger: Any = jvm.neptune.core.CoreLedger()
        self._side: Any = self._protocol.DriverSide(
            self.ledger, 100, ANSWER_MS * NS_PER_MS, ANSWER_MS * NS_PER_MS
        )
        self.now_ms = 0
        for task in (1, 2):
            self.ledger.offered(str(task), CORE)
            self.launch(task, str(task), LOW)

    def launch(self, task: int, executor: str, priority: int) -> None:
        self.ledger.launched(self._task(task, executor, CORE, priority, True, 1, 1, "ANY", 0))

    def does(self, what: str, *arguments: Any) -> list[str]:
        """What is sent, and told."""
        return sent_and_told(getattr(self._side, what)(*arguments, self.now_ms * NS_PER_MS))

    def hears(self, message: str, task: int, *arguments: Any) -> list[str]:
        return self.does("received", getattr(self._protocol, message)(task, *arguments))

    def has_suspended(self, task: int, manual: bool = False) -> None:
        self.does("suspend", task, manual)
        seq = self.ledger.get(task).get().seq()
        assert self.hears("Suspended", task, seq, 0, False) == ["IsSuspended"]

    def state(self, task: int) -> str:
        return str(self.ledger.get(task).get().state().name())

    @property
    def offered(self) -> list[str]:
        ids = self.ledger.executorIds()
        return [ids.apply(i) for i in range(ids.size())]


@pytest.fixture
def driver(jvm: JVMView) -> Driver:
    return Driver(jvm)


@pytest.mark.parametrize("manual", [False, True])
def test_what_is_suspended_resumes_though_another_has_its_core(
    driver: Driver, manual: bool
) -> None:
    driver.has_suspended(1, manual)
    driver.has_suspended(2, manual)
    driver.launch(3, "1", HIGH)
    assert driver.ledger.totalNanocores() == 2 * CORE
    assert driver.does("executorLeaves", "1") == ["Resume(1,3)"]
    assert driver.hears("Resumed", 1, 3, 0) == ["IsResumed"]
    assert driver.state(1) == driver.state(3) == "running"
    assert not driver.ledger.get(1).get().isManual()
    assert driver.ledger.totalNanocores() == CORE
    # Elsewhere nothing changes.
    assert driver.state(2) == "suspended"
    assert driver.ledger.get(2).get().isManual() == manual


def test_what_is_about_to_be_suspended_resumes_as_soon_as_it_is(driver: Driver) -> None:
    assert driver.does("suspend", 1, False) == ["Suspend(1,1,100)"]
    assert driver.does("executorLeaves", "1") == []
    assert driver.hears("Suspended", 1, 1, 0, False) == ["IsSuspended", "Resume(1,2)"]
    # Asked again, as any request, and once for answers that come twice.
    assert driver.hears("Suspended", 1, 1, 0, False) == []
    driver.now_ms += ANSWER_MS
    assert driver.does("timePassed") == ["Resume(1,2)"]
    assert driver.hears("Resumed", 1, 2, 0) == ["IsResumed"]


def test_what_is_about_to_be_suspended_manually_is_hurried(driver: Driver) -> None:
    assert driver.does("suspend", 1, True) == ["Suspend(1,1,-1)"]
    assert driver.does("executorLeaves", "1") == ["Suspend(1,1,100)"]
    assert driver.hears("Suspended", 1, 1, 0, False) == ["IsSuspended", "Resume(1,2)"]


def test_the_executor_takes_no_tasks_and_gives_no_victims(driver: Driver) -> None:
    driver.does("executorLeaves", "1")
    assert driver.ledger.isLeaving("1")
    assert driver.offered == ["2"]
    # An offer that was on its way.
    driver.ledger.offered("1", 0)
    assert driver.offered == ["2"]


def test_nothing_is_kept_of_an_executor_that_has_left(driver: Driver) -> None:
    driver.does("executorLeaves", "1")
    driver.ledger.executorLost("1", 0)
    assert not driver.ledger.isLeaving("1")
    # Nor is anything made of one that is not known.
    assert driver.does("executorLeaves", "3") == []
    assert driver.offered == ["2"]
