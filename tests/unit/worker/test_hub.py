"""The hub without an executor, and what is left of it."""

from __future__ import annotations

import gc
import os
import weakref
from collections.abc import Callable
from contextlib import suppress

import psutil
import pytest

from neptune_spark.worker.hub import Hub
from neptune_spark.worker.messages import Report
from tests.unit.worker.fake_executor import FakeExecutor, listening


def open_files() -> set[tuple[int, str]]:
    """Number and kind of each but TCP's, by which py4j's threads of other tests connect anew."""
    gc.collect()
    of_others = {connection.fd for connection in psutil.Process().net_connections("tcp")}
    found = set()
    for name in os.listdir("/proc/self/fd"):
        number = int(name)
        with suppress(FileNotFoundError):  # that of this listing
            if number not in of_others:
                found.add((number, os.readlink(f"/proc/self/fd/{name}")))
    return found


def files_left(life: Callable[[], None]) -> set[tuple[int, str]]:
    """What is open after the best of a few lives of a hub that was not before.

    During one of them threads that other tests have left may open something.
    """
    left: set[tuple[int, str]] = set()
    for _ in range(5):
        before = open_files()
        life()
        left = open_files() - before
        if not left:
            break
    return left


def test_a_hub_without_a_task_is_freed() -> None:
    hub = Hub()
    seen = weakref.ref(hub)
    del hub
    gc.collect()
    assert seen() is None


def test_a_task_that_cannot_be_announced_is_none(
    directory: str, capfd: pytest.CaptureFixture[str]
) -> None:
    hub = Hub()

    def cannot_begin() -> None:
        hub.begin(1, f"{directory}/nobody listens")
        assert hub.task_id is None

    assert not files_left(cannot_begin)
    assert "nobody listens" in capfd.readouterr().err


def test_nobody_is_told_the_token(capfd: pytest.CaptureFixture[str]) -> None:
    hub = Hub()
    with listening(None) as gone:
        pass
    for address in (gone.address, "tcp://secret@nowhere"):
        hub.begin(1, address)
        assert hub.task_id is None
        said = capfd.readouterr().err
        assert f"control socket tcp://{address.partition('@')[2]} (" in said
        assert "secret" not in said


def test_a_hub_that_leaves_leaves_nothing(executor: FakeExecutor) -> None:
    def begin_and_leave() -> None:
        hub = Hub()
        hub.begin(1, executor.address)
        connection = executor.accept()
        connection.expect(Report.BEGIN, 1)
        assert hub.task_id == 1
        hub.leave()
        connection.expect_end()
        connection.close()

    assert not files_left(begin_and_leave)


def test_a_task_that_begins_ends_the_one_before(executor: FakeExecutor) -> None:
    hub = Hub()
    hub.begin(1, executor.address)
    connection = executor.accept()
    connection.expect(Report.BEGIN, 1)
    hub.begin(2, executor.address)
    connection.expect(Report.END, 1)
    connection.expect(Report.BEGIN, 2)
    hub.leave()


def test_a_child_leaves_its_parents_gate_closed(executor: FakeExecutor) -> None:
    hub = Hub()
    hub.begin(1, executor.address)
    assert hub._connection is not None
    gate = hub._connection.gate
    gate.close()
    child = os.fork()
    if child == 0:
        os._exit(hub.task_id is not None)
    assert os.waitpid(child, 0)[1] == 0
    assert not gate._epoll.poll(0)
    hub.leave()


def test_nothing_is_left_of_a_connection_that_has_no_thread(
    executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("neptune_spark.worker.listener.start_new_thread", refuse)
    hub = Hub()

    def begin_without_a_thread() -> None:
        hub.begin(1, executor.address)
        assert hub.task_id is None

    assert not files_left(begin_without_a_thread)
    assert "can't start new thread" in capfd.readouterr().err
