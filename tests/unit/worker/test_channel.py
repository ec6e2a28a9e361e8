"""The control connection by itself: frames whole and in parts, and its ends."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
from collections.abc import Iterator
from types import FrameType

import pytest

from neptune_spark.worker import channel as channel_module
from neptune_spark.worker.channel import Channel
from neptune_spark.worker.errors import BrokenFrame, ChannelLost
from neptune_spark.worker.messages import FRAME_BYTES, Message, Report, Request, encode
from tests.unit.worker.fake_executor import Connection, FakeExecutor

SUSPEND = encode(Request.SUSPEND, 7, 1)
RESUME = encode(Request.RESUME, 7, 2)


@pytest.fixture
def pair(executor: FakeExecutor) -> Iterator[tuple[Channel, Connection]]:
    opened = Channel.open(executor.path, lambda _number, _frame: None)
    yield opened, executor.accept(os.getpid())
    opened.close()


def take(channel: Channel, *, wait: bool = False) -> Message | None:
    message = channel.receive(wait=wait)
    if message is not None:
        channel.taken()
    return message


def test_nothing_is_there(pair: tuple[Channel, Connection]) -> None:
    assert pair[0].receive(wait=False) is None


def test_a_frame_comes_in_parts(pair: tuple[Channel, Connection]) -> None:
    channel, executor = pair
    for byte in SUSPEND[:-1]:
        executor.send(bytes([byte]))
        assert channel.receive(wait=False) is None
    executor.send(SUSPEND[-1:] + RESUME[:5])
    assert take(channel) == Message(Request.SUSPEND, 7, 1)
    assert channel.receive(wait=False) is None
    executor.send(RESUME[5:])
    assert take(channel, wait=True) == Message(Request.RESUME, 7, 2)


def test_many_frames_come_at_once(pair: tuple[Channel, Connection]) -> None:
    channel, executor = pair
    executor.send(b"".join(encode(Request.SUSPEND, 7, number) for number in range(500)))
    assert [take(channel) for _ in range(500)] == [
        Message(Request.SUSPEND, 7, number) for number in range(500)
    ]
    assert channel.receive(wait=False) is None


def test_a_message_stays_until_it_is_taken(pair: tuple[Channel, Connection]) -> None:
    channel, executor = pair
    executor.send(SUSPEND)
    assert channel.receive(wait=False) == channel.receive(wait=False)


@pytest.mark.parametrize("wait", [False, True])
def test_the_executor_closes(pair: tuple[Channel, Connection], wait: bool) -> None:
    channel, executor = pair
    executor.send(SUSPEND[:3])
    executor.close()
    for _ in range(2):
        with pytest.raises(ChannelLost, match="closed"):
            channel.receive(wait=wait)
    with pytest.raises(ChannelLost, match="BEGIN could not be sent"):
        channel.send(Report.BEGIN, 7, 0)


def test_a_broken_frame(pair: tuple[Channel, Connection]) -> None:
    channel, executor = pair
    executor.send(b"\xff" * FRAME_BYTES)
    with pytest.raises(BrokenFrame):
        channel.receive(wait=False)


def test_an_executor_that_does_not_read_is_lost(pair: tuple[Channel, Connection]) -> None:
    with pytest.raises(ChannelLost):
        while True:
            pair[0].send(Report.RESUMED, 7, 0)


def test_a_message_raises_the_signal(executor: FakeExecutor) -> None:
    seen: list[int] = []
    channel = Channel.open(executor.path, lambda number, _frame: seen.append(number))
    connection = executor.accept()
    assert not seen
    connection.send(SUSPEND)
    while not seen:
        pass
    assert set(seen) == {signal.SIGIO}
    channel.close()


def test_a_handler_that_raises_while_we_wait_loses_no_byte(
    pair: tuple[Channel, Connection],
) -> None:
    class Interruption(Exception):
        pass

    def handler(_number: int, _frame: FrameType | None) -> None:
        raise Interruption

    channel, executor = pair
    before = signal.signal(signal.SIGALRM, handler)
    try:
        executor.send(SUSPEND[:4])
        # It fires while `receive` blocks, or before; both are what is to be shown.
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        with pytest.raises(Interruption):
            channel.receive(wait=True)
        executor.send(SUSPEND[4:])
        assert channel.receive(wait=True) == Message(Request.SUSPEND, 7, 1)
    finally:
        signal.signal(signal.SIGALRM, before)


def test_nobody_listens(directory: str) -> None:
    with pytest.raises(OSError):
        Channel.open(os.path.join(directory, "absent"), lambda _number, _frame: None)


def test_an_executor_that_is_slow_to_accept_is_waited_for(executor: FakeExecutor) -> None:
    with contextlib.ExitStack() as waiting:
        executor.allow_waiting(0)
        with pytest.raises(BlockingIOError):
            while True:
                connection = waiting.enter_context(socket.socket(socket.AF_UNIX))
                connection.setblocking(False)
                connection.connect(executor.path)
        thread = threading.Thread(target=executor.turn_one_away)
        thread.start()
        channel = Channel.open(executor.path, lambda _number, _frame: None)
        thread.join()
        channel.close()


def test_closing_leaves_the_executor_an_end(pair: tuple[Channel, Connection]) -> None:
    pair[0].close()
    pair[1].expect_end()


def test_this_platform_is_supported() -> None:
    assert channel_module.unsupported() is None


def test_a_platform_without_signals_from_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "O_ASYNC")
    sentence = channel_module.unsupported()
    assert sentence is not None
    assert "O_ASYNC" in sentence


def test_another_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.implementation.name", "pypy")
    assert channel_module.unsupported() == (
        "CPython is needed for suspendable tasks, and this is pypy."
    )
