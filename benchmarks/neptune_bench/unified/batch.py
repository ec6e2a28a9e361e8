"""Runs the batch side of an application: its threads, their steps, and the answers of these."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from pyspark import InheritableThread, SparkContext

from neptune_bench.harness.eventlog import SIDE_PROPERTY, STEP_PROPERTY
from neptune_bench.unified.schedulers import BATCH
from neptune_bench.unified.workload import BatchSide, Work


@dataclass(frozen=True)
class Step:
    """A piece of work that was done: begin and end in epoch seconds.

    Args:
        key: what its tasks have in the event log.
        name: of the work; others of the same name are the same work.
        begin, end: when.
    """

    key: str
    name: str
    begin: float
    end: float


class Batch:
    """The running batch side.

    THREADING: each of its threads writes under `_changed`; `steps`, `answers` and `failures` are
    complete once `wait` has returned.
    """

    def __init__(self, context: SparkContext, side: BatchSide) -> None:
        """Make the threads; nothing runs yet."""
        self._context = context
        self.total = side.steps
        self._over = threading.Event()
        self._changed = threading.Lock()
        self.steps: list[Step] = []
        self.failures: list[BaseException] = []
        self._answers: dict[str, dict[str, object]] = {}
        self._threads = [
            InheritableThread(target=self._run, args=(number, steps))
            for number, steps in enumerate(side.threads())
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    @property
    def goes_on(self) -> bool:
        """Whether it has a fixed amount of work, which is not done."""
        return self.total is not None and any(thread.is_alive() for thread in self._threads)

    def wait(self) -> None:
        """Have the threads end their steps, and no more; raise the first failure, if any."""
        self._over.set()
        for thread in self._threads:
            thread.join()
        if self.failures:
            raise self.failures[0]

    def answers(self) -> dict[str, list[object]]:
        """Return the different answers of the steps of each name."""
        return {name: list(found.values()) for name, found in self._answers.items()}

    def _run(self, number: int, steps: Iterator[tuple[str, Work]]) -> None:
        try:
            self._context.setLocalProperty(SIDE_PROPERTY, BATCH)
            for count, (name, work) in enumerate(steps):
                if self._over.is_set():
                    return
                self._step(Step(f"{number}:{count}", name, time.time(), 0.0), work)
        except BaseException as failure:
            # Handed to the main thread, which is the one that can end the run.
            self.failures.append(failure)

    def _step(self, step: Step, work: Work) -> None:
        self._context.setLocalProperty(STEP_PROPERTY, step.key)
        answer = work()
        done = Step(step.key, step.name, step.begin, time.time())
        with self._changed:
            self.steps.append(done)
            self._answers.setdefault(step.name, {})[json.dumps(answer)] = answer
