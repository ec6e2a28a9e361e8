"""Figures on their way from executors to the driver, and what the driver makes of them."""

from __future__ import annotations

from typing import Any

import pytest
from py4j.java_gateway import JavaGateway, JVMView

from tests.jvm.functions import system_time

#: At 5,000 ms: 40 of 100 bytes of heap, 7 ms of GC, 9 bytes spilled, a machine of 20,000 bytes, 60
#: bytes that Spark manages, and two metrics of Spark's.
EXECUTOR = [5_000, 40, 100, 7, 9, 20_000, 60, 11, 12]
#: Task 3 runs with 30 bytes, tasks 4 and 5 are suspended with 400 and 6.
TASKS = [3, 30, 0, 4, 400, 1, 5, 6, 1]
WINDOW_MS = 10_000


class Driver:
    """What the driver knows of one executor, "1"."""

    def __init__(self, jvm: JVMView) -> None:
        self.jvm = jvm
        self.rpc = jvm.org.apache.spark.neptune.rpc
        executors = jvm.org.apache.spark.neptune.driver.executors
        self.agents: Any = executors.Agents(WINDOW_MS, system_time(jvm))
        self.agents.add("1", "somewhere", None)

    def longs(self, values: list[int]) -> Any:
        stream = self.jvm.java.util.stream.LongStream.builder()
        for value in values:
            stream.add(value)
        return stream.build().toArray()

    def decoded(self, executor: list[int], tasks: list[int]) -> Any:
        return self.rpc.ExecutorFigures.decode(self.longs(executor), self.longs(tasks))

    def told(self, executor: list[int], tasks: list[int], executor_id: str = "1") -> None:
        self.agents.figures(executor_id, self.decoded(executor, tasks).get())

    def told_of_workers(self, workers: list[int]) -> None:
        self.agents.figures("1", self.rpc.WorkerFigures.decode(self.longs(workers)))

    def memory_of(self, task_id: int, executor_id: str = "1") -> int | None:
        found = self.agents.memoryOf(executor_id, task_id)
        return None if found.isEmpty() else int(found.get())

    def memory(self) -> Any:
        return self.agents.get("1").get().memory()


@pytest.fixture
def driver(jvm: JVMView) -> Driver:
    return Driver(jvm)


def test_figures_come_as_they_went(driver: Driver) -> None:
    wire = driver.rpc.ExecutorFigures.encode(driver.decoded(EXECUTOR, TASKS).get())
    assert (list(wire._1()), list(wire._2())) == (EXECUTOR, TASKS)
    bare = driver.rpc.ExecutorFigures.encode(driver.decoded(EXECUTOR[:7], []).get())
    assert (list(bare._1()), list(bare._2())) == (EXECUTOR[:7], [])


def test_what_is_too_short_is_no_figures(driver: Driver) -> None:
    assert driver.decoded(EXECUTOR[:6], TASKS).isEmpty()
    assert driver.decoded(EXECUTOR, TASKS[:4]).get().tasks().size() == 1


def test_a_tasks_memory_is_execution_memory_and_that_of_its_worker(driver: Driver) -> None:
    # A worker: process id, task or -1, resident bytes, processor time, processes.
    assert driver.memory_of(4) is None
    driver.told_of_workers([70, 4, 5_000, 1, 1, 71, 8, 2_000, 1, 1, 72, -1, 900, 1, 1])
    assert driver.memory_of(4) == 5_000
    driver.told(EXECUTOR, TASKS)
    assert [driver.memory_of(task) for task in (3, 4, 8)] == [30, 5_400, 2_000]
    assert driver.memory_of(9) is None
    assert driver.memory_of(4, executor_id="2") is None


def test_the_memory_of_an_executor(driver: Driver) -> None:
    assert driver.memory().isEmpty()
    driver.told_of_workers([70, 4, 5_000, 1, 1, 72, -1, 900, 1, 1])
    assert driver.memory().isEmpty()
    driver.told(EXECUTOR, TASKS)
    figures = driver.memory().get()
    assert figures.heapShare() == 0.4
    assert figures.pythonBytes() == 5_000 + 900
    assert figures.suspendedBytes() == 400 + 6


class Suspended:
    """A function of Scala's: whether a task is suspended."""

    def __init__(self, *tasks: int) -> None:
        self.apply = tasks.__contains__
        # Scala has another name for it where the argument is no object.
        setattr(self, "apply$mcZJ$sp", tasks.__contains__)

    class Java:
        implements = ("scala.Function1",)


@pytest.mark.parametrize(
    ("share", "suspended", "filled"),
    [
        # Of 100 bytes of heap, tasks 3, 4 and 5 hold 30, 400 and 6; of a machine of 20,000 bytes,
        # the worker of task 8 holds 12,000.
        (0.5, [3, 5], False),
        (0.3, [3, 5], True),
        (0.5, [4], True),
        (0.5, [8], True),
        (0.7, [8], False),
        (0.5, [], False),
    ],
)
def test_what_suspended_tasks_hold_fills_an_executor(
    callbacks: JavaGateway, share: float, suspended: list[int], filled: bool
) -> None:
    driver = Driver(callbacks.jvm)
    tasks = Suspended(*suspended)
    assert not driver.agents.get("1").get().isFilled(share, tasks)
    driver.told_of_workers([70, 8, 12_000, 1, 1, 71, -1, 9_000, 1, 1])
    driver.told(EXECUTOR, TASKS)
    assert driver.agents.get("1").get().isFilled(share, tasks) == filled


def test_an_executor_that_registers_anew_has_told_nothing(driver: Driver) -> None:
    driver.told(EXECUTOR, TASKS)
    driver.agents.add("1", "elsewhere", None)
    assert driver.memory().isEmpty()
    assert driver.memory_of(4) is None


def test_figures_of_an_executor_that_is_gone_are_dropped(driver: Driver) -> None:
    driver.told(EXECUTOR, TASKS, executor_id="2")
    assert not driver.agents.knows("2")
