"""The executor of `neptune_bench`, which asserts what its worker says, and a worker for it."""

from __future__ import annotations

import contextlib
import os
import select
import time
from collections.abc import Iterator
from pathlib import Path

from neptune_bench.mechanism import control
from neptune_bench.mechanism.control import PATIENCE_S, Frame, Listener, Process, Shared
from neptune_spark.worker.messages import PROTOCOL_VERSION, Report, Request

ROOT = Path(__file__).parents[3]
SCENARIOS = "tests.unit.worker.scenarios"
# As the executor does; see `Connection.suspend`.
REMIND_AFTER_S = 0.2


STANDS = (Report.SUSPENDED, Report.SUSPENDED_MAYBE_BUSY)


class Connection(control.Connection):
    """The executor's end of one worker's control connection."""

    def expect(self, kind: Report, task_id: int, sequence: int = 0) -> None:
        assert self.next() == (kind, task_id, sequence)

    def expect_suspended(self, task_id: int, sequence: int) -> None:
        """Whether the task seems to be alone depends on how busy the machine is."""
        seen = self.next()
        assert seen is not None
        assert seen.kind in STANDS
        assert seen[1:] == (task_id, sequence)

    def expect_end(self) -> None:
        assert self.next() is None

    def suspend(self, task_id: int, sequence: int) -> Report:
        """Suspend a task, and return the first answer.

        With reminders: see `WorkerHold`, the real executor's, for why a worker may need them.
        """
        asked = 1
        self.request(Request.SUSPEND, task_id, sequence)
        while not self.is_answered(REMIND_AFTER_S):
            assert asked * REMIND_AFTER_S < PATIENCE_S, "the worker is deaf"
            asked += 1
            self.request(Request.SUSPEND, task_id, sequence)
        answers = [self.next() for _ in range(asked)]
        for answer in answers:
            assert answer is not None
            assert answer[1:] == (task_id, sequence)
            assert answer.kind in STANDS or answer.kind is Report.UNREACHABLE
        assert answers[0] is not None
        return answers[0].kind

    def resume(self, task_id: int, sequence: int) -> None:
        self.request(Request.RESUME, task_id, sequence)
        self.expect(Report.RESUMED, task_id, sequence)


class FakeExecutor(Listener):
    """Listens on a control socket: that of a path, or of the loopback interface."""

    def __init__(self, path: str | None) -> None:
        super().__init__(path)
        self.place = self._listener.getsockname()
        self._connections: list[Connection] = []

    def allow_waiting(self, connections: int) -> None:
        """Let at most about so many connections wait to be accepted."""
        self._listener.listen(connections)

    def turn_one_away(self) -> None:
        """Accept a connection and close it."""
        self._listener.accept()[0].close()

    def accept(self, pid: int | None = None) -> Connection:
        """Wait for a worker to connect and to say hello."""
        self._connections.append(Connection(self.accepted()))
        hello = self._connections[-1].next()
        assert hello is not None
        assert hello == Frame(Report.HELLO, pid or hello.task_id, PROTOCOL_VERSION)
        return self._connections[-1]

    def close(self) -> None:
        for connection in self._connections:
            connection.close()
        super().close()


class WorkerProcess(Process):
    """A process that runs one of the functions of `scenarios` under a hub."""

    def __init__(self, scenario: str, executor: FakeExecutor, directory: str) -> None:
        shared_path = os.path.join(directory, "shared")
        self.shared = Shared(shared_path, make=True)
        words = ["-m", SCENARIOS, scenario, executor.address, shared_path]
        # As Spark starts workers: PySpark 3.5 imports numpy, which would start threads.
        numpy = {"OMP_NUM_THREADS": "1"}
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **numpy}
        super().__init__(words, Path(directory), environment)

    def silent(self) -> bool:
        """Whether the worker has said nothing that was not heard yet."""
        return not self._said and not select.select([self._out], [], [], 0)[0]

    def hears(self, line: str) -> None:
        """Wait for the worker's next line, and check it."""
        assert self.line() == line

    def progresses(self) -> None:
        """Wait until the worker's task has done some more."""
        before, deadline = self.shared.progress, time.monotonic() + PATIENCE_S
        while self.shared.progress == before:
            assert time.monotonic() < deadline, "the task stands still"
            assert not self.ended, f"the worker ended; {self.errors()}"
            time.sleep(0.0005)

    def ends(self, code: int = 0) -> str:
        """Wait for the worker's end, check its exit code, and return what it wrote to stderr."""
        assert self._process.wait(PATIENCE_S) == code, self.errors()
        assert self._said + self._out.read() == b""
        return self.errors()

    def end_hard(self) -> None:
        """Kill the worker, as Spark does with one that does not end."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Clean up: kill the worker if it still lives, and close everything."""
        super().close()
        self.shared.close()


@contextlib.contextmanager
def listening(path: str | None) -> Iterator[FakeExecutor]:
    executor = FakeExecutor(path)
    try:
        yield executor
    finally:
        executor.close()
