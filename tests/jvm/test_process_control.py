"""The process that stops workers is killed, stands still, or is gone, and nothing stays wrong."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from py4j.java_gateway import JavaGateway

from neptune_spark.controller import process_tree, usage
from tests.conftest import pid_of
from tests.jvm.functions import Function

PATIENCE_S = 60
#: What works, with a child that works.
BUSY = "import os; os.fork(); print('up', flush=True)\nwhile True: pass"
#: What waits for a word and works then.
IDLE = "print('up', flush=True); input()\nwhile True: pass"


def eventually(happened: Callable[[], object], else_: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < deadline, else_
        time.sleep(0.005)


class Controlled:
    """A JVM with a controller, and the workers that it has started."""

    def __init__(self, gateway: JavaGateway, python: str, answer_ms: int) -> None:
        self.jvm: Any = gateway.jvm
        self.python = gateway.jvm.org.apache.spark.neptune.python
        self.executor = psutil.Process(pid_of(self.jvm))
        limits = self.python.ProcessController.Limits(answer_ms, 1, 10)
        started = self.python.ProcessController.launched(
            python, self.jvm.org.apache.spark.SparkConf(), limits
        )
        assert started.isRight(), started
        self.controller: Any = started.toOption().get()
        self._started: list[Any] = []

    def process(self) -> psutil.Process | None:
        """Return the controller's process, None while there is none that serves."""
        for child in self.executor.children():
            try:
                if any("controller.main" in word for word in child.cmdline()):
                    return child
            except psutil.Error:
                continue
        return None

    def kill(self) -> None:
        eventually(self.process, "no controller was started")
        process = self.process()
        assert process is not None
        process.kill()
        eventually(lambda: not process.is_running(), "it lives")

    def start(self, program: str) -> tuple[psutil.Process, Any]:
        """Start a worker; return it when it is up."""
        words = self.jvm.java.util.ArrayList()
        for word in (sys.executable, "-c", program):
            words.add(word)
        started = self.jvm.java.lang.ProcessBuilder(words).start()
        self._started.append(started)
        assert started.getInputStream().read() == ord("u")
        worker = psutil.Process(started.pid())
        return worker, self.python.WorkerProcess.below(worker.pid).get()

    def say(self, word: str) -> None:
        """Say a word to the last worker."""
        out = self._started[-1].getOutputStream()
        out.write(f"{word}\n".encode())
        out.flush()

    def hold(self, worker: Any) -> threading.Event:
        done = threading.Event()
        self.controller.hold(worker, 20, Function(0, done.set))
        return done

    def go_on(self, worker: Any) -> threading.Event:
        done = threading.Event()
        getattr(self.controller, "continue")(worker, Function(0, done.set))
        return done

    def close(self) -> None:
        self.controller.close()
        eventually(lambda: self.process() is None, "the controller lives")
        for started in self._started:
            for process in reversed(process_tree.of(started.pid())):
                process.kill()


@pytest.fixture
def interpreter(tmp_path: Path) -> Path:
    """A Python that can be taken away."""
    script = tmp_path / "python"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    script.chmod(0o755)
    return script


@pytest.fixture
def controlled(callbacks: JavaGateway, interpreter: Path) -> Iterator[Controlled]:
    controlled = Controlled(callbacks, str(interpreter), answer_ms=1000)
    yield controlled
    controlled.close()


def is_stopped(worker: psutil.Process) -> bool:
    members = process_tree.of(worker.pid)
    return {member.status() for member in members} == {psutil.STATUS_STOPPED}


def uses_any(worker: psutil.Process) -> bool:
    before = usage.of(process_tree.of(worker.pid))
    time.sleep(0.02)
    return usage.of(process_tree.of(worker.pid)).cpu_s > before.cpu_s


def test_what_stands_still_uses_nothing_though_the_controller_is_killed_again_and_again(
    controlled: Controlled,
) -> None:
    busy, name = controlled.start(BUSY)
    assert controlled.hold(name).wait(PATIENCE_S)
    eventually(lambda: is_stopped(busy), "it was not stopped")
    before = usage.of(process_tree.of(busy.pid))
    for _ in range(8):
        controlled.kill()
        # One that was answered long ago, and one that is on its way.
        eventually(controlled.process, "no other one was started")
    idle, idle_name = controlled.start(IDLE)
    assert controlled.hold(idle_name).wait(PATIENCE_S)
    assert not is_stopped(idle)
    controlled.kill()
    controlled.say("work")
    eventually(lambda: is_stopped(idle), "the next one did not know what has to stand still")
    assert usage.of(process_tree.of(busy.pid)) == before
    for worker, process in ((name, busy), (idle_name, idle)):
        assert controlled.go_on(worker).wait(PATIENCE_S)
        assert not is_stopped(process)
        eventually(lambda process=process: uses_any(process), "it does not go on")  # type: ignore[misc]


def test_a_controller_that_stands_still_keeps_nobody_and_is_ended(controlled: Controlled) -> None:
    busy, name = controlled.start(BUSY)
    stuck = controlled.process()
    assert stuck is not None
    stuck.suspend()
    done = controlled.hold(name)
    # Far more than a pipe holds.
    for thread in range(20_000):
        controlled.controller.niceThread(10_000_000 + thread, 0)
    for _ in range(3000):
        controlled.hold(name)
    eventually(lambda: not stuck.is_running(), "it lives")
    assert done.wait(PATIENCE_S)
    eventually(lambda: is_stopped(busy), "it was not stopped")
    assert controlled.go_on(name).wait(PATIENCE_S)


def test_without_a_controller_all_goes_on(controlled: Controlled, interpreter: Path) -> None:
    first, first_name = controlled.start(BUSY)
    second, second_name = controlled.start(BUSY)
    for worker in (first_name, second_name):
        assert controlled.hold(worker).wait(PATIENCE_S)
    eventually(lambda: is_stopped(first) and is_stopped(second), "they were not stopped")
    interpreter.unlink()
    controlled.kill()
    # Whoever resumes need not wait for the next one.
    assert controlled.go_on(first_name).wait(PATIENCE_S)
    assert not is_stopped(first)
    # What nobody resumes is not left when all attempts have failed.
    eventually(lambda: not is_stopped(second), "it stays stopped")
    assert not controlled.hold(first_name).wait(0.1)
    assert controlled.go_on(first_name).wait(PATIENCE_S)


def test_a_process_is_known_by_its_start_and_its_forebears(
    controlled: Controlled,
) -> None:
    worker, name = controlled.start(IDLE)
    assert name.toString() == str(process_tree.Identity.of(worker.pid))
    assert name.isThere()
    processes = controlled.python.WorkerProcess
    for stranger in (os.getpid(), 1, 999_999_999, controlled.executor.pid):
        assert processes.below(stranger).isEmpty()
    assert not processes.apply(worker.pid, name.startTicks() + 1).isThere()


def test_back_off_grows_with_ends_and_is_back_after_a_long_life(gateway: JavaGateway) -> None:
    back_off = gateway.jvm.org.apache.spark.neptune.python.BackOff(50, 400, 1000)
    assert [back_off.ended(0) for _ in range(6)] == [0, 50, 100, 200, 400, 400]
    assert [back_off.ended(lived) for lived in (1000, 999, 0)] == [0, 50, 100]


def test_a_process_that_the_executor_has_not_started_is_no_workers(
    controlled: Controlled,
) -> None:
    process = controlled.python.WorkerProcess
    worker, name = controlled.start(BUSY)
    (child,) = worker.children()
    assert process.below(child.pid).get().toString().startswith(f"{child.pid}:")
    assert name.isThere()
    for other in (os.getpid(), controlled.executor.pid, 1, 0, -1):
        assert process.below(other).isEmpty(), other
    # Neither a process that is gone nor one that has its number by now is that worker.
    assert not process(worker.pid, name.startTicks() + 1).isThere()
    for each in (child, worker):
        each.kill()
    eventually(lambda: not psutil.pid_exists(worker.pid), "it lives")
    assert not name.isThere()
    assert process.below(worker.pid).isEmpty()
