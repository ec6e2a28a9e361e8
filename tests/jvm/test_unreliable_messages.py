"""Whatever is lost, doubled or overtaken on the way, driver and executor come to agree again.

A conversation carries the messages between the driver's ledger and a task's gate, both the real
ones, in any order; some it loses, some it delivers twice. Time passes only when it says so. In the
end the network is sound, and some time-outs later both sides must say the same of the task.
"""

from __future__ import annotations

import random
from typing import Any

import pytest
from py4j.java_gateway import JavaGateway

from tests.jvm.functions import Function

TASK = 7
#: The code of what a rescued task is waited for; any would do.
MEMORY = 2
CORE = 1_000_000_000
TIMEOUT_MS = 100
NO_TIMEOUT = -1
AGAIN_MS = 600


class Conversation:
    """A driver, an executor with one task, and the messages between them."""

    def __init__(self, gateway: JavaGateway, seed: int) -> None:
        self.chance = random.Random(seed)
        neptune = gateway.jvm.org.apache.spark.neptune
        core = gateway.jvm.neptune.core
        self.rpc = gateway.jvm.neptune.protocol
        self.now_ms = 0
        self.timers: list[tuple[int, Any]] = []
        self.to_executor: list[Any] = []
        self.to_driver: list[Any] = []
        self.functions = Function(1, self.to_driver.append), Function(2, self.later)
        self.gate: Any = neptune.executor.TaskGate(TASK, *self.functions)
        self.unanswered: Any = self.rpc.Requests(AGAIN_MS)
        self.unconfirmed: Any = self.rpc.Requests(AGAIN_MS)
        self.ledger: Any = core.CoreLedger()
        self.ledger.offered("1", CORE)
        self.ledger.launched(core.LaunchedTask(TASK, "1", CORE, -10, True, 1, 1, "ANY", 0))

    def later(self, ms: int, act: Any) -> None:
        self.timers.append((self.now_ms + ms, act))

    @property
    def state(self) -> str:
        return str(self.ledger.get(TASK).get().state().name())

    # The driver's acts, as Suspension has them.

    def suspend(self) -> None:
        by_hand = self.chance.random() < 0.3
        asked = self.ledger.requestSuspend(TASK, by_hand, self.now_ms)
        if asked.isDefined():
            self.send(self.rpc.Suspend(TASK, asked.get(), NO_TIMEOUT if by_hand else TIMEOUT_MS))

    def release_hand(self) -> None:
        self.ledger.releaseHand(TASK)
        if self.state == "suspending":
            seq = self.ledger.get(TASK).get().seq()
            self.send(self.rpc.Suspend(TASK, seq, TIMEOUT_MS))

    def resume(self) -> None:
        asked = self.ledger.requestResume(TASK, False, self.now_ms)
        if asked.isDefined():
            self.send(self.rpc.Resume(TASK, asked.get()))

    def reprioritize(self) -> None:
        priority = self.chance.choice([-10, 0, 10])
        told = self.ledger.reprioritized(TASK, priority)
        if told.isDefined():
            word = self.rpc.Reprioritize(TASK, told.get(), priority)
            self.unconfirmed.sent(TASK, "1", word, False, self.now_ms)
            self.to_executor.append(word)

    def send(self, request: Any) -> None:
        self.unanswered.sent(TASK, "1", request, True, self.now_ms)
        self.to_executor.append(request)

    def at_driver(self, message: Any) -> None:
        if message.productPrefix() == "Reprioritized":
            if self.ledger.get(TASK).get().prioritySeq() == message.seq():
                self.unconfirmed.settled(TASK)
            return
        if message.productPrefix() == "Suspended":
            news = self.ledger.suspended(TASK, message.seq(), self.now_ms)
        elif message.productPrefix() == "Resumed":
            news = self.ledger.resumed(TASK, message.seq())
        elif message.productPrefix() == "Killed":
            news = self.ledger.killed(TASK, message.seq(), self.now_ms)
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
        elif message.productPrefix() == "Reprioritize":
            self.gate.turnTo(message.seq(), message.priority())
            self.to_driver.append(self.rpc.Reprioritized(TASK, message.seq()))
        else:
            self.gate.rescueHeard(message.seq())

    def rescue(self) -> None:
        self.gate.rescue(self.rpc.Cause.of(MEMORY).get())

    # The network's and time's.

    def carry(self) -> None:
        """Any of the messages on their way: it is lost, arrives, or arrives and is yet to come."""
        ways = [(self.to_executor, self.at_executor), (self.to_driver, self.at_driver)]
        way, arrive = self.chance.choice([w for w in ways if w[0]] or ways)
        if way:
            message = way.pop(self.chance.randrange(len(way)))
            fate = self.chance.choice(["lost", "arrives", "arrives", "arrives twice"])
            if fate != "lost":
                arrive(message)
            if fate == "arrives twice":
                way.append(message)

    def pass_time(self, ms: int) -> None:
        self.now_ms += ms
        due = [act for at, act in self.timers if at <= self.now_ms]
        self.timers = [(at, act) for at, act in self.timers if at > self.now_ms]
        for act in due:
            act.apply()
        for owed in (self.unanswered, self.unconfirmed):
            again = owed.due(self.now_ms)
            self.to_executor += [again.apply(i).message() for i in range(again.size())]

    def some(self, steps: int) -> None:
        """Whatever comes."""
        acts = [self.suspend, self.resume, self.reprioritize, *[self.carry] * 4]
        rare = [
            self.rescue,
            self.release_hand,
            lambda: self.pass_time(TIMEOUT_MS),
            lambda: self.pass_time(AGAIN_MS),
        ]
        for _ in range(steps):
            self.chance.choice(acts * 2 + rare)()

    def recover(self) -> None:
        """All arrives from now on; from the next word of each side to the answer to its answer."""
        # The gate has no thread that could ever suspend in its own time.
        self.release_hand()
        for _ in range(4):
            while self.to_executor or self.to_driver:
                while self.to_executor:
                    self.at_executor(self.to_executor.pop())
                while self.to_driver:
                    self.at_driver(self.to_driver.pop())
            self.pass_time(AGAIN_MS)


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_a_task_that_was_killed_says_so(callbacks: JavaGateway, when: str) -> None:
    """Else the driver would wait for its core, and for ever if the task does not heed it."""
    talk = Conversation(callbacks, seed=1)
    if when == "before":
        talk.gate.kill(False)
    seq = talk.ledger.requestSuspend(TASK, False, talk.now_ms).get()
    talk.send(talk.rpc.Suspend(TASK, seq, TIMEOUT_MS))
    talk.at_executor(talk.to_executor.pop())
    if when == "meanwhile":
        talk.gate.kill(False)
    (answer,) = talk.to_driver
    talk.at_driver(answer)
    assert talk.ledger.get(TASK).get().isKilled()
    assert (talk.state, talk.ledger.idleNanocores("1"), talk.ledger.lentNanocores()) == (
        "running",
        0,
        0,
    )
    assert talk.unanswered.dueInNs(talk.now_ms).isEmpty()


@pytest.mark.parametrize("seeds", [range(0, 40), range(40, 80)], ids=["0-39", "40-79"])
def test_both_sides_come_to_agree(callbacks: JavaGateway, seeds: range) -> None:
    states = set()
    for seed in seeds:
        talk = Conversation(callbacks, seed)
        talk.some(steps=60)
        talk.recover()
        state = talk.state
        states.add(state)
        assert state in ("running", "suspended"), f"seed {seed}"
        assert talk.gate.isAsked() == (state == "suspended"), f"seed {seed}: it is {state}"
        assert not talk.to_executor and not talk.to_driver, f"seed {seed}: they never stop talking"
        assert talk.unanswered.dueInNs(talk.now_ms).isEmpty(), f"seed {seed}"
        assert talk.unconfirmed.dueInNs(talk.now_ms).isEmpty(), f"seed {seed}"
        entry = talk.ledger.get(TASK).get()
        if entry.prioritySeq() > 0:
            assert talk.gate.priority() == entry.task().priority(), f"seed {seed}"
        assert talk.ledger.idleNanocores("1") == (CORE if state == "suspended" else 0), (
            f"seed {seed}"
        )
    assert states == {"running", "suspended"}
