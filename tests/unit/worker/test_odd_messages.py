"""Messages that come twice, too early, too late, for another task, in parts, or that are none."""

from __future__ import annotations

import pytest

from neptune_spark.worker.messages import FRAME_BYTES, Report, Request, encode
from tests.unit.worker.conftest import Start
from tests.unit.worker.fake_executor import Connection, FakeExecutor, WorkerProcess
from tests.unit.worker.scenarios.stage import TASK

OTHER_TASK = TASK + 1


@pytest.fixture
def worker(start: Start) -> WorkerProcess:
    return start("busy")


@pytest.fixture
def connection(executor: FakeExecutor, worker: WorkerProcess) -> Connection:
    """That of a task which runs."""
    connection = executor.accept(worker.pid)
    connection.expect(Report.BEGIN, TASK)
    return connection


def finishes(worker: WorkerProcess, connection: Connection | None = None) -> None:
    """Check that the task goes on and ends as it should."""
    worker.progresses()
    worker.shared.let_end()
    if connection is not None:
        connection.expect(Report.END, TASK)
        connection.expect_end()
    worker.hears("result")


def test_suspend_and_resume_twice(worker: WorkerProcess, connection: Connection) -> None:
    connection.suspend(TASK, 1)
    connection.suspend(TASK, 2)
    connection.resume(TASK, 3)
    connection.resume(TASK, 4)
    finishes(worker, connection)


def test_resume_without_suspend(worker: WorkerProcess, connection: Connection) -> None:
    connection.resume(TASK, 1)
    finishes(worker, connection)


@pytest.mark.parametrize("kind", Request)
def test_another_task_is_meant(
    worker: WorkerProcess, connection: Connection, kind: Request
) -> None:
    connection.request(kind, OTHER_TASK, 1)
    worker.progresses()
    connection.suspend(TASK, 2)
    before = worker.shared.progress
    connection.request(kind, OTHER_TASK, 3)
    connection.suspend(TASK, 4)
    assert worker.shared.progress == before
    connection.resume(TASK, 5)
    finishes(worker, connection)


def test_many_messages_at_once(worker: WorkerProcess, connection: Connection) -> None:
    kinds = (Request.SUSPEND, Request.RESUME)
    connection.send(b"".join(encode(kinds[n % 2], TASK, n) for n in range(100)))
    # What was resumed before it stood still is not said to be suspended.
    seen = [connection.next()]
    while seen[-1] != (Report.RESUMED, TASK, 99):
        seen.append(connection.next())
    resumed = [one.sequence for one in seen if one is not None and one.kind is Report.RESUMED]
    assert resumed == list(range(1, 100, 2))
    finishes(worker, connection)


def test_suspend_again_right_after_resume(worker: WorkerProcess, connection: Connection) -> None:
    connection.suspend(TASK, 1)
    for n in range(200):
        connection.send(encode(Request.RESUME, TASK, n) + encode(Request.SUSPEND, TASK, n))
        connection.expect(Report.RESUMED, TASK, n)
        connection.expect_suspended(TASK, n)
    connection.resume(TASK, 2)
    finishes(worker, connection)


def test_a_message_in_parts(worker: WorkerProcess, connection: Connection) -> None:
    for kind, answer in ((Request.SUSPEND, Report.SUSPENDED), (Request.RESUME, Report.RESUMED)):
        for byte in encode(kind, TASK, 1):
            connection.send(bytes([byte]))
        connection.expect(answer, TASK, 1)
    finishes(worker, connection)


@pytest.mark.parametrize("suspended", [False, True])
def test_the_executor_closes_the_connection(
    worker: WorkerProcess, connection: Connection, suspended: bool
) -> None:
    if suspended:
        connection.suspend(TASK, 1)
    connection.close()
    finishes(worker)
    assert worker.ends() == ""


@pytest.mark.parametrize("suspended", [False, True])
@pytest.mark.parametrize("kind", [0, Report.HELLO, 99])
def test_a_broken_frame(
    worker: WorkerProcess, connection: Connection, suspended: bool, kind: int
) -> None:
    if suspended:
        connection.suspend(TASK, 1)
    connection.send(bytes([kind]) + bytes(FRAME_BYTES - 1))
    connection.expect_end()
    finishes(worker)
    errors = worker.ends()
    assert f"unknown kind {kind}" in errors
    assert len(errors.splitlines()) == 1


def test_the_next_task_connects_anew_after_a_loss(executor: FakeExecutor, start: Start) -> None:
    worker = start("two_tasks")
    worker.hears("before 1")
    worker.say("")
    first = executor.accept()
    first.expect(Report.BEGIN, 1)
    first.suspend(1, 1)
    first.close()
    worker.say("x")
    worker.hears("in 1: x")
    worker.hears("after 1")
    worker.say("")
    worker.hears("before 2")
    worker.say("")
    second = executor.accept()
    second.expect(Report.BEGIN, 2)
    second.suspend(2, 1)
    second.resume(2, 2)
    worker.say("y")
    worker.hears("in 2: y")
    second.expect(Report.END, 2)


def test_between_two_tasks(executor: FakeExecutor, start: Start) -> None:
    worker = start("two_tasks")
    worker.hears("before 1")
    worker.say("")
    connection = executor.accept()
    connection.expect(Report.BEGIN, 1)
    worker.say("first")
    worker.hears("in 1: first")
    connection.expect(Report.END, 1)
    worker.hears("after 1")
    # It must not be suspended between the two.
    for kind in Request:
        connection.request(kind, 1, 1)
    worker.say("")
    worker.hears("before 2")
    # In the second task, which is not known yet.
    for kind in Request:
        connection.request(kind, 1, 2)
    worker.say("")
    connection.expect(Report.BEGIN, 2)
    connection.request(Request.SUSPEND, 1, 3)
    connection.suspend(2, 3)
    connection.request(Request.RESUME, 1, 4)
    worker.say("second")
    connection.suspend(2, 4)
    assert worker.silent()
    connection.resume(2, 5)
    worker.hears("in 2: second")
    connection.expect(Report.END, 2)
    connection.request(Request.SUSPEND, 2, 6)
    worker.hears("after 2")
    worker.say("")
    connection.expect_end()
    assert worker.ends() == ""


def test_a_task_that_begins_twice_begins_once(executor: FakeExecutor, start: Start) -> None:
    worker = start("begin_twice")
    connection = executor.accept()
    connection.expect(Report.BEGIN, TASK)
    worker.progresses()
    worker.shared.let_end()
    connection.expect(Report.END, TASK)
    connection.expect_end()


def test_a_task_that_fails_ends(executor: FakeExecutor, start: Start) -> None:
    worker = start("fail")
    connection = executor.accept()
    connection.expect(Report.BEGIN, TASK)
    connection.suspend(TASK, 1)
    worker.shared.let_end()
    connection.resume(TASK, 2)
    connection.expect(Report.END, TASK)
    worker.hears("failed: the task's own")
    assert worker.ends() == ""


def test_no_executor_is_said_once(start: Start) -> None:
    worker = start("no_executor")
    worker.hears("task 1")
    worker.hears("task 2")
    errors = worker.ends()
    assert errors.startswith(f"neptune-spark worker {worker.pid}: No connection to the executor")
    assert ".absent" in errors
    assert len(errors.splitlines()) == 1


def test_a_task_that_another_thread_announces_goes_on(start: Start) -> None:
    worker = start("other_thread")
    worker.hears("runs")
    assert "main thread" in worker.ends()
