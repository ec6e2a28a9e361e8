"""What is asked of a Python worker and of the process controller, in virtual time."""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from py4j.java_gateway import JavaGateway

from neptune_spark.worker.messages import FRAME_BYTES, PROTOCOL_VERSION, Report, Request
from tests.jvm.functions import Function, Timer

GRACE_MS = 50
NO_SUSPEND_MS = 1000
FRAME = struct.Struct(">Bqq")
NO_TIMEOUT = -1
#: Frames that the JVM side knows, beyond those of this worker's version.
UNREACHABLE = 8


class Held:
    """A hold on a worker, whose frames and requests to the controller are kept."""

    def __init__(self, gateway: JavaGateway) -> None:
        self.timer = Timer()
        self.frames: list[tuple[int, int]] = []
        # What the controller was asked: how long the grace is, or that all is to go on.
        self.asked: list[int | str] = []
        self.answers: list[Any] = []
        self.news: list[str] = []
        bounds = gateway.jvm.neptune.protocol.Bounds(GRACE_MS, NO_SUSPEND_MS)
        python = gateway.jvm.org.apache.spark.neptune.python
        self.hold: Any = python.WorkerHold(7, bounds, self.Surroundings(self), self.timer)

    def suspend(self, seq: int) -> None:
        self.hold.suspend(seq)

    def resume(self, seq: int) -> None:
        self.hold.resume(seq)

    def cancel(self) -> None:
        self.hold.cancel()

    class Surroundings:
        """What the hold speaks to."""

        def __init__(self, held: Held) -> None:
            self._held = held

        def send(self, kind: int, _task: int, seq: int) -> None:
            self._held.frames.append((kind, seq))

        def stop(self, grace_ms: int, stopped: Any) -> None:
            self._held.asked.append(grace_ms)
            self._held.answers.append(stopped)

        def continue_(self, continued: Any) -> None:
            self._held.asked.append("continue")
            self._held.answers.append(continued)

        def suspended(self, seq: int) -> None:
            self._held.news.append(f"suspended {seq}")

        def resumed(self, seq: int) -> None:
            self._held.news.append(f"resumed {seq}")

        class Java:
            implements = ("org.apache.spark.neptune.python.HoldSurroundings",)


setattr(Held.Surroundings, "continue", Held.Surroundings.continue_)


@pytest.fixture
def held(callbacks: JavaGateway) -> Held:
    return Held(callbacks)


def test_a_worker_that_answers_at_once_needs_no_controller(held: Held) -> None:
    held.suspend(1)
    held.timer.passes(1)
    held.hold.answered(Report.SUSPENDED, 1)
    held.timer.passes(GRACE_MS * 9)
    held.resume(2)
    assert held.asked == []
    assert held.frames == [(Request.SUSPEND, 1), (Request.RESUME, 2)]


def test_one_that_is_silent_is_held_long_before_its_grace_is_over(held: Held) -> None:
    held.suspend(1)
    held.timer.passes(GRACE_MS // 10)
    (grace_ms,) = held.asked
    assert isinstance(grace_ms, int)
    assert 0.9 * GRACE_MS < grace_ms < GRACE_MS
    held.answers[0].apply()
    assert held.news == ["suspended 1"]
    held.timer.passes(GRACE_MS * 9)
    held.resume(2)
    assert held.asked[1:] == ["continue"]
    held.answers[1].apply()
    assert held.news == ["suspended 1", "resumed 2"]


def test_one_that_answers_late_and_is_alone_is_let_go(held: Held) -> None:
    held.suspend(1)
    held.timer.passes(GRACE_MS)
    held.hold.answered(Report.SUSPENDED, 1)
    assert held.asked[1:] == ["continue"]
    held.timer.passes(GRACE_MS * 9)
    held.resume(2)
    assert held.asked[2:] == []


@pytest.mark.parametrize("kind", [Report.SUSPENDED_MAYBE_BUSY, UNREACHABLE])
def test_one_that_others_work_beside_or_that_hears_nothing_has_no_grace(
    held: Held, kind: int
) -> None:
    held.suspend(1)
    held.hold.answered(kind, 1)
    assert (held.asked, held.news) == ([0], [])
    held.answers[0].apply()
    assert held.news == ["suspended 1"]


def test_one_in_a_section_is_let_go_until_the_section_is_too_long(held: Held) -> None:
    held.suspend(1)
    held.timer.passes(GRACE_MS // 2)
    held.hold.answered(Report.DEFERRED, 1)
    assert held.asked[1:] == ["continue"]
    # The controller answers also what it has not done because of that: the task runs on.
    held.answers[0].apply()
    assert held.news == []
    held.timer.passes(NO_SUSPEND_MS - 1)
    assert held.asked[2:] == []
    held.timer.passes(GRACE_MS)
    assert held.frames[-1] == (Request.SUSPEND_NOW, 1)
    assert len(held.asked) == 3 and held.asked[2] != "continue"


def test_what_the_controller_says_of_an_older_request_does_not_count(held: Held) -> None:
    held.suspend(1)
    held.timer.passes(GRACE_MS)
    held.resume(2)
    held.suspend(3)
    held.answers[0].apply()
    assert held.news == []
    held.timer.passes(GRACE_MS)
    held.answers[2].apply()
    assert held.news == ["suspended 3"]


def test_one_that_was_never_told_to_resume_stands_for_the_newer_request(held: Held) -> None:
    held.suspend(1)
    held.hold.answered(Report.SUSPENDED_MAYBE_BUSY, 1)
    # It reads nothing, so that only the controller can say that it stands still.
    held.suspend(3)
    assert held.asked == [0, GRACE_MS]
    held.answers[0].apply()
    assert held.news == []
    held.answers[1].apply()
    assert held.news == ["suspended 3"]


def test_nothing_that_comes_after_the_end_holds_a_worker(held: Held) -> None:
    held.suspend(1)
    held.timer.passes(GRACE_MS)
    held.hold.ended()
    assert held.asked[1:] == ["continue"]
    frames = len(held.frames)
    held.suspend(3)
    held.hold.answered(Report.SUSPENDED_MAYBE_BUSY, 3)
    held.timer.passes(NO_SUSPEND_MS)
    held.resume(4)
    held.cancel()
    held.answers[0].apply()
    assert (held.asked[2:], held.news, len(held.frames)) == ([], [], frames)


def test_a_run_that_is_over_is_soon_forgotten(held: Held) -> None:
    """Its timers keep its gate, and with it whatever the task had."""
    held.suspend(1)
    held.timer.passes(GRACE_MS)
    held.hold.ended()
    held.timer.passes(NO_SUSPEND_MS)
    assert not held.timer.has_more_to_do


class Control:
    """In the controller's place: which workers stand still."""

    def __init__(self) -> None:
        self.standing: set[int] = set()
        self.at_continue: Callable[[], None] = lambda: None

    def hold(self, worker: Any, _grace_ms: int, _done: Any) -> None:
        self.standing.add(worker.pid())

    def continue_(self, worker: Any, _done: Any) -> None:
        self.standing.discard(worker.pid())
        self.at_continue()

    class Java:
        implements = ("org.apache.spark.neptune.python.ProcessControl",)


setattr(Control, "continue", Control.continue_)


class Connected:
    """A worker's end of a connection, whose executor reads when it is told to."""

    def __init__(self, gateway: JavaGateway) -> None:
        jvm = gateway.jvm
        self._protocol: Any = jvm.neptune.protocol
        self.timer = Timer()
        self.control = Control()
        self.process = jvm.java.lang.Runtime.getRuntime().exec("cat")
        self.gates = {
            task: jvm.org.apache.spark.neptune.executor.TaskGate(
                task, Function(1, lambda _message: None), self.timer, self.timer
            )
            for task in (1, 2)
        }
        server = jvm.java.nio.channels.ServerSocketChannel.open()
        server.bind(jvm.java.net.InetSocketAddress("127.0.0.1", 0))
        self.ours = socket.create_connection(("127.0.0.1", server.socket().getLocalPort()))
        option = jvm.scala.Option
        python = jvm.org.apache.spark.neptune.python
        self._functions = (
            Function(1, lambda task: option.apply(self.gates.get(task))),
            Function(2, lambda _worker, _priority: True),
        )
        self.channel = server.accept()
        self.connection: Any = python.WorkerConnection(
            self.channel,
            *self._functions,
            option.apply(self.control),
            self._protocol.Bounds(GRACE_MS, NO_SUSPEND_MS),
            self.timer,
        )
        server.close()

    def suspend(self, task: int, seq: int) -> None:
        """Have the driver's request reach the task's gate."""
        self.gates[task].receive(self._protocol.Suspend(task, seq, NO_TIMEOUT))

    def say(self, kind: Report, task: int, seq: int = 0) -> None:
        self.ours.sendall(FRAME.pack(kind, task, seq))
        assert self.connection.read()

    def hears(self) -> list[tuple[int, int]]:
        """Return kinds and tasks of what was sent, up to now."""
        self.ours.setblocking(False)
        found = []
        try:
            while frame := self.ours.recv(FRAME_BYTES):
                found.append(FRAME.unpack(frame)[:2])
        except BlockingIOError:
            pass
        finally:
            self.ours.setblocking(True)
        return found

    def close(self) -> None:
        self.ours.close()
        self.channel.close()
        self.process.destroy()


@pytest.fixture
def connected(callbacks: JavaGateway) -> Iterator[Connected]:
    connected = Connected(callbacks)
    yield connected
    connected.close()


def test_a_suspension_that_meets_the_end_leaves_no_idle_worker_stopped(
    connected: Connected,
) -> None:
    worker = connected.process.pid()
    connected.say(Report.HELLO, worker, PROTOCOL_VERSION)
    connected.say(Report.BEGIN, 1)
    connected.suspend(1, seq=1)
    connected.timer.passes(GRACE_MS)
    assert connected.control.standing == {worker}
    late = threading.Thread(target=lambda: connected.suspend(1, seq=2))

    def meanwhile() -> None:
        late.start()
        late.join(0.5)  # it waits, where it is not to be heard before the end

    connected.control.at_continue = meanwhile
    connected.say(Report.END, 1)
    late.join()
    connected.hears()
    connected.timer.passes(NO_SUSPEND_MS)
    assert connected.control.standing == set()
    # The next task has its own gate, and hears nothing of that.
    connected.say(Report.BEGIN, 2)
    connected.timer.passes(NO_SUSPEND_MS)
    assert connected.control.standing == set()
    assert connected.hears() == []
    connected.suspend(2, seq=1)
    assert connected.hears() == [(Request.SUSPEND, 2)]
    connected.timer.passes(GRACE_MS)
    assert connected.control.standing == {worker}


def test_a_worker_that_names_a_process_of_others_is_asked_and_never_held(
    connected: Connected,
) -> None:
    for stranger in (os.getpid(), 1, 999_999_999):
        connected.say(Report.HELLO, stranger, PROTOCOL_VERSION)
        connected.say(Report.BEGIN, 1)
        connected.suspend(1, seq=stranger)
        connected.timer.passes(GRACE_MS * 2)
        assert (Request.SUSPEND, 1) in connected.hears()
        assert connected.control.standing == set()
