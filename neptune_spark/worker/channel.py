"""The control connection of a worker to its executor: frames in, frames out."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import sys
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

CONNECT_TIMEOUT_S: Final = 5
_TCP: Final = "tcp://"
_ESTABLISHED: Final = 1
_READ_BYTES: Final = 64 * FRAME_BYTES
# Before user code can: gevent and eventlet replace the class by one that waits for their own hub.
_Socket: Final = socket.socket


def unsupported() -> str | None:
    """Return one sentence on why this Python cannot have a control channel, or None if it can."""
    if sys.implementation.name != "cpython":
        return f"CPython is needed for suspendable tasks, and this is {sys.implementation.name}."
    if sys.platform != "linux":
        return f"Suspendable tasks need Linux's eventfd and epoll, and this is {sys.platform}."
    return None


def shown(address: str) -> str:
    """Return an address as it may be printed: without its token."""
    return f"{_TCP}{address.rpartition('@')[2]}" if address.startswith(_TCP) else address


def _parts(address: str) -> tuple[bytes, str | tuple[str, int], int]:
    """Return what to begin with, where to connect, and by which family of addresses."""
    if not address.startswith(_TCP):
        return b"", address, socket.AF_UNIX
    token, _, place = address[len(_TCP) :].partition("@")
    host, _, port = place.rpartition(":")
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    return token.encode(), (host.strip("[]"), int(port)), family


class Channel:
    """One control connection.

    THREADING: any thread may send; the hub's thread alone receives. Nothing waits, but `open`.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._is_tcp = connection.family != socket.AF_UNIX
        self._received = bytearray()
        # A send never waits: an executor that leaves hundreds of frames unread is a lost one.
        # SIGPIPE would end a worker whose user has given that signal back its default action.
        self._send_flags = socket.MSG_DONTWAIT | getattr(socket, "MSG_NOSIGNAL", 0)

    @classmethod
    def open(cls, address: str) -> Channel:
        """Connect to the executor and say hello.

        Parameters
        ----------
        address : str
            The path of the executor's Unix socket, or tcp://TOKEN@HOST:PORT.

        Raises
        ------
        OSError
            There is no such socket, or nobody listens.
        ValueError
            That is no address.
        ChannelLost
            The executor closed the connection at once.
        """
        token, place, family = _parts(address)
        connection = _Socket(family, socket.SOCK_STREAM)  # closed on exec
        try:
            # Not `settimeout`, with which a full backlog of the executor's would fail at once.
            limit = struct.pack("ll", CONNECT_TIMEOUT_S, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
            connection.connect(place)
            if family != socket.AF_UNIX:
                # A frame is sent as soon as there is something to say.
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.sendall(token)
            channel = cls(connection)
            channel.send(Report.HELLO, os.getpid(), PROTOCOL_VERSION)
        except BaseException:
            connection.close()
            raise
        return channel

    @property
    def descriptor(self) -> int:
        """The socket's file descriptor."""
        return self._socket.fileno()

    def send(self, kind: Report, task_id: int, sequence: int) -> None:
        """Send one frame; it is with the executor when this returns.

        Raises
        ------
        ChannelLost
            The executor is gone or does not read.
        """
        try:
            if self._is_tcp and self._tcp_state() != _ESTABLISHED:
                # TCP takes what is sent to an executor that has closed its end.
                raise ConnectionResetError("the executor closed the connection")
            sent = self._socket.send(encode(kind, task_id, sequence), self._send_flags)
        except OSError as error:
            raise ChannelLost(f"{kind.name} could not be sent to the executor: {error}.") from error
        if sent != FRAME_BYTES:
            raise ChannelLost(
                f"{kind.name} could be sent only in part: the executor does not read."
            )

    def receive(self) -> Message | None:
        """Return the next message, or None if none is there yet.

        Raises
        ------
        ChannelLost
            The executor closed the connection.
        BrokenFrame
            What came is no message; the channel is of no more use.
        """
        while len(self._received) < FRAME_BYTES:
            try:
                data = self._socket.recv(_READ_BYTES, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return None
            except OSError as error:
                raise ChannelLost(f"The control connection failed: {error}.") from error
            if not data:
                raise ChannelLost("The executor closed the control connection.")
            self._received += data
        frame = self._received[:FRAME_BYTES]
        del self._received[:FRAME_BYTES]
        return decode(frame)

    def shut(self) -> None:
        """End the connection, and leave it to its owner to close this process's end."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def _tcp_state(self) -> int:
        """Return the first field of Linux's struct tcp_info."""
        return self._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]

    def close(self) -> None:
        """Close this process's end. A forked child's close leaves the parent's connection as is."""
        self._socket.close()
