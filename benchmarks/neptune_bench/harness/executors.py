"""How much processor time an application uses: its driver, and its executors on this machine."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any, Final

import psutil
from pyspark.sql import SparkSession

from neptune_bench.harness import machine

EXECUTOR: Final = "ExecutorBackend"
"""In the name of the class of each executor that is a process of its own."""


@dataclass(frozen=True)
class Used:
    """Processor time in seconds.

    Args:
        executors: of the processes on the cores of tasks: of all where the driver is among them.
            None if some are on other machines, where nobody measures it.
        driver: of the driver, with what it has started.
    """

    executors: float | None
    driver: float

    def since(self, before: Used) -> Used:
        """Return what has been used since `before`."""
        driver = self.driver - before.driver
        if self.executors is None or before.executors is None:
            return Used(None, driver)
        return Used(self.executors - before.executors, driver)


class Executors:
    """The executors of an application, as they are when this is made."""

    def __init__(self, spark: SparkSession) -> None:
        """Look for the processes of a session, whose driver this process is."""
        context: Any = spark.sparkContext._jsc.sc()
        self._found = processes(spark)
        # The driver is among those whose memory Spark knows (SparkContext, Spark 4.3.0).
        others = context.getExecutorMemoryStatus().size() - 1
        self._are_all_here = context.isLocal() or len(self._found) >= others

    def used(self) -> Used:
        """Return the processor time so far."""
        driver = machine.processor_seconds()
        if not self._are_all_here:
            return Used(None, driver)
        own = {process.pid for process in psutil.Process().children(recursive=True)}
        apart = [process for process in self._found if process.pid not in own]
        if not apart:
            return Used(driver, driver)
        return Used(sum(map(machine.processor_seconds, apart)), driver)


def processes(spark: SparkSession) -> list[psutil.Process]:
    """Return the executors of an application that are processes of their own on this machine.

    They have the address of their driver among their arguments.
    """
    conf = spark.sparkContext.getConf()
    address = f"@{conf.get('spark.driver.host')}:{conf.get('spark.driver.port')}"
    found = []
    for process in psutil.process_iter():
        # Others' processes, and those that have gone.
        with contextlib.suppress(psutil.Error):
            words = process.cmdline()
            if any(EXECUTOR in word for word in words) and any(w.endswith(address) for w in words):
                found.append(process)
    return found
