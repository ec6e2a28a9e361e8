"""What is asked again, when, and which executors count as silent meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from py4j.java_gateway import JVMView

AGAIN = 600


class Asked:
    """Requests that a test sends, with a word in the place of a message."""

    def __init__(self, jvm: JVMView) -> None:
        self._requests: Any = jvm.neptune.protocol.Requests(AGAIN)

    def send(self, task: int, word: str, at: int, executor: str = "1", urgent: bool = True) -> None:
        self._requests.sent(task, executor, word, urgent, at)

    def settle(self, task: int) -> None:
        self._requests.settled(task)

    def due(self, at: int) -> list[str]:
        found = self._requests.due(at)
        return [found.apply(i).message() for i in range(found.size())]

    def due_in(self, at: int) -> int | None:
        found = self._requests.dueInNs(at)
        return int(found.get()) if found.isDefined() else None

    def silent(self, executor: str = "1") -> bool:
        return bool(self._requests.isSilent(executor))


@pytest.fixture
def asked(jvm: JVMView) -> Asked:
    return Asked(jvm)


def test_a_request_is_sent_again_until_it_is_answered(asked: Asked) -> None:
    asked.send(1, "suspend 1", at=0)
    assert (asked.due(599), asked.due_in(599)) == ([], 1)
    assert (asked.due(600), asked.due(601)) == (["suspend 1"], [])
    assert (asked.due_in(601), asked.due(1200)) == (599, ["suspend 1"])
    asked.settle(1)
    assert (asked.due(9999), asked.due_in(9999)) == ([], None)


def test_a_newer_request_for_the_task_takes_the_place_of_the_older(asked: Asked) -> None:
    asked.send(1, "suspend 1", at=0)
    asked.send(2, "suspend 2", at=100)
    asked.send(1, "resume 1", at=200)
    assert asked.due_in(200) == 500
    assert (asked.due(700), asked.due(800)) == (["suspend 2"], ["resume 1"])


def test_an_executor_is_silent_while_it_owes_an_urgent_answer(asked: Asked) -> None:
    asked.send(1, "suspend 1", at=0)
    asked.send(2, "suspend 2", at=0)
    asked.send(3, "suspend 3", at=0, executor="2", urgent=False)
    assert not asked.silent()
    assert asked.due(600) == ["suspend 1", "suspend 2", "suspend 3"]
    assert (asked.silent("1"), asked.silent("2")) == (True, False)
    # However often it is asked, it owes each answer once.
    asked.due(1200)
    asked.settle(1)
    assert asked.silent()
    asked.send(2, "resume 2", at=1300)
    assert not asked.silent()
