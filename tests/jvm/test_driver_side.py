"""What the driver's side of the protocol has sent, when, and what it makes of the answers."""

from __future__ import annotations

from typing import Any

import pytest
from py4j.java_gateway import JavaGateway, JVMView

from tests.jvm.functions import NS_PER_MS, Function
from tests.jvm.instructions import sent_and_told

TASK = 7
CORE = 1_000_000_000
TIMEOUT_MS, ANSWER_MS, CONFIRM_MS = 100, 600, 200
NO_TIMEOUT = -1


class Driver:
    """The driver's side, with one task of a low priority on executor 1."""

    def __init__(self, jvm: JVMView) -> None:
        self.protocol: Any = jvm.neptune.protocol
        core = jvm.neptune.core
        self.ledger: Any = core.CoreLedger()
        self.ledger.offered("1", CORE)
        self.ledger.launched(core.LaunchedTask(TASK, "1", CORE, -10, True, 1, 1, "ANY", 0))
        self.side: Any = self.protocol.DriverSide(
            self.ledger, TIMEOUT_MS, ANSWER_MS * NS_PER_MS, CONFIRM_MS * NS_PER_MS
        )
        self.now_ms = 0

    def does(self, what: str, *arguments: Any) -> list[str]:
        """Return the instructions, but for those to wake it."""
        return sent_and_told(getattr(self.side, what)(*arguments, self.now_ms * NS_PER_MS))

    def hears(self, message: str, *arguments: Any) -> list[str]:
        return self.does("received", getattr(self.protocol, message)(TASK, *arguments))

    def passes(self, ms: int) -> list[str]:
        self.now_ms += ms
        return self.does("timePassed")

    @property
    def awaits_core(self) -> bool:
        return not self.ledger.incomingNanocores(2 * 10 + 1).isEmpty()


@pytest.fixture
def driver(callbacks: JavaGateway) -> Driver:
    return Driver(callbacks.jvm)


def test_a_request_is_repeated_until_it_is_answered(driver: Driver) -> None:
    assert driver.does("suspend", TASK, False) == [f"Suspend({TASK},1,{TIMEOUT_MS})"]
    assert driver.awaits_core
    assert driver.does("suspend", TASK, False) == []
    assert driver.passes(ANSWER_MS - 1) == []
    assert driver.passes(1) == [f"Suspend({TASK},1,{TIMEOUT_MS})"]
    # Others do not wait for what an executor is so long in giving.
    assert driver.side.isSilent("1") and not driver.awaits_core
    assert driver.hears("Suspended", 1, 0, False) == ["IsSuspended"]
    assert driver.hears("Suspended", 1, 0, False) == []
    assert driver.side.isSettled() and not driver.side.isSilent("1")
    assert driver.does("resume", TASK, False) == [f"Resume({TASK},2)"]
    assert driver.hears("Suspended", 1, 0, False) == []
    assert driver.passes(ANSWER_MS) == [f"Resume({TASK},2)"]
    assert driver.hears("Resumed", 2, 0) == ["IsResumed"]
    assert driver.passes(ANSWER_MS) == []


def test_a_manual_suspension_may_take_its_time_until_it_is_released(driver: Driver) -> None:
    assert driver.does("suspend", TASK, True) == [f"Suspend({TASK},1,{NO_TIMEOUT})"]
    driver.passes(ANSWER_MS)
    assert not driver.side.isSilent("1")
    assert driver.does("releaseManual", TASK) == [f"Suspend({TASK},1,{TIMEOUT_MS})"]
    driver.passes(ANSWER_MS)
    assert driver.side.isSilent("1")
    assert driver.hears("Suspended", 1, 0, True) == ["IsSuspended"]
    assert driver.does("releaseManual", TASK) == []


def test_a_rescue_is_acknowledged_as_often_as_it_is_reported(driver: Driver) -> None:
    cause = driver.protocol.Cause.of(2).get()
    driver.does("suspend", TASK, False)
    driver.hears("Suspended", 1, 0, False)
    acknowledged = f"RescueAcknowledged({TASK},1)"
    assert driver.hears("Rescued", 1, cause) == ["IsRescued", acknowledged]
    assert driver.hears("Rescued", 1, cause) == [acknowledged]
    assert driver.side.isSettled()


def test_a_priority_is_told_until_the_newest_is_confirmed(driver: Driver) -> None:
    reachable = Function(1, lambda _task: True)
    assert driver.does("reprioritize", TASK, 0, reachable) == [f"Reprioritize({TASK},1,0)"]
    assert driver.does("reprioritize", TASK, 0, reachable) == []
    assert driver.does("reprioritize", TASK, 5, reachable) == [f"Reprioritize({TASK},2,5)"]
    driver.hears("Reprioritized", 1)
    assert driver.passes(CONFIRM_MS) == [f"Reprioritize({TASK},2,5)"]
    driver.hears("Reprioritized", 2)
    assert driver.side.isSettled()


def test_a_task_that_a_limit_holds_is_below_all_whatever_its_priority(driver: Driver) -> None:
    reachable = Function(1, lambda _task: True)
    lowest = -(2**31)
    assert driver.does("belowAll", TASK, True, reachable) == [f"Reprioritize({TASK},1,{lowest})"]
    assert driver.does("belowAll", TASK, True, reachable) == []
    assert driver.does("reprioritize", TASK, 5, reachable) == [f"Reprioritize({TASK},2,{lowest})"]
    assert driver.passes(CONFIRM_MS) == [f"Reprioritize({TASK},2,{lowest})"]
    assert driver.does("belowAll", TASK, False, reachable) == [f"Reprioritize({TASK},3,5)"]
    driver.hears("Reprioritized", 3)
    assert driver.side.isSettled()


@pytest.mark.parametrize("told", [False, True])
def test_an_executor_forgets_a_task_that_it_was_told_of(driver: Driver, told: bool) -> None:
    if told:
        driver.does("suspend", TASK, False)
    assert driver.does("ended", TASK) == ([f"Forget({TASK})"] if told else [])
    assert driver.side.isSettled() and driver.ledger.isEmpty()
    assert driver.hears("Suspended", 1, 0, False) == []
