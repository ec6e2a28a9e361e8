"""Whom a port of the loopback interface lets in."""

from __future__ import annotations

import contextlib
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest

from neptune_spark.worker.messages import PROTOCOL_VERSION, Report, encode
from tests.jvm.control_server.servers import LIMIT_S, PID, TASK, Executor, Serve, Server, eventually


def is_dropped(stranger: socket.socket) -> bool:
    """Wait for the end of a stranger's connection."""
    stranger.settimeout(LIMIT_S)
    # An end at which something was left unread is a reset.
    with contextlib.suppress(ConnectionResetError):
        assert stranger.recv(1) == b""
    return True


HELLO = encode(Report.HELLO, PID, PROTOCOL_VERSION)
BEGIN = encode(Report.BEGIN, TASK, 0)


@pytest.mark.parametrize(
    "says",
    [b"0" * 64 + HELLO + BEGIN, b"GET / HTTP/1.1\r\n" * 100, bytes(range(256)) * 1000],
    ids=["wrong", "http", "garbage"],
)
def test_a_stranger_is_dropped_at_once(executor: Executor, loopback: Server, says: bytes) -> None:
    with loopback.worker():
        eventually(lambda: loopback.workers == 1, "the worker is not connected")
        before = executor.said("refused a control connection")
        for _ in range(3):
            with loopback.stranger() as stranger:
                # It may be dropped while it still talks.
                with contextlib.suppress(ConnectionResetError, BrokenPipeError):
                    stranger.sendall(says)
                assert is_dropped(stranger)
        assert loopback.workers == 1 and not loopback.told
        assert executor.said("refused a control connection") == before + 1


@pytest.mark.parametrize("says", [b"", b"GET / HTTP/1.1", HELLO + BEGIN])
def test_a_stranger_that_says_too_little_is_dropped_later(loopback: Server, says: bytes) -> None:
    with loopback.stranger(says) as stranger:
        with loopback.worker():
            eventually(lambda: loopback.workers == 1, "the worker is not connected")
            loopback.clock.passes(4999)
            with loopback.stranger(says) as later:
                eventually(lambda: len(sockets_of(loopback)) == 3, "it is not accepted")
                loopback.clock.passes(1)
                assert is_dropped(stranger)
                assert loopback.workers == 1
                loopback.clock.passes(5000)
                assert is_dropped(later)
        eventually(lambda: loopback.workers == 0, "the worker is still connected")


def sockets_of(server: Server) -> list[Any]:
    """What has connected to the server, and is accepted."""
    port = urlsplit(server.address).port
    return [
        connection
        for connection in server.process.net_connections("tcp")
        if connection.laddr.port == port and connection.status == "ESTABLISHED"
    ]


def test_the_token_may_come_in_parts(loopback: Server) -> None:
    token = (urlsplit(loopback.address).username or "").encode()
    with loopback.stranger(token[:20]) as slow, loopback.worker():
        eventually(lambda: loopback.workers == 1, "the worker is not connected")
        slow.sendall(token[20:] + HELLO + BEGIN)
        eventually(lambda: loopback.workers == 2, "the slow worker is not connected")


def test_strangers_that_go_leave_nothing(loopback: Server) -> None:
    for _ in range(100):
        loopback.stranger(b"what").close()
    with loopback.worker():
        eventually(lambda: loopback.workers == 1, "the worker is not connected")
        eventually(lambda: len(sockets_of(loopback)) == 1, "a stranger is still there")


def test_strangers_do_not_keep_workers_out(loopback: Server) -> None:
    with contextlib.ExitStack() as strangers:
        first = strangers.enter_context(loopback.stranger())
        for _ in range(64):
            strangers.enter_context(loopback.stranger())
        assert is_dropped(first)
        with loopback.worker():
            eventually(lambda: loopback.workers == 1, "the worker is not connected")
            # It was one of the newcomers, too, for a moment.
            assert len(sockets_of(loopback)) == 64


def test_no_two_executors_have_one_token(executor: Executor, serve: Serve) -> None:
    servers = [serve(executor.python.LoopbackSocket.open()) for _ in range(2)]
    tokens = {urlsplit(server.address).username for server in servers}
    assert len(tokens) == 2
    assert all(len(token or "") == 64 for token in tokens)
