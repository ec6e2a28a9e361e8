"""What killing a victim wastes, as the statistics have it."""

from __future__ import annotations

from py4j.java_gateway import JavaGateway

from tests.jvm.functions import Function, Timer, scala_seq

CORE = 1_000_000_000
TASK = 7


class SetBack(Timer):
    """A clock whose time of day is set back five minutes as soon as it runs."""

    def getTimeMillis(self) -> int:
        return self.now_ms - 300_000 if self.now_ms else 0


def test_is_as_long_as_the_victim_ran_by_a_clock_that_was_set_meanwhile(
    callbacks: JavaGateway,
) -> None:
    timer = SetBack()
    core, driver = callbacks.jvm.neptune.core, callbacks.jvm.org.apache.spark.neptune.driver
    ledger = core.CoreLedger()
    statistics = driver.report.Statistics(
        ledger,
        driver.report.Levels(ledger, Function(0, lambda: scala_seq(callbacks.jvm, [])), timer),
        core.StarvationBound(10, 2**40),
        timer,
    )
    killed: list[int] = []
    preemptor = driver.preemption.PreemptByKill(
        ledger, statistics, Function(1, killed.append), Function(0, timer.nanoTime)
    )
    ledger.offered("1", CORE)
    ledger.launched(core.LaunchedTask(TASK, "1", CORE, -10, True, 1, 1, "ANY", timer.nanoTime()))
    timer.passes(2500)
    preemptor.preempt(TASK, 10)
    assert killed == [TASK]
    assert statistics.report().apply("wasted_task_s") == 2.5
