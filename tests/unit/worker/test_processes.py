"""Tasks that fork or start programs: the control connection stays the worker's own."""

from __future__ import annotations

import re

import pytest

from neptune_spark.worker.messages import Report, Request
from tests.unit.worker.conftest import Start
from tests.unit.worker.fake_executor import FakeExecutor
from tests.unit.worker.scenarios.stage import TASK

#: An alarm that comes too late to be raised where `fork_under_alarms` catches it.
DROPPED = re.compile(r"Exception ignored [^\n]*<function _before .*?\.Late:?\s*", re.DOTALL)


def test_a_forked_child_leaves_the_connection_to_its_parent(
    executor: FakeExecutor, start: Start
) -> None:
    worker = start("fork")
    connection = executor.accept(worker.pid)
    connection.expect(Report.BEGIN, TASK)
    worker.hears("child runs task None")
    worker.progresses()
    connection.suspend(TASK, 1)
    connection.resume(TASK, 2)
    worker.shared.let_end()
    connection.expect(Report.END, TASK)
    worker.hears("ended")
    worker.say("word")
    worker.hears("child got word")
    assert worker.ends() == ""


def test_the_connection_of_a_killed_worker_ends_though_its_child_lives_on(
    executor: FakeExecutor, start: Start
) -> None:
    worker = start("fork")
    connection = executor.accept(worker.pid)
    connection.expect(Report.BEGIN, TASK)
    worker.hears("child runs task None")
    worker.progresses()
    worker.end_hard()
    connection.expect_end()
    worker.say("word")  # only now does the child go on
    worker.hears("child got word")


@pytest.mark.parametrize(
    ("scenario", "last_word"),
    [
        ("fork_in_threads", "ended as told: True"),
        ("fork_under_alarms", "nearly all came through: True, same mask: True"),
    ],
)
def test_forks_at_any_moment(
    executor: FakeExecutor, start: Start, scenario: str, last_word: str
) -> None:
    worker = start(scenario)
    connection = executor.accept(worker.pid)
    connection.expect(Report.BEGIN, TASK)
    worker.hears("begun")
    for sequence in range(5):
        connection.request(Request.SUSPEND, TASK, 2 * sequence)
        connection.request(Request.RESUME, TASK, 2 * sequence + 1)
    worker.hears(last_word)
    # Python tells of what it drops in a hook; the scenario knows how many may be.
    assert DROPPED.sub("", worker.ends()) == ""


def test_a_pool_of_processes_works_across_a_suspension(
    executor: FakeExecutor, start: Start
) -> None:
    worker = start("multiprocess")
    connection = executor.accept(worker.pid)
    connection.expect(Report.BEGIN, TASK)
    worker.hears("pool")
    worker.progresses()
    connection.suspend(TASK, 1)
    worker.shared.let_end()
    connection.resume(TASK, 2)
    connection.expect(Report.END, TASK)
    worker.hears("doubled [0, 2, 4, 6, 8]")
    assert worker.ends() == ""


def test_a_program_that_the_task_starts_inherits_no_connection(
    executor: FakeExecutor, start: Start
) -> None:
    worker = start("inherit")
    connection = executor.accept(worker.pid)
    connection.expect(Report.BEGIN, TASK)
    connection.expect(Report.END, TASK)
    worker.hears("sockets inherited: 0")
    assert worker.ends() == ""


def test_the_connection_is_closed_as_python_ends(executor: FakeExecutor, start: Start) -> None:
    worker = start("leave_at_exit")
    connection = executor.accept(worker.pid)
    connection.expect(Report.BEGIN, TASK)
    connection.expect(Report.END, TASK)
    worker.hears("leaving")
    connection.expect_end()
    worker.say("word")
    worker.hears("left with word")
    assert worker.ends() == ""
