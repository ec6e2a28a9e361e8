"""Tasks of real-time queries share their cores with others: what the ledger says of both."""

from __future__ import annotations

from typing import Any

import pytest
from py4j.java_gateway import JVMView

from tests.jvm.functions import scala_object

ONE = 1_000_000_000
LOW, HIGH = -10, 10


class Cores:
    """An executor of two cores, and tasks of one core each."""

    def __init__(self, jvm: JVMView) -> None:
        self._jvm = jvm
        self.ledger: Any = jvm.neptune.core.CoreLedger()
        self._launched = 0
        self.offer()

    def offer(self) -> None:
        """As a backend does, which knows of nothing shared, nor lent."""
        self.ledger.offered("1", 2 * ONE - self._launched * ONE)

    def launch(self, task_id: int, priority: int, shares: bool = False) -> None:
        nothing = scala_object(self._jvm.scala.collection.immutable, "Set").empty()
        self.ledger.launched(
            self._jvm.neptune.core.LaunchedTask(
                task_id,
                "1",
                ONE,
                priority,
                not shares,
                1,
                1,
                "ANY",
                0,
                nothing,
                shares,
                2 * priority + 1,
                nothing.toSeq(),
            )
        )
        self._launched += 1
        self.offer()

    def end(self, task_id: int) -> None:
        assert self.ledger.ended(task_id, 0).isDefined()
        self._launched -= 1
        self.offer()

    def suspend(self, task_id: int) -> None:
        seq = self.ledger.requestSuspend(task_id, False, 0).get()
        assert self.ledger.suspended(task_id, seq, 0)

    def free(self, priority: int) -> tuple[int, int]:
        """Cores for new tasks of the priority, and for such as share them."""
        page = self.ledger.pageOf("1").get()
        assert page.totalNanocores() == 2 * ONE
        return (
            self.ledger.usableNanocores("1", 2 * priority + 1) // ONE,
            page.shareableNanocores() // ONE,
        )


@pytest.fixture
def cores(jvm: JVMView) -> Cores:
    return Cores(jvm)


def test_neither_takes_cores_from_the_other(cores: Cores) -> None:
    assert cores.free(LOW) == (2, 2)
    cores.launch(1, HIGH, shares=True)
    assert cores.free(LOW) == (2, 1)
    cores.launch(2, LOW)
    cores.launch(3, LOW)
    assert cores.free(LOW) == (0, 1)
    cores.launch(4, HIGH, shares=True)
    assert cores.free(LOW) == (0, 0)
    assert cores.ledger.sharedNanocores() == 2 * ONE
    cores.end(1)
    assert cores.free(LOW) == (0, 1)
    cores.end(2)
    cores.end(4)
    assert cores.free(LOW) == (1, 2)
    assert cores.ledger.sharedNanocores() == 0


def test_others_lend_cores_as_ever(cores: Cores) -> None:
    cores.launch(1, LOW)
    cores.launch(2, LOW)
    cores.launch(3, HIGH, shares=True)
    assert not cores.ledger.requestSuspend(3, True, 0).isDefined()
    cores.suspend(1)
    assert cores.free(HIGH) == (1, 1)
    assert cores.free(LOW) == (0, 1)
    cores.launch(4, HIGH)
    assert not cores.ledger.requestResume(1, False, 0).isDefined()
    cores.end(4)
    assert cores.ledger.requestResume(1, False, 0).isDefined()
    assert cores.free(HIGH) == (0, 1)


def test_a_lower_one_keeps_nobody_from_its_core(cores: Cores) -> None:
    """One that has another priority than before, and so might come before it."""
    cores.launch(1, LOW)
    cores.launch(2, 0)
    cores.launch(3, LOW, shares=True)
    cores.suspend(1)
    cores.ledger.reprioritized(1, 5)
    assert cores.ledger.outOfOrder().size() == 1
    cores.end(2)
    assert cores.ledger.outOfOrder().size() == 0


def test_a_lost_executor_shares_nothing(cores: Cores) -> None:
    cores.launch(1, HIGH, shares=True)
    cores.launch(2, LOW)
    assert cores.ledger.executorLost("1", 0).size() == 2
    assert cores.ledger.sharedNanocores() == 0
    assert cores.ledger.isEmpty()
