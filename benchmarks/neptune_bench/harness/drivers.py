"""Runs Spark applications, each in a fresh driver process, and ends them whatever happens."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from neptune_bench.harness.program import BenchmarkError, unbroken

STOP_S = 5.0
HEARTBEAT_S = 1.0
LOG_LINES = 25
CHUNK_BYTES = 1 << 16

State = dict[str, object]
Report = Callable[..., None]
"""What a driver process tells its progress with (see `reporting`)."""


def environment() -> dict[str, str]:
    """Return the environment of an application: this interpreter, with its packages, everywhere."""
    return {
        **os.environ,
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "PYTHONWARNINGS": "ignore",
    }


@dataclass(frozen=True)
class Driver:
    """A driver process: ``python -m MODULE WORDS... FD``; it tells its progress on descriptor FD.

    Args:
        title: what it is, for the error.
        module, words: the application and its arguments.
        directory: where it works and leaves its log; should be empty.
    """

    title: str
    module: str
    words: Sequence[str]
    directory: Path

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return self.directory / "driver.log"


@contextlib.contextmanager
def reporting(descriptor: str) -> Iterator[Report]:
    """Yield what a driver process tells its progress with, as keywords; `drive_all` hears it.

    It is told again each second, so that both sides learn that the other, or what it has started,
    is gone. THREADING: any thread may call what is yielded; one of our own repeats it.

    Args:
        descriptor: the last of its arguments.
    """
    over, telling = threading.Event(), threading.Lock()
    last: State = {}
    with os.fdopen(int(descriptor), "w", buffering=1) as pipe:

        def tell() -> None:
            try:
                pipe.write(json.dumps(last) + "\n")
            except BrokenPipeError:
                # The benchmark was killed: nobody else ends our group, the JVM and the feeder.
                os.killpg(0, signal.SIGTERM)
                raise

        def report(**state: object) -> None:
            nonlocal last
            with telling:
                last = state
                tell()

        def repeat() -> None:
            while not over.wait(HEARTBEAT_S):
                with telling:
                    if last:
                        tell()

        beating = threading.Thread(target=repeat, daemon=True)
        beating.start()
        try:
            yield report
        finally:
            over.set()
            beating.join()


def drive_all(drivers: Sequence[Driver], show: Callable[[int, State], None]) -> None:
    """Run driver processes to their end, all at the same time.

    Args:
        drivers: which; each has a directory of its own.
        show: called with the number of a driver and a state that it reports, a line of JSON.

    Raises:
        BenchmarkError: if one fails, with the end of its log; the others are ended.
    """
    processes: list[subprocess.Popen[bytes]] = []
    with contextlib.ExitStack() as stack, selectors.DefaultSelector() as selector:
        for number, driver in enumerate(drivers):
            source, sink = os.pipe()
            stack.callback(os.close, source)
            try:
                with unbroken():
                    process = _start(driver, sink)
                    stack.callback(stop, process)
            finally:
                os.close(sink)
            processes.append(process)
            selector.register(source, selectors.EVENT_READ, number)
        rests = [b""] * len(drivers)
        while selector.get_map():
            for key, _ in selector.select():
                number = key.data
                chunk = os.read(key.fd, CHUNK_BYTES)
                *lines, rests[number] = (rests[number] + chunk).split(b"\n")
                for line in lines:
                    show(number, json.loads(line))
                if not chunk:
                    selector.unregister(key.fd)
                    _finish(drivers[number], processes[number])


def _start(driver: Driver, sink: int) -> subprocess.Popen[bytes]:
    with driver.log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", driver.module, *driver.words, str(sink)],
            env=environment(),
            # Whatever has a benchmark's name where the user is must not be taken for its package.
            cwd=driver.directory,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=(sink,),
            start_new_session=True,
        )


def _finish(driver: Driver, process: subprocess.Popen[bytes]) -> None:
    status = process.wait()
    if status != 0:
        # Whatever is left of it may still write to the log.
        stop(process)
        raise BenchmarkError(
            f"The {driver.title} run failed with status {status}; its log ends with:\n"
            + tail(driver.log.read_text(errors="replace"))
        )


def stop(process: subprocess.Popen[bytes]) -> None:
    """End `process` and its group (the JVM, the feeder), first gently; wait until it is gone.

    The Python workers leave by themselves when the JVM that forked them has gone.
    """
    with unbroken():
        for signal_number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, signal_number)
            except ProcessLookupError:
                break
            limit = time.monotonic() + STOP_S
            while time.monotonic() < limit and group_alive(process):
                time.sleep(0.05)
        process.wait()


def group_alive(process: subprocess.Popen[bytes]) -> bool:
    """Return whether any process of `process`'s group is left."""
    process.poll()
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return False
    return True


def tail(text: str) -> str:
    """Return the last lines of `text`."""
    return "\n".join(text.strip().splitlines()[-LOG_LINES:])
