"""The batch's threads: work without end, and a fixed amount of it."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator, Sequence
from typing import Any
from unittest.mock import Mock

from neptune_bench.unified.batch import Batch
from neptune_bench.unified.workload import BatchSide, Work

CONTEXT: Any = Mock()


class Side(BatchSide):
    """A thread of steps, of which each waits to be let go if they have an end."""

    def __init__(self, steps: int | None) -> None:
        self.steps = steps
        self.go = threading.Semaphore(0)
        self.begun = threading.Semaphore(0)

    def warm_up(self) -> None:
        """Do nothing."""

    def threads(self) -> Sequence[Iterator[tuple[str, Work]]]:
        """Return the thread."""
        numbers = itertools.count() if self.steps is None else range(self.steps)
        return [((f"step {number}", self._work) for number in numbers)]

    def _work(self) -> object:
        self.begun.release()
        if self.steps is not None:
            self.go.acquire()
        return [1]


def test_a_fixed_amount_of_work_goes_on_until_it_is_done() -> None:
    side = Side(2)
    batch = Batch(CONTEXT, side)
    batch.start()
    side.begun.acquire()
    assert batch.total == 2 and batch.goes_on
    side.go.release(2)
    while batch.goes_on:
        pass
    batch.wait()
    assert [step.name for step in batch.steps] == ["step 0", "step 1"]
    assert batch.answers() == {"step 0": [[1]], "step 1": [[1]]}


def test_work_without_end_ends_with_the_step_it_is_at() -> None:
    side = Side(None)
    batch = Batch(CONTEXT, side)
    batch.start()
    side.begun.acquire()
    assert batch.total is None and not batch.goes_on
    batch.wait()
    done = len(batch.steps)
    assert done >= 1 and batch.answers()["step 0"] == [[1]]
    # Each that was begun has ended: the first one's word was taken.
    assert sum(side.begun.acquire(blocking=False) for _ in range(done)) == done - 1
