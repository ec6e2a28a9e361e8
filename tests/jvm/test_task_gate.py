"""Threads that wait at a task's gate: its own, which spills there, and those that feed workers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from py4j.java_gateway import JavaGateway, JavaObject

from tests.jvm.functions import Function, JavaThread, Timer, scala_object

TASK = 7
LOW = -10
LIMIT_S = 60.0
FREED_BYTES = 100


class Memory:
    """Execution memory, whose spill ends when the test says so."""

    def __init__(self) -> None:
        self.spills, self.may_end = threading.Event(), threading.Event()

    # As Scala calls it.

    def bytes(self) -> int:
        return 0

    def release(self) -> int:
        self.spills.set()
        self.may_end.wait(LIMIT_S)
        return FREED_BYTES

    class Java:
        implements = ("org.apache.spark.neptune.executor.ExecutionMemory",)


class TaskThread:
    """A thread of Java's that makes calls of the gate, one after the other."""

    def __init__(self, gateway: JavaGateway, gate: JavaObject, *calls: Callable[[Any], object]):
        self._gateway, self._gate, self._calls = gateway, gate, calls
        self._threads = gateway.jvm.java.lang.management.ManagementFactory.getThreadMXBean()
        self._is_known = threading.Event()
        self._python = threading.Thread(target=self._run, daemon=True)
        self._python.start()
        assert self._is_known.wait(LIMIT_S)

    def _run(self) -> None:
        thread = JavaThread(self._gateway)
        self.id = thread.id
        self._is_known.set()
        gate = thread.calls(self._gate)
        for call in self._calls:
            call(gate)
        thread.ends()

    def stands(self) -> bool:
        """Wait until it stands at the gate, or has made all its calls; whether the former."""
        end_s = time.monotonic() + LIMIT_S
        while self._python.is_alive():
            assert time.monotonic() < end_s
            info = self._threads.getThreadInfo(self.id, 20)
            if info.getThreadState().name() == "WAITING" and any(
                "standStill" in frame.getMethodName() for frame in info.getStackTrace()
            ):
                return True
        return False

    def is_alive(self) -> bool:
        """Whether it has calls to make yet."""
        return self._python.is_alive()

    def ends(self) -> bool:
        """Whether it makes all its calls."""
        self._python.join(LIMIT_S)
        return not self._python.is_alive()


class Gated:
    """A gate, the thread of its task, and what the driver says."""

    def __init__(self, gateway: JavaGateway) -> None:
        self._gateway = gateway
        self._protocol = gateway.jvm.neptune.protocol
        self._timer = Timer()
        self.memory = Memory()
        self.answers: list[Any] = []
        self.gate: Any = gateway.jvm.org.apache.spark.neptune.executor.TaskGate(
            TASK, Function(1, self.answers.append), self._timer, self._timer
        )
        self._threads: list[TaskThread] = []
        was_opened, may_stop = threading.Event(), threading.Event()
        self.own = self.thread(
            lambda gate: gate.open(LOW, self.memory),
            lambda _gate: was_opened.set(),
            lambda _gate: may_stop.wait(LIMIT_S),
            lambda gate: gate.yieldPoint(),
        )
        assert was_opened.wait(LIMIT_S)
        self.gate.receive(self._protocol.Suspend(TASK, 1, -1))
        may_stop.set()
        assert self.own.stands()

    def thread(self, *calls: Callable[[Any], object]) -> TaskThread:
        self._threads.append(TaskThread(self._gateway, self.gate, *calls))
        return self._threads[-1]

    def spills(self) -> None:
        """A higher task wants memory, and the task's thread begins to spill."""
        self.gate.releaseMemory()
        assert self.memory.spills.wait(LIMIT_S)

    def resume(self) -> None:
        self.gate.receive(self._protocol.Resume(TASK, 2))

    def ends(self) -> None:
        self.memory.may_end.set()
        self.gate.close()
        assert all(thread.ends() for thread in self._threads)


@pytest.fixture
def suspended(callbacks: JavaGateway) -> Iterator[Gated]:
    gated = Gated(callbacks)
    yield gated
    gated.ends()


def test_a_thread_takes_no_record_for_a_worker_before_the_task_resumes(suspended: Gated) -> None:
    feeder = suspended.thread(lambda gate: gate.beginsToFeed())
    assert feeder.stands()
    suspended.resume()
    assert feeder.ends()
    assert suspended.own.ends()


def test_a_thread_takes_no_record_for_a_worker_while_the_tasks_own_spills(suspended: Gated) -> None:
    suspended.spills()
    feeder = suspended.thread(lambda gate: gate.beginsToFeed())
    assert feeder.stands()
    # The task may run, but its own thread is not through yet.
    suspended.resume()
    late = suspended.thread(lambda gate: gate.beginsToFeed())
    assert late.stands()
    assert feeder.stands()
    suspended.memory.may_end.set()
    assert feeder.ends()
    assert late.ends()
    assert suspended.own.ends()


@pytest.mark.parametrize("comes", ["beginsToFeed", "yieldPoint"])
def test_a_task_does_not_spill_what_another_thread_of_it_is_at(
    suspended: Gated, comes: str
) -> None:
    """It keeps all, and says so at once; whoever waits for the memory has it rescued then."""
    assert suspended.thread(lambda gate: getattr(gate, comes)()).stands()
    suspended.gate.releaseMemory()
    assert suspended.own.stands()
    done = scala_object(suspended._protocol, "MemoryRelease.Done")
    assert suspended.gate.releaseMemory() == done.apply(0)
    assert suspended.answers[-1].productPrefix() == "MemoryReleased"
    assert suspended.answers[-1].bytes() == 0
    assert not suspended.memory.spills.is_set()
