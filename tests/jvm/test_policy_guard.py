"""A policy of the user's can't hurt the scheduler: asked through PolicyGuard, it answers or not."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from py4j.java_gateway import JavaGateway

from tests.jvm.functions import Function
from tests.jvm.snapshots import Executor, Pending, Snapshots, Task

#: Longer than any answer takes; the tests of lateness wait so long, once each.
TIMEOUT_MS = 2000


class UsersPolicy:
    """A neptune.policy.Policy whose answers a test gives."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.decision: Callable[[Any], Any] = lambda snapshot: None
        self.order: Callable[[Any], Any] = lambda executors: None

    def name(self) -> str:
        return "mine"

    def decide(self, snapshot: Any) -> Any:
        self.log.append("decide")
        return self.decision(snapshot)

    def offerOrder(self, executors: Any) -> Any:
        self.log.append("order")
        return self.order(executors)

    class Java:
        implements = ("neptune.policy.Policy",)


class Guarded:
    """A policy behind its guard, and a snapshot to ask it about."""

    def __init__(self, gateway: JavaGateway) -> None:
        self.jvm = gateway.jvm
        self.policy = UsersPolicy()
        thread = self.jvm.org.apache.spark.neptune.driver.policies.PolicyThread(None, TIMEOUT_MS)
        self.guard: Any = self.jvm.neptune.policy.PolicyGuard(self.policy, thread)
        self.snapshots = Snapshots(self.jvm, "lb")
        self.snapshot = self.snapshots.snapshot(
            [Executor("a"), Executor("b")], [Task(1, "a"), Task(2, "b")], [Pending(1)]
        )
        self.nothing = self.jvm.neptune.core.Decision.nothing()

    def victim(self, task_id: int, executor: str) -> Any:
        core = self.jvm.neptune.core
        victims = self.snapshots.seq([core.Victim.apply(task_id, executor, "why not")])
        return core.Decision(victims, self.snapshots.seq([]))

    def decide(self) -> str:
        """The victims, or why there is no answer."""
        answer = self.guard.decide(self.snapshot)
        if answer.isLeft():
            return str(answer.swap().toOption().get().sentence())
        victims = answer.toOption().get().victims()
        return f"victims {[victims.apply(i).taskId() for i in range(victims.size())]}"

    def order(self, *executors: str) -> str:
        self.policy.order = lambda _: self.snapshots.seq(executors)
        answer = self.guard.offerOrder(self.snapshot.executors())
        return str((answer.swap() if answer.isLeft() else answer).toOption().get())


@pytest.fixture
def guarded(callbacks: JavaGateway) -> Iterator[Guarded]:
    guarded = Guarded(callbacks)
    yield guarded
    guarded.guard.close()


def test_a_sound_answer_is_passed_on(guarded: Guarded) -> None:
    guarded.policy.decision = lambda _: guarded.victim(2, "b")
    assert guarded.decide() == "victims [2]"
    assert guarded.order("b", "a") == "Vector(b, a)"
    assert guarded.order("b") == "Vector(b)"


def test_a_wrong_answer_is_none(guarded: Guarded) -> None:
    guarded.policy.decision = lambda _: guarded.victim(2, "a")
    assert guarded.decide() == (
        "answered wrongly: it names the victim 2 on executor a, which runs no such task"
    )
    guarded.policy.decision = lambda _: None
    assert guarded.decide() == "answered wrongly: it answered null"
    assert "names the executor z, which was not offered" in guarded.order("a", "z")
    assert "names the executor a, which was not offered, or names it twice" in guarded.order(
        "a", "a"
    )


def test_an_exception_is_no_answer(guarded: Guarded) -> None:
    def fail(_: Any) -> Any:
        raise ValueError("no idea")

    guarded.policy.decision = fail
    said = guarded.decide()
    assert said.startswith("raised py4j.Py4JException") and "no idea" in said
    # It is asked again the next time.
    guarded.policy.decision = lambda _: guarded.nothing
    assert guarded.decide() == "victims []"


def test_an_exception_of_a_policy_of_ours_is_no_answer_either(guarded: Guarded) -> None:
    def fail(_: Any) -> Any:
        raise ValueError("no idea")

    guarded.policy.decision = guarded.policy.order = fail
    direct = guarded.jvm.neptune.policy.DirectPolicyCaller(guarded.policy)
    for answer in (
        direct.decide(guarded.snapshot),
        direct.offerOrder(guarded.snapshot.executors()),
    ):
        assert "no idea" in answer.swap().toOption().get().sentence()
    guarded.policy.decision = lambda _: guarded.nothing
    assert direct.decide(guarded.snapshot).isRight()


def test_a_policy_that_is_late_is_not_asked_before_it_has_returned(guarded: Guarded) -> None:
    may_answer = threading.Event()

    def wait(_: Any) -> Any:
        may_answer.wait()
        return guarded.nothing

    guarded.policy.decision = wait
    assert guarded.decide() == f"did not answer within {TIMEOUT_MS} ms"
    assert guarded.decide() == "has not answered an earlier question yet"
    assert "has not answered an earlier question yet" in guarded.order("a")
    assert guarded.policy.log == ["decide"]
    may_answer.set()
    # Its late answer counts no more; once it is back, it is asked anew.
    end = time.monotonic() + 60
    while (said := guarded.decide()) != "victims []":
        assert said == "has not answered an earlier question yet"
        assert time.monotonic() < end
    assert guarded.policy.log == ["decide", "decide"]


def test_the_tasks_are_looked_at_before_the_policy_is_asked(guarded: Guarded) -> None:
    """They are those of the moment, and belong to the thread that asks."""
    log = guarded.policy.log
    core, scala = guarded.jvm.neptune.core, guarded.jvm.scala

    def made() -> Any:
        log.append("tasks")
        return guarded.snapshots.seq([])

    tasks = Function(0, made)
    view = core.ExecutorSnapshot(
        "a", "", 1, 0, 0, 0, scala.Option.empty(), scala.Option.empty(), tasks
    )
    guarded.snapshot = core.Snapshot(10, guarded.snapshots.seq([view]), guarded.snapshots.seq([]))
    guarded.policy.decision = lambda _: guarded.nothing
    assert guarded.decide() == "victims []"
    assert log == ["tasks", "decide"]


def test_a_policy_that_was_closed_is_not_asked(guarded: Guarded) -> None:
    guarded.guard.close()
    assert guarded.decide() == "was closed"
    assert guarded.policy.log == []
