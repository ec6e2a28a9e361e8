"""Servers beside Spark, on free ports of this machine: started, waited for, and stopped."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from neptune_bench.harness import keeper
from neptune_bench.harness.drivers import tail
from neptune_bench.harness.program import BenchmarkError, unbroken

T = TypeVar("T")

# Only bounds a hang: several JVMs may start at once, on a busy machine.
START_S: Final = 300.0
STOP_S: Final = 10.0
POLL_S: Final = 0.05

TAKEN: Final = "Address already in use"
"""What the system calls a port that somebody else has, and so all servers' logs do."""
PORT_ATTEMPTS: Final = 5


class PortTaken(BenchmarkError):
    """A server did not start because somebody has one of its ports; others may be free."""


@dataclass(frozen=True)
class Server:
    """A server that has been started.

    Args:
        title: what it is, for the error.
        process: it.
        log: where its output goes.
    """

    title: str
    process: subprocess.Popen[bytes]
    log: Path


@contextmanager
def started(
    title: str,
    command: Sequence[str],
    directory: Path,
    env: Mapping[str, str] | None = None,
    *,
    tied: bool = False,
) -> Iterator[Server]:
    """Start a server that works in a directory, with its log there; stop it at the end.

    It has a session of its own: what a terminal sends to all reaches it through us.

    Args:
        title: what it is, for the error.
        command: its program and words.
        directory: where it works; made if need be.
        env: its environment; None for ours.
        tied: whether its standard input is a pipe that closes when we end, whatever ends us.
    """
    directory.mkdir(parents=True, exist_ok=True)
    log = directory / "server.log"
    with contextlib.ExitStack() as stack:
        with log.open("wb") as output, unbroken():
            process = subprocess.Popen(
                command,
                cwd=directory,
                env=env,
                stdin=subprocess.PIPE if tied else subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
            server = Server(title, process, log)
            stack.callback(stop, process)
        yield server


@contextmanager
def kept(
    title: str,
    command: Sequence[str],
    directory: Path,
    env: Mapping[str, str] | None = None,
    processors: Collection[int] | None = None,
) -> Iterator[Server]:
    """Start a server as `started` does, which ends when we do, whatever ends us: even SIGKILL.

    Args:
        title, command, directory, env: see `started`.
        processors: where it runs; None for ours.
    """
    where = ",".join(map(str, sorted(processors or os.sched_getaffinity(0))))
    words = [sys.executable, "-I", "-S", str(Path(keeper.__file__)), where, *command]
    with started(title, words, directory, env, tied=True) as server:
        yield server


@contextmanager
def running(
    title: str, command: Sequence[str], directory: Path, ready: Callable[[], bool]
) -> Iterator[None]:
    """Run a server until the end, or until ours (see `kept`), from when it is `ready`.

    Raises:
        BenchmarkError: if it does not start, with the end of its log.
    """
    with kept(title, command, directory) as server:
        wait_until(ready, [server])
        yield


def wait_until(ready: Callable[[], bool], servers: Sequence[Server]) -> None:
    """Wait until servers are `ready`.

    Raises:
        PortTaken: if one ends because it can't have its port.
        BenchmarkError: if one ends otherwise, or the first of them is too slow.
    """
    limit = time.monotonic() + START_S
    while True:
        # Asked first: who has taken the port of one that has ended may answer in its place.
        is_ready = ready()
        ended = [server for server in servers if server.process.poll() is not None]
        if ended or (not is_ready and time.monotonic() > limit):
            failed = (ended or servers)[0]
            said = failed.log.read_text(errors="replace")
            kind = PortTaken if ended and TAKEN in said else BenchmarkError
            raise kind(f"{failed.title} did not start; its log ends with:\n{tail(said)}")
        if is_ready:
            return
        time.sleep(POLL_S)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stop a process, and wait: by SIGTERM, or by SIGKILL when that takes too long."""
    with unbroken():
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        finally:
            if process.stdin is not None:
                process.stdin.close()


def listening(port: int) -> bool:
    """Return whether somebody accepts connections on a port of this machine."""
    try:
        socket.create_connection(("127.0.0.1", port), 1.0).close()
    except OSError:
        return False
    return True


def free_ports(count: int) -> list[int]:
    """Return ports of this machine that nobody has, different ones."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]


@contextmanager
def on_free_ports(
    count: int, start: Callable[[list[int]], AbstractContextManager[T]]
) -> Iterator[T]:
    """Start servers on free ports; on others, if somebody takes one before they do.

    Args:
        count: how many ports they need.
        start: starts them, and raises PortTaken if they can't have these.
    """
    with contextlib.ExitStack() as stack:
        for left in reversed(range(PORT_ATTEMPTS)):
            try:
                made = stack.enter_context(start(free_ports(count)))
                break
            except PortTaken:
                if not left:
                    raise
        yield made
