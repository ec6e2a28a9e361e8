"""The executor of a run: it suspends the one task of one worker, itself or by a controller."""

from __future__ import annotations

import json
import time
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from neptune_bench.harness.drivers import environment
from neptune_bench.harness.program import BenchmarkError
from neptune_bench.mechanism.control import PATIENCE_S, Connection, Listener, Process, Shared
from neptune_bench.mechanism.plan import STOP
from neptune_bench.mechanism.worker import TASK_ID
from neptune_spark.controller.main import READY
from neptune_spark.controller.process_tree import Identity
from neptune_spark.worker.messages import Report, Request

ALIVE_EVERY_S: Final = 0.1
CONTROLLER: Final = (
    "import neptune_spark.controller.check; from neptune_spark.controller.main import main; main()"
)


class ProcessController(Process):
    """The process that stops and continues workers."""

    def __init__(self, directory: Path) -> None:
        super().__init__(["-c", CONTROLLER], directory, environment())
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
        self._shared = Shared(str(directory / "shared"), make=True)
        self._listener = Listener(socket_path)
        spec = {
            "variant": variant,
            "kind": kind,
            "iterations": iterations,
            "socket": socket_path,
            "shared": str(directory / "shared"),
        }
        self._worker = start_worker("suspended", spec, directory)
        self._controller: ProcessController | None = None
        self._connection: Connection | None = None
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
        return self._shared.progress

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
        self._shared.let_end()
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
        self._shared.close()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _accept(self) -> Connection:
        limit = time.monotonic() + PATIENCE_S
        while not self._listener.is_called(ALIVE_EVERY_S):
            if self._worker.ended or time.monotonic() > limit:
                raise BenchmarkError(
                    f"The {self._variant} worker did not connect; {self._worker.errors()}"
                )
        return Connection(self._listener.accepted())

    def _request(self, kind: Request, sequence: int) -> None:
        assert self._connection is not None
        with suppress(OSError):  # without the worker there will be no answer
            self._connection.request(kind, TASK_ID, sequence)

    def _expect(self, kind: Report, task_id: int, sequence: int | None) -> None:
        """Wait for the worker's next frame, which must be this one (None: any number).

        A task that seems to be busy in another way, on a busy machine, is suspended no less.
        """
        assert self._connection is not None
        try:
            frame = self._connection.next()
        except (OSError, EOFError):  # also when it takes too long
            frame = None
        if frame is None:
            raise BenchmarkError(
                f"The {self._variant} worker did not say {kind.name}; {self._worker.errors()}"
            )
        said = Report.SUSPENDED if frame.kind is Report.SUSPENDED_MAYBE_BUSY else frame.kind
        if (said, frame.task_id) != (kind, task_id) or sequence not in (None, frame.sequence):
            raise BenchmarkError(f"The {self._variant} worker said {frame}, not {kind.name}.")


def start_worker(mode: str, spec: dict[str, Any], directory: Path) -> Process:
    """Start a worker process (see `mechanism.worker`)."""
    words = ["-m", "neptune_bench.mechanism.worker", mode, json.dumps(spec)]
    return Process(words, directory, environment())
