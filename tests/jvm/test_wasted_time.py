"""What killing a victim wastes, as the statistics have it."""

from __future__ import annotations

from py4j.java_gateway import JavaGateway

from tests.jvm.functions import Function, Timer

CORE = 1_000_000_000
TASK = 7


def test_is_as_long_as_the_victim_ran_when_the_time_of_day_is_set_back(
    callbacks: JavaGateway,
) -> None:
    timer = Timer()
    timer.getTimeMillis = lambda: timer.now_ms - 300_000 * (timer.now_ms > 0)  # type: ignore[method-assign]
    core, driver = callbacks.jvm.neptune.core, callbacks.jvm.org.apache.spark.neptune.driver
    ledger = core.CoreLedger()
    statistics = driver.Statistics(ledger, timer)
    killed: list[int] = []
    preemptor = driver.PreemptByKill(
        ledger, statistics, Function(1, killed.append), Function(0, timer.nanoTime)
    )
    ledger.offered("1", CORE)
    ledger.launched(core.LaunchedTask(TASK, "1", CORE, -10, True, 1, 1, "ANY", timer.nanoTime()))
    timer.passes(2500)
    preemptor.preempt(TASK)
    assert killed == [TASK]
    assert statistics.report().apply("wasted_task_s") == 2.5
