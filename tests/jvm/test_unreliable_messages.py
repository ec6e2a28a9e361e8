"""Whatever is lost, doubled or overtaken on the way, driver and executor come to agree again.

The machine below carries the messages between the driver's ledger and a task's gate, both the real
ones, in any order; some it loses, some it delivers twice. Time passes only when it says so. In the
end the network is sound, and one time-out later both sides must say the same of the task.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    precondition,
    rule,
    run_state_machine_as_test,
)
from py4j.java_gateway import JavaGateway

TASK = 7
CORE = 1_000_000
TIMEOUT_MS = 100
AGAIN_MS = 600


class Function:
    """A function of Scala's."""

    def __init__(self, arity: int, act: Callable[..., Any]) -> None:
        self.apply = act
        self.Java = type("Java", (), {"implements": (f"scala.Function{arity}",)})


class Conversation(RuleBasedStateMachine):
    """A driver, an executor with one task, and the messages between them."""

    def __init__(self, gateway: JavaGateway) -> None:
        super().__init__()
        neptune = gateway.jvm.org.apache.spark.neptune
        core = gateway.jvm.neptune.core
        self.rpc = neptune.rpc
        self.now_ms = 0
        self.timers: list[tuple[int, Any]] = []
        self.to_executor: list[Any] = []
        self.to_driver: list[Any] = []
        self.functions = Function(1, self.to_driver.append), Function(2, self.later)
        self.gate: Any = neptune.executor.TaskGate(TASK, *self.functions)
        self.unanswered: Any = core.Unanswered(AGAIN_MS)
        self.ledger: Any = core.CoreLedger()
        self.ledger.offered("1", CORE)
        self.ledger.launched(core.LaunchedTask(TASK, "1", CORE, -10, True, 1, 1, "ANY", 0))

    def later(self, ms: int, act: Any) -> None:
        self.timers.append((self.now_ms + ms, act))

    @property
    def state(self) -> str:
        return str(self.ledger.get(TASK).get().state().name())

    # The driver's acts, as Suspension has them.

    @rule()
    def suspend(self) -> None:
        asked = self.ledger.requestSuspend(TASK, False, self.now_ms)
        if asked.isDefined():
            self.send(self.rpc.Suspend(TASK, asked.get(), TIMEOUT_MS))

    @rule()
    def resume(self) -> None:
        asked = self.ledger.requestResume(TASK, False, self.now_ms)
        if asked.isDefined():
            self.send(self.rpc.Resume(TASK, asked.get()))

    def send(self, request: Any) -> None:
        self.unanswered.sent(TASK, "1", request, True, self.now_ms)
        self.to_executor.append(request)

    def at_driver(self, message: Any) -> None:
        if message.productPrefix() == "Suspended":
            news = self.ledger.suspended(TASK, message.seq(), self.now_ms)
        elif message.productPrefix() == "Resumed":
            news = self.ledger.resumed(TASK, message.seq())
        else:
            news = self.ledger.rescued(TASK, message.seq(), self.now_ms)
            self.to_executor.append(self.rpc.Heard(TASK, message.seq()))
        if news:
            self.unanswered.settled(TASK)

    # The executor's.

    def at_executor(self, message: Any) -> None:
        if message.productPrefix() == "Suspend":
            self.gate.suspend(message.seq(), message.timeoutMs())
        elif message.productPrefix() == "Resume":
            self.gate.resume(message.seq())
        else:
            self.gate.rescueHeard(message.seq())

    @rule()
    def rescue(self) -> None:
        self.gate.rescue()

    # The network's and time's.

    @rule(index=st.integers(0, 20), copies=st.sampled_from([0, 1, 1, 1, 2]))
    @precondition(lambda self: self.to_executor)
    def carry_to_executor(self, index: int, copies: int) -> None:
        message = self.to_executor.pop(index % len(self.to_executor))
        for _ in range(copies):
            self.at_executor(message)

    @rule(index=st.integers(0, 20), copies=st.sampled_from([0, 1, 1, 1, 2]))
    @precondition(lambda self: self.to_driver)
    def carry_to_driver(self, index: int, copies: int) -> None:
        message = self.to_driver.pop(index % len(self.to_driver))
        for _ in range(copies):
            self.at_driver(message)

    @rule(ms=st.sampled_from([10, TIMEOUT_MS, AGAIN_MS]))
    def pass_time(self, ms: int) -> None:
        self.now_ms += ms
        due = [act for at, act in self.timers if at <= self.now_ms]
        self.timers = [(at, act) for at, act in self.timers if at > self.now_ms]
        for act in due:
            act.apply()
        again = self.unanswered.due(self.now_ms)
        self.to_executor += [again.apply(i).message() for i in range(again.size())]

    def teardown(self) -> None:
        # From asking again to the answer, and from the news of a rescue to its being heard.
        for _ in range(4):
            while self.to_executor or self.to_driver:
                while self.to_executor:
                    self.at_executor(self.to_executor.pop())
                while self.to_driver:
                    self.at_driver(self.to_driver.pop())
            self.pass_time(AGAIN_MS)
        assert self.state in ("running", "suspended")
        assert self.gate.isAsked() == (self.state == "suspended")
        assert not self.to_executor and not self.to_driver, "they never stop talking"
        assert self.unanswered.dueInNs(self.now_ms).isEmpty()
        assert self.ledger.idle("1") == (CORE if self.state == "suspended" else 0)


def test_both_sides_come_to_agree(callbacks: JavaGateway) -> None:
    run_state_machine_as_test(
        lambda: Conversation(callbacks),  # type: ignore[arg-type]  # it takes any factory
        settings=settings(max_examples=60, stateful_step_count=40, deadline=None, derandomize=True),
    )
