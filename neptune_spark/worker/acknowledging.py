"""Has Linux acknowledge at once what an executor sends to its worker over TCP.

An executor sends a task in two pieces or more (BasePythonRunner): in Spark 3.5 its context, then
its function and its records; in 4.3, as traced, all of these, then the mark that ends the records.
Spark leaves Nagle's algorithm on, so that the last piece, if it is small, waits until the one
before is acknowledged; and Linux delays that by 40 ms on a connection on which both sides write in
turns, as on that of a worker that has run a task already.
Over Unix sockets (`spark.python.unix.domain.socket.enabled`, Spark 4.1) there is no such wait.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Final

# Linux only, and not for good: the kernel goes back to delaying when the worker has written.
_QUICKACK: Final = getattr(socket, "TCP_QUICKACK", None)


class Acknowledgements:
    """Those of this process to its executor, over a connection that it is told of."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None

    def are_at(self, connected: socket.socket) -> None:
        """Say which connection it is."""
        if _QUICKACK is not None and connected.family != socket.AF_UNIX:
            self._socket = connected

    def acknowledge(self) -> None:
        """Acknowledge now what has come, and at once what is about to come."""
        if self._socket is not None and _QUICKACK is not None:
            # It is closed, say: the task will find out.
            with suppress(OSError):
                self._socket.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)
