"""PySpark's worker for one task, with a hub: what Spark starts where it may not use a daemon.

Started as `python -m neptune_spark.worker.main`, because of the setting
`spark.python.worker.module`, which counts when `spark.python.use.daemon` is false. A worker module
of the user's is run in the place of PySpark's.
"""

from __future__ import annotations

import os
import runpy
import struct
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import IO, Any

from pyspark import worker, worker_util

from neptune_spark._errors import TaskCancelled
from neptune_spark.worker import users_module
from neptune_spark.worker.hub import own_hub
from neptune_spark.worker.task import announce_tasks


def connection() -> AbstractContextManager[IO[bytes]]:
    """Connect to the executor, as PySpark's worker does, but wait for it as long as it takes.

    PySpark leaves the time-out of the authentication on the connection, 15 s. A task that is
    suspended for longer, while it waits for its next record, would fail by that.
    """
    if hasattr(worker_util, "get_sock_file_to_executor"):
        return worker_util.get_sock_file_to_executor(None)
    return _as_main_program()


@contextmanager
def _as_main_program() -> Iterator[IO[bytes]]:
    """Do what PySpark 3.5, 4.0 and 4.1 do where `pyspark.worker` is the main program."""
    connect: Any = worker.__dict__["local_connect_and_auth"]
    executor, connected = connect(
        # A path with PySpark 4.1, if the executor prefers that.
        os.environ.get("PYTHON_WORKER_FACTORY_SOCK_PATH")
        or int(os.environ["PYTHON_WORKER_FACTORY_PORT"]),
        os.environ.get("PYTHON_WORKER_FACTORY_SECRET"),
    )
    connected.settimeout(None)
    with executor:
        executor.write(struct.pack(">i", os.getpid()))
        executor.flush()
        yield executor


# Not in a function: a task may recurse as deep as in a worker of Spark's.
if __name__ == "__main__":
    announce_tasks(own_hub)
    try:
        if users := users_module.take("main"):
            runpy.run_module(users, run_name="__main__", alter_sys=True)
        else:
            with connection() as executor:
                worker.main(executor, executor)
    except TaskCancelled:
        # It struck after PySpark's worker had caught and reported all that the task may raise.
        sys.exit(1)
