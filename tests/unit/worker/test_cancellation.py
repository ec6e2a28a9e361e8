"""A cancelled task ends by an exception at the point where it is, and cleans up."""

from __future__ import annotations

import subprocess
import sys
from typing import cast

import pytest

from neptune_bench.mechanism.control import PATIENCE_S
from neptune_spark.worker import cancellation
from neptune_spark.worker.channel import Channel
from neptune_spark.worker.gate import Gate
from neptune_spark.worker.messages import Message, Report, Request
from neptune_spark.worker.requests import Requests, Task
from tests.unit.worker.conftest import Start
from tests.unit.worker.fake_executor import ROOT, FakeExecutor
from tests.unit.worker.scenarios.stage import TASK


@pytest.mark.parametrize("suspended", [False, True])
@pytest.mark.parametrize(
    ("scenario", "words"),
    [
        ("clean_up", ["finally", "cancelled"]),
        ("clean_up_nested", ["inner finally", "outer finally", "cancelled"]),
        ("cancel_caught", ["caught TaskCancelled"]),
    ],
)
def test_finally_blocks_run_and_except_exception_does_not(
    executor: FakeExecutor, start: Start, suspended: bool, scenario: str, words: list[str]
) -> None:
    worker = start(scenario)
    connection = executor.accept()
    connection.expect(Report.BEGIN, TASK)
    worker.progresses()
    if suspended:
        connection.suspend(TASK, 1)
    connection.request(Request.CANCEL, TASK)
    for word in words:
        worker.hears(word)
    connection.expect(Report.END, TASK)
    connection.expect_end()
    assert worker.ends() == ""


def test_a_task_that_waits_is_cancelled_once_it_does_not(
    executor: FakeExecutor, start: Start
) -> None:
    """Nothing wakes it up: Spark kills a worker that does not end, as it always does."""
    worker = start("wait_for_lock")
    connection = executor.accept()
    connection.expect(Report.BEGIN, TASK)
    worker.hears("waiting")
    connection.suspend(TASK, 1)
    connection.request(Request.CANCEL, TASK)
    worker.say("")  # to its thread
    worker.hears("passed on ")
    connection.expect(Report.END, TASK)
    assert "TaskCancelled: The executor cancelled this task." in worker.ends(1)


@pytest.mark.parametrize("suspended", [False, True])
def test_a_task_that_is_cleaning_up_runs_to_its_end(
    executor: FakeExecutor, start: Start, suspended: bool
) -> None:
    worker = start("clean_up_slowly")
    connection = executor.accept()
    connection.expect(Report.BEGIN, TASK)
    worker.hears("working")
    if suspended:
        connection.suspend(TASK, 1)
    connection.request(Request.CANCEL, TASK)
    worker.hears("cleaning up")
    connection.request(Request.CANCEL, TASK)
    connection.request(Request.SUSPEND, TASK, 2)
    connection.resume(TASK, 3)  # the first answer: SUSPEND got none
    worker.progresses()
    worker.shared.let_end()
    worker.hears("cleaned up")
    worker.hears("cancelled")
    connection.expect(Report.END, TASK)


def test_a_cancelled_task_goes_on_cleaning_up_without_its_executor(
    executor: FakeExecutor, start: Start
) -> None:
    worker = start("clean_up_slowly")
    connection = executor.accept()
    connection.expect(Report.BEGIN, TASK)
    worker.hears("working")
    connection.suspend(TASK, 1)
    connection.request(Request.CANCEL, TASK)
    connection.close()
    worker.hears("cleaning up")
    worker.progresses()
    worker.shared.let_end()
    worker.hears("cleaned up")
    worker.hears("cancelled")
    assert worker.ends() == ""


def test_nothing_is_left_of_a_cancellation_that_is_taken_back() -> None:
    """A traced function begins."""
    program = """
import sys
from neptune_spark.worker import cancellation
cancellation.forget()
lines = []
def traced():
    return 1
sys.settrace(lambda frame, event, value: lines.append(event))
traced()
print(lines)
"""
    words = [sys.executable, "-c", program]
    ran = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S)
    assert (ran.stdout, ran.stderr) == ("['call']\n", "")


class Said:
    """A channel on which the executor says what is in a list."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def receive(self) -> Message | None:
        return self.messages.pop(0) if self.messages else None

    def send(self, *_: object) -> None:
        pass


def test_the_task_after_one_that_is_cancelled_late_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    raised: list[object] = []
    monkeypatch.setattr(cancellation, "raise_in", lambda *kind: raised.append(kind))
    task, said, gate = Task(), Said(), Gate()
    requests = Requests(task, cast(Channel, said), gate)
    task.task_id = 1
    said.messages = [Message(Request.SUSPEND, 1, 0)]
    requests.attend()
    assert requests.asked == 1
    task.task_id = 2
    said.messages = [Message(Request.CANCEL, 1, 0)]
    requests.attend()
    assert requests.asked is None
    assert not raised
    gate.discard()
