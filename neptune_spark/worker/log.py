"""What a worker says to its executor's log."""

from __future__ import annotations

import contextlib
import os


def report(sentence: str) -> None:
    """Write one line to stderr, where Spark takes it to the executor's log.

    Not by `print`, whose lock the main thread may hold while it stands still.
    """
    with contextlib.suppress(OSError):
        os.write(2, f"neptune-spark worker {os.getpid()}: {sentence}\n".encode())
