"""What is seen of threads that wait for a turn with a key: Spark's own lock, real threads."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from typing import Any

from py4j.java_gateway import JavaGateway

from tests.jvm.functions import Function, JavaThread, scala_object

LIMIT_S = 60.0
KEY = "broadcast_1"


class Turn:
    """A thread that asks for its turn with the key, and has it until it is told to end."""

    def __init__(self, gateway: JavaGateway, lock: Any) -> None:
        self.has_it, self.ends = threading.Event(), threading.Event()
        self._gateway, self._lock = gateway, lock
        self._id: Future[int] = Future()
        self._python = threading.Thread(target=self._run, daemon=True)
        self._python.start()
        self.id = self._id.result(LIMIT_S)

    def _run(self) -> None:
        thread = JavaThread(self._gateway)
        self._id.set_result(thread.id)
        thread.calls(self._lock).withLock(KEY, Function(0, self._hold))
        thread.ends()

    def _hold(self) -> None:
        self.has_it.set()
        assert self.ends.wait(LIMIT_S)

    def end(self) -> None:
        self.ends.set()
        self._python.join(LIMIT_S)
        assert not self._python.is_alive()


def test_who_waits_for_a_turn_and_who_has_it(callbacks: JavaGateway) -> None:
    jvm = callbacks.jvm
    threads: Any = jvm.java.lang.management.ManagementFactory.getThreadMXBean()
    waits = scala_object(jvm.org.apache.spark.neptune.executor, "Wait")
    nobody = Function(1, lambda _thread: False)

    def seen(turn: Turn) -> str | None:
        found = waits.of(threads, turn.id, nobody)
        return str(found.get().toString()) if found.isDefined() else None

    lock = jvm.org.apache.spark.util.KeyLock()
    first = Turn(callbacks, lock)
    assert first.has_it.wait(LIMIT_S)
    second = Turn(callbacks, lock)
    end_s = time.monotonic() + LIMIT_S
    while seen(second) != "Key":
        assert time.monotonic() < end_s, seen(second)
    assert seen(first) is None
    assert waits.holdsKey(threads, first.id)
    assert not waits.holdsKey(threads, second.id)
    first.end()
    assert second.has_it.wait(LIMIT_S)
    assert waits.holdsKey(threads, second.id)
    second.end()
    assert not waits.holdsKey(threads, first.id)
