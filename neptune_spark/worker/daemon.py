"""PySpark's daemon, whose forked workers have a hub.

Started by Spark as `python -m neptune_spark.worker.daemon <worker module>`, because of the setting
`spark.python.daemon.module`. All but the hub is PySpark's own: its `manager` forks, and reads the
worker module's name from `sys.argv`, which is left alone. A daemon module of the user's is run in
the place of PySpark's.
"""

from __future__ import annotations

import os
import runpy
import signal
import struct
from functools import wraps
from socket import MSG_PEEK, MSG_WAITALL, socket
from typing import Callable

from pyspark import daemon

from neptune_spark.worker import users_module
from neptune_spark.worker.acknowledging import Acknowledgements
from neptune_spark.worker.hub import own_hub
from neptune_spark.worker.preload import Preloader
from neptune_spark.worker.task import announce_tasks

Worker = Callable[[socket, bool], int]


def preloading(worker: Worker, preloader: Preloader, acknowledgements: Acknowledgements) -> Worker:
    """Return PySpark's `worker` (one call: one task) such that it prepares for its first task.

    It authenticates its peer first, as `worker` would: what comes after that is the task. Then it
    gives its place to `worker`, and returns as if it had run a task: the tasks themselves run as
    deep on the stack as in a worker of Spark's.
    """
    first = True

    @wraps(worker)
    def run_task(sock: socket, authenticated: bool) -> int:
        nonlocal first
        if first:
            first = False
            acknowledgements.are_at(sock)
            for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)  # the fork has the daemon's own handlers
            authenticated = authenticated or authenticate(sock)
            if authenticated:
                preloader.prepare(sock)
                # Not where a daemon of the user's has wrapped this: it would count one too many.
                if daemon.worker is run_task and "SPARK_REUSE_WORKER" in os.environ:
                    daemon.worker = worker  # type: ignore[assignment]  # its arguments' names
                    return 0
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


# Not in a function: a task may recurse as deep as in a worker of Spark's.
if __name__ == "__main__":
    acknowledgements = Acknowledgements()
    announce_tasks(own_hub, acknowledgements.acknowledge)
    # Where a worker runs one task only, none awaits its first (`SpareWorkers`), and that one would
    # run a frame deeper.
    if "SPARK_REUSE_WORKER" in os.environ:
        daemon.worker = preloading(daemon.worker, Preloader(), acknowledgements)  # type: ignore[assignment]  # likewise
    if users := users_module.take("daemon"):
        runpy.run_module(users, run_name="__main__", alter_sys=True)
    else:
        daemon.manager()
