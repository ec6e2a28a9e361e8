"""A worker process of the benchmark: ``python -m`` this module, ``suspended|timed JSON``.

`suspended` runs one task of endless records, for the benchmark to suspend. `timed` runs finite ones
that nobody suspends, and measures them itself.
"""

from __future__ import annotations

import json
import random
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from neptune_bench.mechanism.control import LET_END, PROGRESS, Shared
from neptune_bench.mechanism.plan import GATE, PLAIN, STOP, THREAD
from neptune_bench.mechanism.records import Partition, partition
from neptune_bench.mechanism.threads import Gate
from neptune_spark.worker.hub import Hub

TASK_ID: Final = 7
COSTED: Final = (PLAIN, GATE, THREAD)
# Only bounds a run whose executor was killed: more than a benchmark takes.
LIFE_LIMIT_S: Final = 900

Consume = Callable[[Iterable[int]], object]


class Worker:
    """Runs tasks under any variant, one after the other."""

    def __init__(self, socket_path: str) -> None:
        self._socket_path = socket_path
        self._hub = Hub()
        self._tasks = TASK_ID

    def run(
        self, variant: str, function: Partition, records: Iterable[int], consume: Consume
    ) -> None:
        """Run a task: `consume` what `function` makes of the records, under `variant`."""
        task_id, self._tasks = self._tasks, self._tasks + 1

        def task() -> None:
            self._hub.begin(task_id, self._socket_path)
            consume(function(records))

        if variant == PLAIN:
            consume(function(records))
        elif variant in (GATE, STOP):
            # A worker that can be stopped is one that has a hub, too.
            task()
            self._hub.end()
        else:
            gate = Gate(self._socket_path, task_id)
            consume(function(gate.records(records)))
            gate.close()


def suspended(spec: dict[str, Any]) -> int:
    """Run one task until the benchmark lets it end; return the number of its records.

    Args:
        spec: variant, kind, iterations, socket, and the path of the memory that both share: the
            progress, and whether to end.
    """
    numbers = Shared(spec["shared"]).numbers

    def endless() -> Iterator[int]:
        record = 0
        while not numbers[LET_END]:
            yield record
            record += 1

    def consume(results: Iterable[int]) -> None:
        for _ in results:
            numbers[PROGRESS] += 1

    function = partition(spec["kind"], spec["iterations"])
    Worker(spec["socket"]).run(spec["variant"], function, endless(), consume)
    return numbers[PROGRESS]


def timed(spec: dict[str, Any]) -> list[dict[str, float]]:
    """Return the processor seconds that a record takes under each variant, for each size.

    Args:
        spec: socket, seed, chunks, chunk_s, kind, and the iterations of each size of record.
    """
    order = random.Random(spec["seed"])
    worker = Worker(spec["socket"])
    found = []
    for iterations in spec["iterations"]:
        function = partition(spec["kind"], iterations)
        count = records_in(function, spec["chunk_s"])
        for variant in COSTED:  # warm up
            seconds_per_record(worker, variant, function, max(1, count // 4))
        seconds: dict[str, list[float]] = {variant: [] for variant in COSTED}
        for _ in range(spec["chunks"]):
            for variant in order.sample(COSTED, len(COSTED)):
                seconds[variant].append(seconds_per_record(worker, variant, function, count))
        # Whatever else the machine does only adds.
        found.append({variant: min(values) for variant, values in seconds.items()})
    return found


def seconds_per_record(worker: Worker, variant: str, function: Partition, count: int) -> float:
    """Run a task of `count` records and return what each took, without the start of the task.

    In seconds of processor time, of all threads, so that what else the machine does is not in them.
    """
    seconds = 0.0

    def consume(results: Iterable[int]) -> None:
        nonlocal seconds
        began = time.process_time()
        deque(results, maxlen=0)
        seconds = time.process_time() - began

    worker.run(variant, function, range(count), consume)
    return seconds / count


def records_in(function: Partition, chunk_s: float) -> int:
    """Return about how many records fill `chunk_s`."""
    count = 1
    while True:
        began = time.perf_counter()
        deque(function(range(count)), maxlen=0)
        seconds = time.perf_counter() - began
        if seconds >= chunk_s / 4:
            return max(1, round(count * chunk_s / seconds))
        count *= 2


def main(words: list[str]) -> None:
    """Do what the `words` say (see the module's docstring); the answer goes to stdout, as JSON."""
    signal.alarm(LIFE_LIMIT_S)
    act: Callable[[dict[str, Any]], object] = {"suspended": suspended, "timed": timed}[words[0]]
    print(json.dumps(act(json.loads(words[1]))))


if __name__ == "__main__":
    main(sys.argv[1:])
