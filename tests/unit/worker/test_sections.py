"""A task's own say: sections that put a suspension off, yield points, explicit tasks."""

from __future__ import annotations

from typing import Callable, cast

import pytest

import neptune_spark
from neptune_spark.worker.messages import Report, Request
from tests.unit.worker.conftest import Start
from tests.unit.worker.fake_executor import FakeExecutor
from tests.unit.worker.scenarios.stage import TASK


def test_a_section_puts_a_suspension_off_to_its_end(executor: FakeExecutor, start: Start) -> None:
    worker = start("section")
    connection = executor.accept()
    connection.expect(Report.BEGIN, TASK)
    worker.hears("in sections")
    for sequence in (1, 2):  # the last one counts
        connection.request(Request.SUSPEND, TASK, sequence)
        connection.expect(Report.DEFERRED, TASK, sequence)
        worker.progresses()
    worker.shared.let_end()
    worker.hears("end of section")
    connection.expect_suspended(TASK, 2)
    assert worker.silent()
    connection.resume(TASK, 3)
    worker.hears("after section")
    connection.expect(Report.END, TASK)
    assert worker.ends() == ""


def test_a_suspension_that_is_taken_back_leaves_the_section_alone(
    executor: FakeExecutor, start: Start
) -> None:
    worker = start("section")
    connection = executor.accept()
    connection.expect(Report.BEGIN, TASK)
    worker.hears("in sections")
    connection.request(Request.SUSPEND, TASK, 1)
    connection.expect(Report.DEFERRED, TASK, 1)
    connection.resume(TASK, 2)
    worker.progresses()
    worker.shared.let_end()
    worker.hears("end of section")
    worker.hears("after section")
    connection.expect(Report.END, TASK)


def test_a_section_that_lasts_too_long_is_named(executor: FakeExecutor, start: Start) -> None:
    worker = start("section_of_function")
    connection = executor.accept()
    connection.expect(Report.BEGIN, TASK)
    worker.hears("in section")
    connection.request(Request.SUSPEND, TASK, 1)
    connection.expect(Report.DEFERRED, TASK, 1)
    connection.request(Request.SUSPEND_NOW, TASK, 1)
    connection.expect_suspended(TASK, 1)
    before = worker.shared.progress
    connection.suspend(TASK, 2)
    assert worker.shared.progress == before
    connection.resume(TASK, 3)
    worker.shared.let_end()
    worker.hears("after section")
    connection.expect(Report.END, TASK)
    (warning,) = worker.ends().splitlines()
    assert "spark.neptune.python.noSuspendMax" in warning
    assert "scenarios/controlling.py:" in warning
    assert warning.endswith(" in task")


def test_a_cancellation_does_not_wait_for_the_end_of_a_section(
    executor: FakeExecutor, start: Start
) -> None:
    worker = start("section")
    connection = executor.accept()
    connection.expect(Report.BEGIN, TASK)
    worker.hears("in sections")
    connection.request(Request.SUSPEND, TASK, 1)
    connection.expect(Report.DEFERRED, TASK, 1)
    connection.request(Request.CANCEL, TASK)
    connection.expect(Report.END, TASK)
    assert "TaskCancelled" in worker.ends(1)


def test_the_section_of_another_thread_counts(executor: FakeExecutor, start: Start) -> None:
    worker = start("section_of_thread")
    connection = executor.accept()
    connection.expect(Report.BEGIN, TASK)
    worker.hears("in section")
    connection.request(Request.SUSPEND, TASK, 1)
    connection.expect(Report.DEFERRED, TASK, 1)
    worker.progresses()
    worker.say("")
    answer = connection.next()
    assert answer is not None
    assert answer.kind in (Report.SUSPENDED, Report.SUSPENDED_MAYBE_BUSY)
    assert answer.sequence == 1
    connection.resume(TASK, 2)
    worker.shared.let_end()
    connection.expect(Report.END, TASK)


def test_a_yield_point_suspends_within_a_section(executor: FakeExecutor, start: Start) -> None:
    worker = start("yielding_section")
    connection = executor.accept()
    connection.expect(Report.BEGIN, TASK)
    worker.hears("in section")
    connection.request(Request.SUSPEND, TASK, 1)
    connection.expect(Report.DEFERRED, TASK, 1)
    worker.say("")
    connection.expect_suspended(TASK, 1)
    assert worker.silent()
    connection.resume(TASK, 2)
    worker.hears("second half")
    connection.request(Request.SUSPEND, TASK, 3)
    connection.expect(Report.DEFERRED, TASK, 3)
    worker.say("")
    connection.expect_suspended(TASK, 3)
    connection.resume(TASK, 4)
    worker.hears("after section")


def test_a_yield_point_needs_no_signal(executor: FakeExecutor, start: Start) -> None:
    worker = start("no_signal")
    connection = executor.accept()
    connection.expect(Report.BEGIN, TASK)
    worker.hears("has taken all signals")
    # It says so if it is not at its yield point just then, and is asked again.
    while connection.suspend(TASK, 1) is Report.UNREACHABLE:
        pass
    before = worker.shared.progress
    connection.suspend(TASK, 2)
    assert worker.shared.progress == before
    connection.resume(TASK, 3)
    worker.progresses()
    worker.shared.let_end()
    connection.expect(Report.END, TASK)


def test_no_section_is_left_by_a_handler_that_raises(executor: FakeExecutor, start: Start) -> None:
    worker = start("interrupted_sections")
    connection = executor.accept()
    connection.expect(Report.BEGIN, TASK)
    worker.progresses()
    connection.suspend(TASK, 1)
    connection.resume(TASK, 2)
    worker.shared.let_end()
    connection.expect(Report.END, TASK)
    assert worker.ends() == ""


def test_a_section_ends_with_its_task(executor: FakeExecutor, start: Start) -> None:
    worker = start("abandoned_section")
    connection = executor.accept()
    connection.expect(Report.BEGIN, 1)
    connection.expect(Report.END, 1)
    connection.expect(Report.BEGIN, 2)
    worker.progresses()
    connection.suspend(2, 1)
    connection.resume(2, 2)
    worker.shared.let_end()
    connection.expect(Report.END, 2)
    assert worker.ends() == ""


def test_an_explicit_task_is_suspended_until_its_iterator_ends(
    executor: FakeExecutor, start: Start
) -> None:
    worker = start("explicit")
    worker.hears("outside a task: 3")
    connection = executor.accept()
    connection.expect(Report.BEGIN, TASK)
    worker.progresses()
    connection.suspend(TASK, 1)
    before = worker.shared.progress
    connection.suspend(TASK, 2)
    assert worker.shared.progress == before
    connection.resume(TASK, 3)
    worker.progresses()
    worker.shared.let_end()
    connection.expect(Report.END, TASK)
    worker.hears("squares: [4, 9]")
    # The inner function is the task's; the outer one, called while that runs, is part of it.
    connection.expect(Report.BEGIN, TASK + 1)
    connection.expect(Report.END, TASK + 1)
    worker.hears("total: 41")
    assert worker.ends() == ""


def test_outside_a_task_nothing_happens() -> None:
    neptune_spark.yield_point()
    with neptune_spark.no_suspend():
        neptune_spark.yield_point()
    assert neptune_spark.suspendable(len)([1, 2]) == 2


def test_only_a_function_is_made_suspendable() -> None:
    with pytest.raises(TypeError, match=r"suspendable\(\) takes a function .*, not 3\."):
        neptune_spark.suspendable(cast(Callable[[], None], 3))
