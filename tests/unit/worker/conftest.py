"""Fixtures for tests of the worker's side: an executor, workers, and a check that all is gone."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from typing import Callable

import pytest

from neptune_bench.mechanism.control import PATIENCE_S

pytest.register_assert_rewrite("tests.unit.worker.fake_executor")

from tests.unit.worker.fake_executor import (  # noqa: E402 - not before its registration
    FakeExecutor,
    WorkerProcess,
    listening,
)

Start = Callable[[str], WorkerProcess]


@pytest.fixture
def directory() -> Iterator[str]:
    # Not pytest's own: its names may be too long for a Unix socket.
    with tempfile.TemporaryDirectory(prefix="neptune-") as path:
        yield path


@pytest.fixture
def executor(directory: str) -> Iterator[FakeExecutor]:
    with listening(os.path.join(directory, "control")) as listener:
        yield listener


@pytest.fixture
def start(executor: FakeExecutor, directory: str) -> Iterator[Start]:
    """Starts a worker process that runs the scenario of the given name; at most one a test."""
    workers: list[WorkerProcess] = []

    def start_one(scenario: str) -> WorkerProcess:
        assert not workers
        workers.append(WorkerProcess(scenario, executor, directory))
        return workers[-1]

    yield start_one
    for worker in workers:
        worker.close()


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    handlers = [signal.getsignal(number) for number in signal.valid_signals()]
    threads = len(os.listdir("/proc/self/task"))
    yield
    assert [signal.getsignal(number) for number in signal.valid_signals()] == handlers
    # The kernel may take a moment longer than Python to forget a thread.
    deadline = time.monotonic() + PATIENCE_S
    while len(os.listdir("/proc/self/task")) > threads:
        assert time.monotonic() < deadline, "a thread is left"
