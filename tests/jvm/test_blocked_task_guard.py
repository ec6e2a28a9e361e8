"""The guard goes on looking, whatever it meets."""

from __future__ import annotations

from typing import Any

from py4j.java_gateway import JavaGateway

from tests.jvm.functions import Function, Timer

EVERY_MS = 10


def test_an_exception_in_one_look_is_not_the_end(callbacks: JavaGateway) -> None:
    executor: Any = callbacks.jvm.org.apache.spark.neptune.executor
    timer = Timer()
    gate = executor.TaskGate(7, Function(1, lambda message: None), timer, timer)
    gates = callbacks.jvm.java.util.ArrayList()
    gates.add(gate)
    sequence = callbacks.jvm.scala.jdk.javaapi.CollectionConverters.asScala(gates).toSeq()
    looks: list[int] = []

    def find() -> Any:
        looks.append(timer.now_ms)
        if len(looks) in (1, 3):
            raise RuntimeError("a look fails")
        return sequence

    nothing = Function(2, lambda thread, standing: callbacks.jvm.scala.Option.empty())
    guard = executor.BlockedTaskGuard(Function(0, find), nothing, EVERY_MS, timer)
    gate.suspend(1, -1)
    guard.watch()
    timer.passes(5 * EVERY_MS)
    assert looks == [n * EVERY_MS for n in range(1, 6)]
    # When nobody is to be suspended any more it ends, and can begin again.
    gate.resume(2)
    timer.passes(5 * EVERY_MS)
    seen = len(looks)
    timer.passes(5 * EVERY_MS)
    assert len(looks) == seen
    gate.suspend(3, -1)
    guard.watch()
    timer.passes(EVERY_MS)
    assert len(looks) == seen + 1
