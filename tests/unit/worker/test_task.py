"""Which tasks PySpark's worker announces to the hub."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pytest
from pyspark.taskcontext import BarrierTaskContext, TaskContext

from neptune_spark.worker.hub import Hub
from neptune_spark.worker.task import SOCKET_PROPERTY, announce_tasks


class RecordingHub:
    def __init__(self) -> None:
        self.begun: list[tuple[int, str]] = []
        self.ended = 0

    def begin(self, task_id: int, address: str) -> None:
        self.begun.append((task_id, address))

    def end(self) -> None:
        self.ended += 1


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordingHub]:
    monkeypatch.setattr(TaskContext, "_setTaskContext", TaskContext.__dict__["_setTaskContext"])
    recording = RecordingHub()
    announce_tasks(lambda: cast(Hub, recording))
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


def test_a_task_with_a_socket_is_announced(hub: RecordingHub) -> None:
    context = context_of(properties={SOCKET_PROPERTY: "/a/socket"})
    TaskContext._setTaskContext(context)
    assert TaskContext.get() is context
    assert hub.begun == [(5, "/a/socket")]


@pytest.mark.parametrize("properties", [{}, {SOCKET_PROPERTY: ""}, {"other": "/a/socket"}])
def test_a_task_without_a_socket_is_not(hub: RecordingHub, properties: dict[str, str]) -> None:
    context = context_of(properties=properties)
    TaskContext._setTaskContext(context)
    assert TaskContext.get() is context
    assert hub.begun == []


def test_a_barrier_task_is_not(hub: RecordingHub) -> None:
    context = context_of(BarrierTaskContext, {SOCKET_PROPERTY: "/a/socket"})
    TaskContext._setTaskContext(context)
    assert TaskContext.get() is context
    assert hub.begun == []


def test_the_end_of_a_task_resets_both_contexts(hub: RecordingHub) -> None:
    TaskContext._setTaskContext(context_of())
    for kind in (TaskContext, BarrierTaskContext):
        kind._setTaskContext(None)
    assert hub.ended == 1
    assert TaskContext.get() is None
    assert BarrierTaskContext._taskContext is None
