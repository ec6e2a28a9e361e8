"""The control connection of a worker to its executor: frames in, frames out, a signal per message.

The socket has O_ASYNC, so that the kernel raises SIGIO when a message is there: no thread, no
polling, and no cost while nobody asks. Only `receive` takes bytes out of the socket.
"""

from __future__ import annotations

import os
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable
from itertools import chain
from types import FrameType
from typing import Final

from neptune_spark.worker.errors import ChannelLost
from neptune_spark.worker.messages import (
    FRAME_BYTES,
    PROTOCOL_VERSION,
    Message,
    Report,
    decode,
    encode,
)

SignalHandler = Callable[[int, FrameType | None], None]

CONNECT_TIMEOUT_S: Final = 5
_READ_BYTES: Final = 64 * FRAME_BYTES
# <asm-generic/fcntl.h>; Python's fcntl module does not name them.
_F_SETOWN_EX: Final = 15
_F_OWNER_TID: Final = 0


def unsupported() -> str | None:
    """Return one sentence on why this Python cannot have a control channel, or None if it can."""
    if sys.implementation.name != "cpython":
        return f"CPython is needed for suspendable tasks, and this is {sys.implementation.name}."
    try:
        import fcntl
    except ImportError:
        fcntl = None  # type: ignore[assignment]  # absent on Windows
    has_all = (
        hasattr(fcntl, "F_SETOWN")
        and hasattr(os, "O_ASYNC")
        and hasattr(signal, "SIGIO")
        and hasattr(socket, "AF_UNIX")
    )
    if not has_all:
        return (
            "Suspendable tasks need Unix sockets that raise SIGIO (O_ASYNC, F_SETOWN), which "
            f"Python does not offer on {sys.platform}."
        )
    return None


class Channel:
    """One control connection. Used by the worker's main thread alone.

    Any method may be interrupted by a signal handler of the user's that raises, between any two
    bytecodes. No byte is lost then: they stay in the socket or are in `_received`.
    """

    def __init__(self, connection: socket.socket, path: str) -> None:
        self.path: Final = path
        self._socket = connection
        self._received = bytearray()
        # A send never waits: an executor that leaves hundreds of frames unread is a lost one.
        # SIGPIPE would end a worker whose user has given that signal back its default action.
        self._send_flags = socket.MSG_DONTWAIT | getattr(socket, "MSG_NOSIGNAL", 0)

    @classmethod
    def open(cls, path: str, handler: SignalHandler) -> Channel:
        """Connect to the executor, say hello, and have SIGIO call `handler` for its messages.

        Args:
            path: the executor's Unix socket.
            handler: called in the main thread whenever there may be something to receive.

        Raises:
            OSError: there is no such socket, or nobody listens.
            ChannelLost: the executor closed the connection at once.
        """
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)  # closed on exec
        try:
            # Not `settimeout`, with which a full backlog of the executor's would fail at once.
            limit = struct.pack("ll", CONNECT_TIMEOUT_S, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
            connection.connect(path)
            # First the handler: without one, the kernel's SIGIO ends the process.
            install(handler)
            _raise_signals(connection.fileno())
            channel = cls(connection, path)
            # Last, so that no answer can come before signals do.
            channel.send(Report.HELLO, os.getpid(), PROTOCOL_VERSION)
        except BaseException:
            connection.close()
            raise
        return channel

    def send(self, kind: Report, task_id: int, sequence: int) -> None:
        """Send one frame; it is with the executor when this returns.

        Raises:
            ChannelLost: the executor is gone or does not read.
        """
        try:
            sent = self._socket.send(encode(kind, task_id, sequence), self._send_flags)
        except OSError as error:
            raise ChannelLost(f"{kind.name} could not be sent to the executor: {error}.") from error
        if sent != FRAME_BYTES:
            raise ChannelLost(
                f"{kind.name} could be sent only in part: the executor does not read."
            )

    def receive(self, *, wait: bool) -> Message | None:
        """Return the oldest message that was not yet `taken`.

        Args:
            wait: block until a message is there; signal handlers run meanwhile.

        Returns:
            The message, or None if none is there and `wait` is false.

        Raises:
            ChannelLost: the executor closed the connection.
            BrokenFrame: what came is no message; the channel is of no more use.
        """
        flags = 0 if wait else socket.MSG_DONTWAIT
        while len(self._received) < FRAME_BYTES:
            before = len(self._received)
            try:
                # One C call, so that no handler can run between the kernel's giving the bytes away
                # and our having them.
                self._received.extend(
                    chain.from_iterable(map(self._socket.recv, (_READ_BYTES,), (flags,)))
                )
            except BlockingIOError:
                return None
            except OSError as error:
                raise ChannelLost(f"The control connection failed: {error}.") from error
            if len(self._received) == before:
                raise ChannelLost("The executor closed the control connection.")
        return decode(self._received[:FRAME_BYTES])

    def taken(self) -> None:
        """Forget the message that `receive` returned: it was acted on."""
        del self._received[:FRAME_BYTES]

    def close(self) -> None:
        """Close this process's end. A forked child's close leaves the parent's connection as is."""
        self._socket.close()


def install(handler: SignalHandler) -> None:
    """Make `handler` the handler of SIGIO, if it is not already; the main thread's to call."""
    if signal.getsignal(signal.SIGIO) != handler:
        signal.signal(signal.SIGIO, handler)
        # Whoever started us may have blocked it, and masks are inherited.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGIO,))


def _raise_signals(descriptor: int) -> None:
    """Have the kernel send SIGIO to this thread whenever the descriptor has something to read."""
    import fcntl  # absent on Windows, where the rest of this module must still import

    if sys.platform == "linux":
        # To this very thread: one that blocks in a system call must wake up, and a signal sent to
        # the process may be delivered to any of its threads.
        owner = struct.pack("ii", _F_OWNER_TID, threading.get_native_id())
        fcntl.fcntl(descriptor, _F_SETOWN_EX, owner)
    else:
        fcntl.fcntl(descriptor, fcntl.F_SETOWN, os.getpid())
    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_ASYNC)
