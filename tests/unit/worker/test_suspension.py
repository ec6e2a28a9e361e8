"""A task is suspended wherever it is, stands still, and goes on as if nothing had been."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from neptune_spark.worker.messages import Report, Request
from tests.unit.worker.conftest import Start
from tests.unit.worker.fake_executor import Connection, FakeExecutor, WorkerProcess
from tests.unit.worker.scenarios.stage import TASK


def stands_still(worker: WorkerProcess, connection: Connection, task_id: int = TASK) -> None:
    """Check that a suspended task does nothing while the worker answers the executor twice."""
    before = worker.shared.progress
    for sequence in (901, 902):
        connection.suspend(task_id, sequence)
    assert worker.shared.progress == before
    assert worker.silent()


def stops_and_goes_on(worker: WorkerProcess, connection: Connection) -> None:
    for sequence in range(5):
        worker.progresses()
        connection.suspend(TASK, sequence)
        stands_still(worker, connection)
        connection.resume(TASK, sequence)
    worker.progresses()


@pytest.mark.parametrize(
    ("scenario", "last_word"),
    [
        ("busy", "result"),
        ("generator", "all numbers, each once: True"),
        ("nested_greenlets", "turns in order: True"),
        ("handled_exception", "same state: True"),
        ("deep_recursion", "depth 200"),
    ],
)
def test_a_task_at_work(
    executor: FakeExecutor, start: Start, scenario: str, last_word: str
) -> None:
    worker = start(scenario)
    connection = executor.accept(worker.pid)
    connection.expect(Report.BEGIN, TASK)
    for sequence in range(20):
        worker.progresses()
        connection.suspend(TASK, 2 * sequence)
        stands_still(worker, connection)
        connection.resume(TASK, 2 * sequence + 1)
    worker.progresses()
    worker.shared.let_end()
    connection.expect(Report.END, TASK)
    worker.hears(last_word)
    connection.expect_end()
    assert worker.ends() == ""


def test_a_task_is_suspended_and_resumed_many_times(executor: FakeExecutor, start: Start) -> None:
    worker = start("nested_greenlets")
    connection = executor.accept()
    connection.expect(Report.BEGIN, TASK)
    for sequence in range(2000):
        connection.suspend(TASK, sequence)
        connection.resume(TASK, sequence)
    worker.progresses()
    worker.shared.let_end()
    connection.expect(Report.END, TASK)
    worker.hears("turns in order: True")


@pytest.mark.parametrize("scenario", ["traced", "profiled", "dumped"])
def test_tracers_and_profilers_see_nothing_of_a_suspension(
    executor: FakeExecutor, start: Start, scenario: str
) -> None:
    worker = start(scenario)
    connection = executor.accept()
    connection.expect(Report.BEGIN, TASK)
    stops_and_goes_on(worker, connection)
    worker.shared.let_end()
    connection.expect(Report.END, TASK)
    worker.hears("seen: ['work']")
    assert worker.ends() == ""


@pytest.mark.skipif(sys.version_info < (3, 12), reason="new in Python 3.12")
def test_a_tracer_of_all_threads_sees_nothing_of_a_suspension(
    executor: FakeExecutor, start: Start
) -> None:
    worker = start("traced_in_all_threads")
    connection = executor.accept()
    connection.expect(Report.BEGIN, TASK)
    worker.hears("begun")
    # Now the hub's thread is there.
    connection.suspend(TASK, 1)
    connection.resume(TASK, 2)
    worker.say("")
    worker.progresses()
    connection.suspend(TASK, 3)
    stands_still(worker, connection)
    connection.resume(TASK, 4)
    worker.shared.let_end()
    connection.expect(Report.END, TASK)
    worker.hears("seen: ['work']")
    assert worker.ends() == ""


def test_a_task_at_the_end_of_its_recursion_limit(executor: FakeExecutor, start: Start) -> None:
    worker = start("at_recursion_limit")
    connection = executor.accept()
    connection.expect(Report.BEGIN, TASK)
    stops_and_goes_on(worker, connection)
    worker.shared.let_end()
    connection.expect(Report.END, TASK)
    worker.hears("counted at the limit")
    assert worker.ends() == ""


def test_the_users_signal_handlers_run_in_the_users_context(
    executor: FakeExecutor, start: Start
) -> None:
    worker = start("handler_in_context")
    connection = executor.accept()
    connection.expect(Report.BEGIN, TASK)
    worker.progresses()
    connection.suspend(TASK, 1)
    os.kill(worker.pid, signal.SIGALRM)
    worker.hears("in context: mine, in the main greenlet: True")
    stands_still(worker, connection)
    connection.resume(TASK, 2)
    worker.shared.let_end()
    connection.expect(Report.END, TASK)
    assert worker.ends() == ""


@pytest.mark.parametrize("then", ["sleeps", "works"])
def test_a_task_that_has_taken_all_signal_numbers_is_left_to_its_executor(
    executor: FakeExecutor, start: Start, then: str
) -> None:
    worker = start("takes_all_signals")
    worker.say(then)
    connection = executor.accept()
    connection.expect(Report.BEGIN, TASK)
    worker.hears(then)
    connection.request(Request.SUSPEND, TASK, 1)
    connection.expect(Report.UNREACHABLE, TASK, 1)
    connection.resume(TASK, 2)
    worker.shared.let_end()
    worker.say("")
    connection.expect(Report.END, TASK)
    worker.hears("signals seen: 0")
    assert worker.ends() == ""


@pytest.mark.parametrize(
    ("scenario", "news", "last_word"),
    [
        ("read_pipe", None, "got word"),
        ("read_socket", "passed on", "got word"),
        ("wait_for_lock", "passed on word", "got the lock"),
        ("wait_for_queue", "passed on", "got word"),
        ("wait_for_process", None, "got word"),
    ],
)
def test_a_task_that_waits(
    executor: FakeExecutor, start: Start, scenario: str, news: str | None, last_word: str
) -> None:
    worker = start(scenario)
    connection = executor.accept()
    connection.expect(Report.BEGIN, TASK)
    worker.hears("waiting")
    # Once while there is nothing to wake up for, ...
    connection.suspend(TASK, 1)
    connection.resume(TASK, 2)
    # ... and once when what it waits for comes while it is suspended.
    connection.suspend(TASK, 3)
    worker.say("word")
    if news is not None:
        worker.hears(news)  # from a thread of the task's, which goes on
    stands_still(worker, connection)
    connection.resume(TASK, 4)
    worker.hears(last_word)
    connection.expect(Report.END, TASK)
    assert worker.ends() == ""


@pytest.mark.parametrize("beyond_its_end", [False, True])
def test_a_task_that_sleeps(executor: FakeExecutor, start: Start, beyond_its_end: bool) -> None:
    worker = start("sleep")
    connection = executor.accept()
    connection.expect(Report.BEGIN, TASK)
    worker.hears("sleeping")
    connection.suspend(TASK, 1)
    if beyond_its_end:
        time.sleep(0.25)
    stands_still(worker, connection)
    connection.resume(TASK, 2)
    worker.hears("slept long enough: True")
    connection.expect(Report.END, TASK)
    assert worker.ends() == ""


def test_a_task_that_waits_for_a_signal_gets_it(executor: FakeExecutor, start: Start) -> None:
    worker = start("wait_for_signal")
    connection = executor.accept()
    connection.expect(Report.BEGIN, TASK)
    worker.hears("blocked")
    connection.suspend(TASK, 1)
    os.kill(worker.pid, signal.SIGUSR1)
    stands_still(worker, connection)
    connection.resume(TASK, 2)
    worker.shared.let_end()
    worker.hears("got SIGUSR1")
    connection.expect(Report.END, TASK)
    assert worker.ends() == ""


def test_an_exception_that_the_users_own_signal_handler_raises_waits_for_resume(
    executor: FakeExecutor, start: Start
) -> None:
    worker = start("time_limit")
    connection = executor.accept()
    connection.expect(Report.BEGIN, TASK)
    worker.progresses()
    connection.suspend(TASK, 1)
    os.kill(worker.pid, signal.SIGALRM)
    # It may strike between an answer and the note that it was given: then it is given once more.
    connection.request(Request.SUSPEND, TASK, 2)
    while (seen := connection.next()) != (Report.SUSPENDED, TASK, 2):
        assert seen == (Report.SUSPENDED, TASK, 1)
    stands_still(worker, connection)
    connection.resume(TASK, 3)
    connection.expect(Report.END, TASK)
    worker.hears("time limit")
    assert worker.ends() == ""


def test_the_next_task_is_suspendable_though_the_last_took_our_signal(
    executor: FakeExecutor, start: Start
) -> None:
    worker = start("own_handler")
    connection = executor.accept()
    connection.expect(Report.BEGIN, 1)
    connection.expect(Report.END, 1)
    connection.expect(Report.BEGIN, 2)
    worker.progresses()
    connection.suspend(2, 1)
    stands_still(worker, connection, 2)
    connection.resume(2, 2)
    worker.shared.let_end()
    connection.expect(Report.END, 2)


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
def test_a_thread_may_write_to_the_stack_of_a_suspended_task(
    executor: FakeExecutor, start: Start, directory: str
) -> None:
    """As in a parallel region of C code that runs Python signal handlers on its first thread."""
    source, library = Path(directory, "stack.c"), Path(directory, "stack.so")
    source.write_text(
        """
        #include <pthread.h>
        #include <unistd.h>
        static void *write_to_stack(void *where) {
            char told;
            if (read(0, &told, 1) == 1) *(volatile int *)where = 1;
            (void)!write(1, "written\\n", 8);
            return 0;
        }
        int call_with_thread(void (*call)(void)) {
            volatile int written = 0;
            pthread_t thread;
            pthread_create(&thread, 0, write_to_stack, (void *)&written);
            call();
            pthread_join(thread, 0);
            return written;
        }
        """
    )
    subprocess.run(["cc", "-shared", "-fPIC", "-pthread", "-o", library, source], check=True)
    worker = start("c_stack")
    worker.say(str(library))
    connection = executor.accept()
    connection.expect(Report.BEGIN, TASK)
    worker.progresses()
    connection.suspend(TASK, 1)
    worker.say("now")
    worker.hears("written")
    connection.resume(TASK, 2)
    worker.shared.let_end()
    worker.hears("the thread's write was kept: True")
