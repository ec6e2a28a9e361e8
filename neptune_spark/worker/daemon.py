"""PySpark's daemon, whose forked workers run their tasks under a hub.

Started by Spark as `python -m neptune_spark.worker.daemon <worker module>`, because of the setting
`spark.python.daemon.module`. All but the hub is PySpark's own: its `manager` forks, and reads the
worker module's name from `sys.argv`, which is left alone.
"""

from __future__ import annotations

import os
import signal
import struct
from collections.abc import Callable
from functools import wraps
from socket import MSG_PEEK, MSG_WAITALL, socket
from typing import ParamSpec

from pyspark import daemon

from neptune_spark.worker.errors import TaskCancelled
from neptune_spark.worker.hub import Hub
from neptune_spark.worker.spare import Experience
from neptune_spark.worker.task import announce_tasks

P = ParamSpec("P")

CANCELLED_EXIT_CODE = 1
"""Not 0, so that a worker whose task was cancelled half-way is not used again."""


def under_hub(worker: Callable[P, int]) -> Callable[P, int]:
    """Return PySpark's `worker` (one call: one task) such that each call runs under one hub.

    The hub is made at the first call and not before: that is after the fork, so that neither
    greenlets nor a connection are shared between processes.
    """
    hub: Hub | None = None

    @wraps(worker)
    def run_task(*args: P.args, **kwargs: P.kwargs) -> int:
        nonlocal hub
        if hub is None:
            hub = Hub()
            announce_tasks(hub)
        try:
            return hub.run(worker, *args, **kwargs)
        except TaskCancelled:
            # It struck after PySpark's worker had caught and reported all that the task may raise.
            return CANCELLED_EXIT_CODE

    return run_task


def experienced(
    worker: Callable[[socket, bool], int], experience: Experience
) -> Callable[[socket, bool], int]:
    """Return PySpark's `worker` such that each process prepares itself for its first task.

    It authenticates its peer first, as `worker` would: what comes after that is the task.
    """
    first = True

    @wraps(worker)
    def run_task(sock: socket, authenticated: bool) -> int:
        nonlocal first
        if first:
            first = False
            for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)  # the fork has the daemon's own handlers
            authenticated = authenticated or authenticate(sock)
            if authenticated:
                experience.prepare(sock)
        return worker(sock, authenticated)

    return run_task


def authenticate(sock: socket) -> bool:
    """Take the secret that the executor sends first and accept it, if it is right.

    A wrong one is left in the socket, for `worker` to refuse.
    """
    secret = os.environ["PYTHON_WORKER_FACTORY_SECRET"].encode()
    size = struct.pack(">i", len(secret))
    expected = size + secret
    if (
        sock.recv(len(size), MSG_PEEK | MSG_WAITALL) != size
        or sock.recv(len(expected), MSG_PEEK | MSG_WAITALL) != expected
    ):
        return False
    sock.recv(len(expected), MSG_WAITALL)
    sock.sendall(struct.pack(">i", 2) + b"ok")
    return True


def main() -> None:
    """Run the daemon until Spark closes its standard input."""
    daemon.worker = experienced(under_hub(daemon.worker), Experience())  # type: ignore[assignment]  # the wrap
    daemon.manager()


if __name__ == "__main__":
    main()
