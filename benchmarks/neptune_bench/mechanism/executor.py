"""The executor's end: a control socket, worker processes, and a controller, as the JVM has them."""

from __future__ import annotations

import json
import mmap
import os
import select
import socket
import struct
import subprocess
import sys
import time
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, NamedTuple

from neptune_bench.harness.drivers import environment
from neptune_bench.harness.program import BenchmarkError
from neptune_bench.mechanism.plan import STOP
from neptune_bench.mechanism.worker import LET_END, PROGRESS, SHARED_BYTES, TASK_ID
from neptune_spark.controller.main import READY
from neptune_spark.controller.process_tree import Identity
from neptune_spark.worker.messages import FRAME_BYTES, Report, Request, encode

# Only bounds a hang: a record takes 10 ms at most.
PATIENCE_S: Final = 60.0
ALIVE_EVERY_S: Final = 0.1
CONTROLLER: Final = (
    "import neptune_spark.controller.check; from neptune_spark.controller.main import main; main()"
)


class Frame(NamedTuple):
    """What a worker said."""

    kind: Report
    task_id: int
    sequence: int


class Process:
    """A Python process that answers in lines, and that does not outlive this object's `close`."""

    def __init__(self, words: list[str], directory: Path) -> None:
        self._errors = (directory / "stderr").open("w+b")
        self._process = subprocess.Popen(
            [sys.executable, *words],
            cwd=directory,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )
        self.pid = self._process.pid
        self._in, self._out = _streams(self._process)
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
        return line.decode().strip()

    def errors(self) -> str:
        """Return what it wrote to standard error."""
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace").strip()

    def close(self) -> None:
        """Kill it, if it still lives."""
        self._process.kill()
        self._process.wait()
        for stream in (self._in, self._out, self._errors):
            stream.close()

    def __str__(self) -> str:
        return "worker process"


def _streams(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    assert process.stdin is not None and process.stdout is not None
    return process.stdin, process.stdout


class ProcessController(Process):
    """The process that stops and continues workers."""

    def __init__(self, directory: Path) -> None:
        super().__init__(["-c", CONTROLLER], directory)
        self._number = 0
        try:
            if (said := self.line()) != READY:
                raise BenchmarkError(f"The controller did not start: {said}")
        except BaseException:
            self.close()
            raise

    def ask(self, word: str, pid: int, *rest: int) -> None:
        """Have a worker's processes stopped or continued; returns when that is done."""
        self._number += 1
        self.say(" ".join(map(str, (word, self._number, Identity.of(pid), *rest))))
        while (said := self.line()).startswith("stopping"):
            pass
        if said != f"done {self._number}":
            raise BenchmarkError(f"The controller answered {said!r} to {word}.")

    def __str__(self) -> str:
        return "controller"


class Executor(AbstractContextManager["Executor"]):
    """Listens on a control socket, and suspends the one task of one worker."""

    def __init__(self, directory: Path, variant: str, kind: str, iterations: int) -> None:
        self._variant = variant
        socket_path = str(directory / "control")
        (directory / "shared").write_bytes(bytes(SHARED_BYTES))
        with (directory / "shared").open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), SHARED_BYTES)
        self._numbers = memoryview(self._map).cast("q")
        self._listener = listen(socket_path)
        spec = {
            "variant": variant,
            "kind": kind,
            "iterations": iterations,
            "socket": socket_path,
            "shared": str(directory / "shared"),
        }
        self._worker = start_worker("suspended", spec, directory)
        self._controller: ProcessController | None = None
        self._connection: socket.socket | None = None
        try:
            if variant == STOP:
                (directory / "controller").mkdir()
                self._controller = ProcessController(directory / "controller")
            self._connection = self._accept()
            self._expect(Report.HELLO, self._worker.pid, None)
            self._expect(Report.BEGIN, TASK_ID, 0)
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """The worker's process id."""
        return self._worker.pid

    @property
    def progress(self) -> int:
        """How many records the task has done."""
        return self._numbers[PROGRESS]

    def suspend(self, sequence: int) -> None:
        """Suspend the task; returns when it says, or when the controller says, that it is."""
        if self._controller is not None:
            self._controller.ask("hold", self._worker.pid, 0)
        else:
            self._request(Request.SUSPEND, sequence)
            self._expect(Report.SUSPENDED, TASK_ID, sequence)

    def resume(self, sequence: int) -> None:
        """Resume the task; returns when it says, or when the controller says, that it runs."""
        if self._controller is not None:
            self._controller.ask("continue", self._worker.pid)
        else:
            self._request(Request.RESUME, sequence)
            self._expect(Report.RESUMED, TASK_ID, sequence)

    def end(self) -> None:
        """Let the task end, and check that nothing was lost and nothing more was said.

        Raises:
            BenchmarkError: if the worker counts other records than were seen.
        """
        self._numbers[LET_END] = 1
        self._expect(Report.END, TASK_ID, 0)
        counted = int(self._worker.line())
        if counted != self.progress:
            raise BenchmarkError(f"A task did {self.progress} records and counts {counted}.")

    def close(self) -> None:
        """End all processes and connections."""
        self._worker.close()
        if self._controller is not None:
            self._controller.close()
        if self._connection is not None:
            self._connection.close()
        self._listener.close()
        self._numbers.release()
        self._map.close()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _accept(self) -> socket.socket:
        limit = time.monotonic() + PATIENCE_S
        while not select.select([self._listener], [], [], ALIVE_EVERY_S)[0]:
            if self._worker.ended or time.monotonic() > limit:
                raise BenchmarkError(
                    f"The {self._variant} worker did not connect; {self._worker.errors()}"
                )
        connection, _ = self._listener.accept()
        connection.settimeout(PATIENCE_S)
        return connection

    def _request(self, kind: Request, sequence: int) -> None:
        assert self._connection is not None
        with suppress(OSError):  # without the worker there will be no answer
            self._connection.sendall(encode(kind, TASK_ID, sequence))

    def _expect(self, kind: Report, task_id: int, sequence: int | None) -> None:
        """Wait for the worker's next frame, which must be this one (None: any number).

        A task that seems to be busy in another way, on a busy machine, is suspended no less.
        """
        assert self._connection is not None
        try:
            data = self._connection.recv(FRAME_BYTES, socket.MSG_WAITALL)
        except OSError:  # also when it takes too long
            data = b""
        if len(data) != FRAME_BYTES:
            raise BenchmarkError(
                f"The {self._variant} worker did not say {kind.name}; {self._worker.errors()}"
            )
        number, *others = struct.unpack(">Bqq", data)
        number = Report.SUSPENDED if number == Report.SUSPENDED_MAYBE_BUSY else number
        frame = Frame(Report(number), *others)
        if frame[:2] != (kind, task_id) or sequence not in (None, frame.sequence):
            raise BenchmarkError(f"The {self._variant} worker said {frame}, not {kind.name}.")


def listen(path: str) -> socket.socket:
    """Return a listening control socket; it holds what nobody accepts or reads, too."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen(128)
    return listener


def start_worker(mode: str, spec: dict[str, Any], directory: Path) -> Process:
    """Start a worker process (see `mechanism.worker`)."""
    return Process(["-m", "neptune_bench.mechanism.worker", mode, json.dumps(spec)], directory)
