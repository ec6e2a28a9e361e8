"""An executor without a JVM: it listens on a control socket, and starts workers that speak there.

It is what the benchmark suspends workers by, and what the tests of `neptune_spark.worker` play the
executor with; so it is written for the oldest Python that the package runs on.
"""

from __future__ import annotations

import mmap
import os
import select
import socket
import struct
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from neptune_bench.harness.program import BenchmarkError
from neptune_spark.worker.messages import FRAME_BYTES, Report, Request, encode

# Only bounds a hang: a record takes 10 ms at most.
PATIENCE_S = 60.0
# The places of what a worker and its executor share.
PROGRESS, LET_END = range(2)


class Frame(NamedTuple):
    """What a worker said."""

    kind: Report
    task_id: int
    sequence: int


class Connection:
    """The executor's end of one worker's control connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._socket.settimeout(PATIENCE_S)

    def request(self, kind: Request, task_id: int, sequence: int = 0) -> None:
        """Ask something of the worker."""
        self.send(encode(kind, task_id, sequence))

    def send(self, data: bytes) -> None:
        """Send bytes, which need be no frame."""
        self._socket.sendall(data)

    def is_answered(self, within_s: float) -> bool:
        """Wait until there is something to receive; return whether there is."""
        return bool(select.select([self._socket], [], [], within_s)[0])

    def next(self) -> Frame | None:
        """Wait for the worker's next frame, and return it; None at the end of the connection.

        Raises:
            OSError: if the worker is silent.
            EOFError: if the connection ends within a frame.
        """
        data = self._socket.recv(FRAME_BYTES)
        while 0 < len(data) < FRAME_BYTES:
            more = self._socket.recv(FRAME_BYTES - len(data))
            if not more:
                raise EOFError(f"{len(data)} bytes of a frame, and no more")
            data += more
        if not data:
            return None
        kind, task_id, sequence = struct.unpack(">Bqq", data)
        return Frame(Report(kind), task_id, sequence)

    def close(self) -> None:
        """Close it."""
        self._socket.close()


class Listener:
    """A listening control socket; it holds what nobody accepts, too.

    Args:
        path: of a Unix socket; or None, for the loopback interface.
    """

    def __init__(self, path: str | None) -> None:
        self._token = b"" if path else b"secret"
        if path is None:
            self._listener = socket.create_server(("127.0.0.1", 0))
            port = self._listener.getsockname()[1]
            self.address = f"tcp://{self._token.decode()}@127.0.0.1:{port}"
        else:
            self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._listener.bind(path)
            self._listener.listen()
            self.address = path
        self._listener.settimeout(PATIENCE_S)

    def is_called(self, within_s: float) -> bool:
        """Wait until a worker connects; return whether one does."""
        return bool(select.select([self._listener], [], [], within_s)[0])

    def accepted(self) -> socket.socket:
        """Wait for a worker to connect and to show the token, if there is one.

        Raises:
            OSError: if nobody connects.
            PermissionError: if it shows another token.
        """
        connection, _ = self._listener.accept()
        if connection.recv(len(self._token), socket.MSG_WAITALL) != self._token:
            connection.close()
            raise PermissionError("a connection without the token")
        return connection

    def close(self) -> None:
        """Close the socket."""
        self._listener.close()


class Shared:
    """Two integers in memory that a worker and its executor share: progress, and leave to end.

    Args:
        path: of the file that both map.
        make: whether to make the file.
    """

    def __init__(self, path: str, make: bool = False) -> None:
        if make:
            Path(path).write_bytes(bytes(16))
        with open(path, "r+b") as file:
            self._map = mmap.mmap(file.fileno(), 16)
        self.numbers = memoryview(self._map).cast("q")

    @property
    def progress(self) -> int:
        """How much the task has done."""
        return self.numbers[PROGRESS]

    def let_end(self) -> None:
        """Let the task end."""
        self.numbers[LET_END] = 1

    def close(self) -> None:
        """Unmap the memory."""
        self.numbers.release()
        self._map.close()


class Process:
    """A Python process that answers in lines, and that does not outlive this object's `close`.

    Args:
        words: Python's arguments.
        directory: where it works, and leaves what it writes to standard error.
        environment: its environment.
    """

    def __init__(
        self, words: Sequence[str], directory: Path, environment: Mapping[str, str]
    ) -> None:
        self._errors = directory / "stderr"
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, *words],
                cwd=directory,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        self.pid = self._process.pid
        assert self._process.stdin is not None and self._process.stdout is not None
        self._in, self._out = self._process.stdin, self._process.stdout
        self._said = b""

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return self._process.poll() is not None

    def say(self, line: str) -> None:
        """Write a line to its standard input."""
        with suppress(BrokenPipeError):  # without it there will be no answer
            os.write(self._in.fileno(), line.encode() + b"\n")

    def line(self) -> str:
        """Wait for its next line, and return it.

        Raises:
            BenchmarkError: if it ended, or is silent.
        """
        while b"\n" not in self._said:
            if not select.select([self._out], [], [], PATIENCE_S)[0]:
                raise BenchmarkError(f"A {self} was silent for {PATIENCE_S:g} s.")
            data = os.read(self._out.fileno(), 65536)
            if not data:
                raise BenchmarkError(f"A {self} ended early; {self.errors()}")
            self._said += data
        line, self._said = self._said.split(b"\n", 1)
        return line.decode()

    def errors(self) -> str:
        """Return what it wrote to standard error so far."""
        return self._errors.read_text(errors="replace").strip()

    def close(self) -> None:
        """Kill it, if it still lives."""
        self._process.kill()
        self._process.wait()
        for stream in (self._in, self._out):
            with suppress(BrokenPipeError):
                stream.close()

    def __str__(self) -> str:
        return "worker process"
