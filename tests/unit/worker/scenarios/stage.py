"""What the scenarios have at hand: a hub, a shared counter, and a word with the test."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from neptune_bench.mechanism.control import Shared
from neptune_spark.worker.hub import Hub

if TYPE_CHECKING:
    from typing_extensions import ParamSpec, TypeVar

    P = ParamSpec("P")
    R = TypeVar("R")

TASK = 7


class Stage:
    """What a scenario has at hand."""

    def __init__(self, socket_path: str, shared_path: str) -> None:
        self.hub = Hub()
        self.socket_path = socket_path
        self.numbers = Shared(shared_path).numbers

    def begin(self, task_id: int = TASK) -> None:
        self.hub.begin(task_id, self.socket_path)

    def run(self, task: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a task to its end, of which the hub is told as PySpark's worker would."""
        try:
            return task(*args, **kwargs)
        finally:
            self.hub.end()

    def work(self) -> None:
        """Count, until the test lets the task end."""
        while not self.numbers[1]:
            self.numbers[0] += 1


def say(line: str) -> None:
    os.write(1, line.encode() + b"\n")


def listen() -> str:
    return sys.stdin.readline().rstrip("\n")
