"""Which tasks PySpark's worker announces to the hub."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, cast

import pytest
from pyspark import worker, worker_util
from pyspark.taskcontext import BarrierTaskContext, TaskContext

from neptune_spark.worker.hub import Hub
from neptune_spark.worker.task import SOCKET_PROPERTY, announce_tasks
from tests.conftest import SPARK_LINE


class RecordingHub:
    def __init__(self) -> None:
        self.begun: list[tuple[int, str]] = []
        self.ended = 0
        self.announced = 0

    def begin(self, task_id: int, address: str) -> None:
        self.begun.append((task_id, address))

    def begins(self) -> None:
        self.announced += 1

    def end(self) -> None:
        self.ended += 1


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordingHub]:
    monkeypatch.setattr(TaskContext, "_setTaskContext", TaskContext.__dict__["_setTaskContext"])
    for module in (worker, worker_util):
        if hasattr(module, "add_path"):
            monkeypatch.setattr(module, "add_path", module.add_path)
    recording = RecordingHub()
    announce_tasks(lambda: cast(Hub, recording), recording.begins)
    yield recording
    for kind in (TaskContext, BarrierTaskContext):
        kind._setTaskContext(None)


def context_of(
    kind: type[TaskContext] = TaskContext, properties: dict[str, str] | None = None
) -> TaskContext:
    """Make a context as PySpark's worker does: `__new__` would return the current one."""
    context: TaskContext = object.__new__(kind)
    context._taskAttemptId = 5
    context._localProperties = properties or {}
    return context


def begin(context: TaskContext) -> None:
    """Do what `pyspark.worker.main` does with it, which is not the same in all PySparks."""
    if SPARK_LINE >= (4, 2) or isinstance(context, BarrierTaskContext):
        TaskContext._setTaskContext(context)
    else:
        TaskContext._taskContext = context
    assert TaskContext.get() is context
    module: Any = worker if hasattr(worker, "add_path") else worker_util
    for path in sys.path[:2]:
        module.add_path(path)


def test_a_task_with_a_socket_is_announced(hub: RecordingHub) -> None:
    context = context_of(properties={SOCKET_PROPERTY: "/a/socket"})
    begin(context)
    assert hub.begun == [(5, "/a/socket")]


@pytest.mark.parametrize("properties", [{}, {SOCKET_PROPERTY: ""}, {"other": "/a/socket"}])
def test_a_task_without_a_socket_is_not(hub: RecordingHub, properties: dict[str, str]) -> None:
    context = context_of(properties=properties)
    begin(context)
    assert (hub.begun, hub.announced) == ([], 1)


def test_a_barrier_task_is_not(hub: RecordingHub) -> None:
    context = context_of(BarrierTaskContext, {SOCKET_PROPERTY: "/a/socket"})
    begin(context)
    assert hub.begun == []


def test_the_end_of_a_task_resets_both_contexts(hub: RecordingHub) -> None:
    begin(context_of())
    for kind in (TaskContext, BarrierTaskContext):
        kind._setTaskContext(None)
    assert hub.ended == 1
    assert TaskContext.get() is None
    assert BarrierTaskContext._taskContext is None


def test_the_next_task_of_the_worker_is_announced_too(hub: RecordingHub) -> None:
    for _ in range(2):
        begin(context_of(properties={SOCKET_PROPERTY: "/a/socket"}))
        TaskContext._setTaskContext(None)
    assert (hub.begun, hub.announced) == ([(5, "/a/socket")] * 2, 2)


def test_a_worker_without_tasks_announces_none(hub: RecordingHub) -> None:
    module: Any = worker if hasattr(worker, "add_path") else worker_util
    module.add_path(sys.path[0])
    assert (hub.begun, hub.ended) == ([], 0)
