"""What the scenarios have at hand: a hub, a shared counter, and a word with the test."""

from __future__ import annotations

import os
import sys

from neptune_spark.worker.hub import Hub
from tests.unit.worker.fake_executor import Shared

TASK = 7


class Stage:
    """What a scenario has at hand."""

    def __init__(self, socket_path: str, shared_path: str) -> None:
        self.hub = Hub()
        self.socket_path = socket_path
        self.numbers = Shared(shared_path).numbers

    def begin(self, task_id: int = TASK) -> None:
        self.hub.begin(task_id, self.socket_path)

    def work(self) -> None:
        """Count, until the test lets the task end."""
        while not self.numbers[1]:
            self.numbers[0] += 1


def say(line: str) -> None:
    os.write(1, line.encode() + b"\n")


def listen() -> str:
    return sys.stdin.readline().rstrip("\n")
