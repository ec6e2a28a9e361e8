"""The control connection by itself: frames whole and in parts, and its ends."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator

import pytest

from neptune_spark.worker import channel as channel_module
from neptune_spark.worker.channel import Channel
from neptune_spark.worker.errors import BrokenFrame, ChannelLost
from neptune_spark.worker.messages import (
    FRAME_BYTES,
    PROTOCOL_VERSION,
    Message,
    Report,
    Request,
    encode,
)
from tests.unit.worker.fake_executor import Connection, FakeExecutor, listening

SUSPEND = encode(Request.SUSPEND, 7, 1)
RESUME = encode(Request.RESUME, 7, 2)


@pytest.fixture(params=["unix", "loopback"])
def executor(request: pytest.FixtureRequest, directory: str) -> Iterator[FakeExecutor]:
    path = os.path.join(directory, "control") if request.param == "unix" else None
    with listening(path) as listener:
        yield listener


@pytest.fixture
def pair(executor: FakeExecutor) -> Iterator[tuple[Channel, Connection]]:
    opened = Channel.open(executor.address)
    yield opened, executor.accept(os.getpid())
    opened.close()


def test_nothing_is_there(pair: tuple[Channel, Connection]) -> None:
    assert pair[0].receive() is None


def test_a_frame_comes_in_parts(pair: tuple[Channel, Connection]) -> None:
    channel, executor = pair
    for byte in SUSPEND[:-1]:
        executor.send(bytes([byte]))
        assert channel.receive() is None
    executor.send(SUSPEND[-1:] + RESUME[:5])
    assert channel.receive() == Message(Request.SUSPEND, 7, 1)
    assert channel.receive() is None
    executor.send(RESUME[5:])
    assert channel.receive() == Message(Request.RESUME, 7, 2)


def test_many_frames_come_at_once(pair: tuple[Channel, Connection]) -> None:
    channel, executor = pair
    executor.send(b"".join(encode(Request.SUSPEND, 7, number) for number in range(500)))
    assert [channel.receive() for _ in range(500)] == [
        Message(Request.SUSPEND, 7, number) for number in range(500)
    ]
    assert channel.receive() is None


def test_the_executor_closes(pair: tuple[Channel, Connection]) -> None:
    channel, executor = pair
    executor.send(SUSPEND[:3])
    executor.close()
    for _ in range(2):
        with pytest.raises(ChannelLost, match="closed"):
            channel.receive()
    with pytest.raises(ChannelLost, match="BEGIN could not be sent"):
        channel.send(Report.BEGIN, 7, 0)


def test_a_broken_frame(pair: tuple[Channel, Connection]) -> None:
    channel, executor = pair
    executor.send(b"\xff" * FRAME_BYTES)
    with pytest.raises(BrokenFrame):
        channel.receive()


def test_an_executor_that_does_not_read_is_lost(pair: tuple[Channel, Connection]) -> None:
    with pytest.raises(ChannelLost):
        while True:
            pair[0].send(Report.RESUMED, 7, 0)


def test_nobody_listens(directory: str) -> None:
    with pytest.raises(OSError):
        Channel.open(os.path.join(directory, "absent"))


@pytest.mark.parametrize("place", ["", "127.0.0.1", "127.0.0.1:", "localhost:x", "[::1]"])
def test_what_is_no_address(place: str) -> None:
    with pytest.raises(ValueError):
        Channel.open(f"tcp://secret@{place}")


def test_an_address_of_the_other_family() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        channel = Channel.open(f"tcp://secret@[::1]:{listener.getsockname()[1]}")
        accepted, _ = listener.accept()
        with accepted:
            hello = encode(Report.HELLO, os.getpid(), PROTOCOL_VERSION)
            channel.close()
            assert accepted.recv(1000, socket.MSG_WAITALL) == b"secret" + hello


def test_a_frame_does_not_wait_for_the_next_one() -> None:
    with listening(None) as executor:
        channel = Channel.open(executor.address)
        with socket.socket(fileno=os.dup(channel.descriptor)) as connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        channel.close()


def test_an_executor_that_is_slow_to_accept_is_waited_for(directory: str) -> None:
    # Of TCP the kernel waits anyway.
    with contextlib.ExitStack() as waiting:
        executor = waiting.enter_context(listening(os.path.join(directory, "control")))
        executor.allow_waiting(0)
        with pytest.raises(BlockingIOError):
            while True:
                connection = waiting.enter_context(socket.socket(socket.AF_UNIX))
                connection.setblocking(False)
                connection.connect(executor.place)
        thread = threading.Thread(target=executor.turn_one_away)
        thread.start()
        channel = Channel.open(executor.address)
        thread.join()
        channel.close()


def test_a_connection_that_was_shut_is_lost_to_both(pair: tuple[Channel, Connection]) -> None:
    pair[0].shut()
    pair[1].expect_end()
    with pytest.raises(ChannelLost):
        pair[0].receive()


def test_closing_leaves_the_executor_an_end(pair: tuple[Channel, Connection]) -> None:
    pair[0].close()
    pair[1].expect_end()


def test_this_platform_is_supported() -> None:
    assert channel_module.unsupported() is None


def test_a_platform_without_eventfd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    sentence = channel_module.unsupported()
    assert sentence is not None
    assert "eventfd" in sentence


def test_another_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.implementation.name", "pypy")
    assert channel_module.unsupported() == (
        "CPython is needed for suspendable tasks, and this is pypy."
    )
