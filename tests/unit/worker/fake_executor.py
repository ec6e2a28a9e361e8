"""The executor's side of the control channel, and a worker process that it drives, for tests."""

from __future__ import annotations

import contextlib
import mmap
import os
import select
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from neptune_spark.worker.messages import FRAME_BYTES, PROTOCOL_VERSION, Report, Request, encode

ROOT = Path(__file__).parents[3]
SCENARIOS = "tests.unit.worker.scenarios"
# Only bounds a hang: no assertion depends on how long anything takes.
PATIENCE_S = 30.0
# As the executor does; see `Connection.suspend`.
REMIND_AFTER_S = 0.2


STANDS = (Report.SUSPENDED, Report.SUSPENDED_MAYBE_BUSY)


class Seen(NamedTuple):
    """A frame that the worker sent."""

    kind: Report
    task_id: int
    sequence: int


class Connection:
    """The executor's end of one worker's control connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._socket.settimeout(PATIENCE_S)

    def request(self, kind: Request, task_id: int, sequence: int = 0) -> None:
        self.send(encode(kind, task_id, sequence))

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def next(self) -> Seen | None:
        """The next frame of the worker's; None at the end of the connection."""
        frame = b""
        while len(frame) < FRAME_BYTES:
            data = self._socket.recv(FRAME_BYTES - len(frame))
            if not data:
                assert frame == b""
                return None
            frame += data
        kind, task_id, sequence = struct.unpack(">Bqq", frame)
        return Seen(Report(kind), task_id, sequence)

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
        while not select.select([self._socket], [], [], REMIND_AFTER_S)[0]:
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

    def close(self) -> None:
        self._socket.close()


class FakeExecutor:
    """Listens on a control socket.

    Parameters
    ----------
    path
        Of a Unix socket; or None, for the loopback interface.
    """

    def __init__(self, path: str | None) -> None:
        self._token = b"" if path else b"secret"
        if path is None:
            self._listener = socket.create_server(("127.0.0.1", 0))
            self.place = self._listener.getsockname()
            self.address = f"tcp://secret@127.0.0.1:{self.place[1]}"
        else:
            self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._listener.bind(path)
            self._listener.listen()
            self.place = self.address = path
        self._listener.settimeout(PATIENCE_S)
        self._connections: list[Connection] = []

    def allow_waiting(self, connections: int) -> None:
        """Let at most about so many connections wait to be accepted."""
        self._listener.listen(connections)

    def turn_one_away(self) -> None:
        """Accept a connection and close it."""
        self._listener.accept()[0].close()

    def accept(self, pid: int | None = None) -> Connection:
        """Wait for a worker to connect and to say hello."""
        connection, _ = self._listener.accept()
        assert connection.recv(len(self._token), socket.MSG_WAITALL) == self._token
        self._connections.append(Connection(connection))
        hello = self._connections[-1].next()
        assert hello is not None
        assert hello.kind is Report.HELLO
        assert pid is None or hello.task_id == pid
        assert hello.sequence == PROTOCOL_VERSION
        return self._connections[-1]

    def close(self) -> None:
        for connection in self._connections:
            connection.close()
        self._listener.close()


class Shared:
    """Two integers in memory that a worker and its test share: progress, and leave to end."""

    def __init__(self, path: str) -> None:
        with open(path, "r+b") as file:
            self._map = mmap.mmap(file.fileno(), 16)
        self.numbers = memoryview(self._map).cast("q")

    @property
    def progress(self) -> int:
        return self.numbers[0]

    def let_end(self) -> None:
        self.numbers[1] = 1

    def close(self) -> None:
        self.numbers.release()
        self._map.close()


class WorkerProcess:
    """A process that runs one of the functions of `scenarios` under a hub."""

    def __init__(self, scenario: str, executor: FakeExecutor, directory: str) -> None:
        shared_path = os.path.join(directory, "shared")
        Path(shared_path).write_bytes(bytes(16))
        self.shared = Shared(shared_path)
        self._process = subprocess.Popen(
            [sys.executable, "-m", SCENARIOS, scenario, executor.address, shared_path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            # As Spark starts workers: PySpark 3.5 imports numpy, which would start threads.
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "PYTHONUNBUFFERED": "1",
                "OMP_NUM_THREADS": "1",
            },
        )
        self.pid = self._process.pid
        self._heard = b""

    def tell(self, line: str) -> None:
        """Write a line to the worker's standard input."""
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    def silent(self) -> bool:
        """Whether the worker has said nothing that was not heard yet."""
        assert self._process.stdout is not None
        return not self._heard and not select.select([self._process.stdout], [], [], 0)[0]

    def hears(self, line: str) -> None:
        """Wait for the worker's next line, and check it."""
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        while b"\n" not in self._heard:
            assert select.select([descriptor], [], [], PATIENCE_S)[0], f"no word, waiting: {line}"
            data = os.read(descriptor, 4096)
            assert data, f"the worker ended, waiting for: {line}; {self.errors()}"
            self._heard += data
        said, self._heard = self._heard.split(b"\n", 1)
        assert said.decode() == line

    def progresses(self) -> None:
        """Wait until the worker's task has done some more."""
        before, deadline = self.shared.progress, time.monotonic() + PATIENCE_S
        while self.shared.progress == before:
            assert time.monotonic() < deadline, "the task stands still"
            assert self._process.poll() is None, f"the worker ended; {self.errors()}"
            time.sleep(0.0005)

    def errors(self) -> str:
        """All that the worker wrote to standard error; waits for its end."""
        assert self._process.stderr is not None
        return self._process.stderr.read().decode()

    def ends(self, code: int = 0) -> str:
        """Wait for the worker's end, check its exit code, and return what it wrote to stderr."""
        assert self._process.wait(PATIENCE_S) == code, self.errors()
        assert self._process.stdout is not None
        assert self._heard + self._process.stdout.read() == b""
        return self.errors()

    def end_hard(self) -> None:
        """Kill the worker, as Spark does with one that does not end."""
        self._process.kill()
        self._process.wait()

    def kill(self) -> None:
        """Clean up: kill the worker if it still lives, and close everything."""
        self.end_hard()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        self.shared.close()


@contextlib.contextmanager
def listening(path: str | None) -> Iterator[FakeExecutor]:
    executor = FakeExecutor(path)
    try:
        yield executor
    finally:
        executor.close()
