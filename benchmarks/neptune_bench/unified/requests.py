"""A stream of requests: short jobs that the driver submits when they arrive, at random times."""

from __future__ import annotations

import json
import queue
import random
import time
from collections.abc import Callable, Iterator
from typing import Final

from pyspark import InheritableThread

from neptune_bench.harness.program import BenchmarkError
from neptune_bench.unified.workload import Application, Sample, StreamSide, Work

THREADS: Final = 8
"""How many requests are at work at once, at most; others wait, and their latency counts that."""
WARM_REQUESTS: Final = 12

Choose = Callable[[random.Random], tuple[str, Work]]
"""Draws a request: its name, and the work, which returns its answer."""
Arrive = Callable[[int, float, float], list[float]]
"""Draws the seconds of arrival, from a seed, a rate and a duration (see `arrivals`)."""


def arrivals(seed: int | str, rate: float, duration_s: float) -> list[float]:
    """Return the seconds at which requests arrive: a Poisson process; at least one.

    Args:
        seed: of the times.
        rate: requests in a second, in the mean.
        duration_s: seconds until the last one at most.
    """
    source = random.Random(f"{seed}:arrivals")
    times = [min(source.expovariate(rate), duration_s / 2)]
    while (at := times[-1] + source.expovariate(rate)) < duration_s:
        times.append(at)
    return times


def slots(seed: int, rate: float, duration_s: float) -> list[float]:
    """Return the seconds at which requests arrive: one in each slot, in the middle half of it.

    The arguments are those of `arrivals`.
    """
    source = random.Random(f"{seed}:arrivals")
    count = max(1, int(duration_s * rate))
    return [(slot + source.uniform(0.25, 0.75)) / rate for slot in range(count)]


class Requests(StreamSide):
    """Requests that arrive as the plan says, whether or not former ones have been answered.

    That is an open loop, even while all threads are at work: what waits for one counts as late.

    THREADING: a dispatcher hands each request over when it is due; `THREADS` others work. A
    request's latency is from the time when it was due until its answer is there.
    """

    def __init__(self, application: Application, choose: Choose, arrive: Arrive = arrivals) -> None:
        """Make the stream.

        Args:
            application: where it runs.
            choose: draws the next request; called in the order of arrival.
            arrive: draws the times, in the plan's seconds.
        """
        self._app = application
        self._choose = choose
        self._arrive = arrive
        self._due: queue.SimpleQueue[tuple[float, str, Work] | None] = queue.SimpleQueue()
        self._samples: list[Sample] = []
        self._answers: dict[str, dict[str, object]] = {}
        self._failures: list[BaseException] = []
        self._threads: list[InheritableThread] = []

    def warm_up(self) -> None:
        """Answer some requests, several at once."""
        self._start(self._drawn([0.0] * WARM_REQUESTS, 0.0, "warm"))
        self.end()
        self._samples.clear()

    def begin(self, start: float) -> None:
        """Start the threads; the first request arrives soon after `start`."""
        plan = self._app.plan
        times = self._arrive(plan.seed, plan.rate, plan.stream_s)
        self._start(self._drawn(times, start, "measured"))

    def check(self) -> None:
        """Raise BenchmarkError if a request has failed."""
        if self._failures:
            raise BenchmarkError(f"A request failed: {self._failures[0]}") from self._failures[0]

    def end(self) -> None:
        """Wait for the answers to all requests."""
        for thread in self._threads:
            thread.join()
        self._threads.clear()
        self.check()

    def samples(self) -> list[Sample]:
        """Return the latency of each request, in the order of arrival."""
        return sorted(self._samples, key=lambda sample: sample.arrival)

    def answer(self) -> object:
        """Return the different answers to the requests of each name."""
        return {name: list(found.values()) for name, found in self._answers.items()}

    def _drawn(
        self, times: list[float], start: float, purpose: str
    ) -> Iterator[tuple[float, str, Work]]:
        source = random.Random(f"{self._app.plan.seed}:{purpose}")
        return ((start + at, *self._choose(source)) for at in times)

    def _start(self, requests: Iterator[tuple[float, str, Work]]) -> None:
        workers = [InheritableThread(target=self._work) for _ in range(THREADS)]
        dispatcher = InheritableThread(target=self._dispatch, args=(requests,))
        self._threads = [dispatcher, *workers]
        for thread in self._threads:
            thread.start()

    def _dispatch(self, requests: Iterator[tuple[float, str, Work]]) -> None:
        try:
            for request in requests:
                time.sleep(max(0.0, request[0] - time.time()))
                self._due.put(request)
        finally:
            for _ in range(THREADS):
                self._due.put(None)

    def _work(self) -> None:
        while (request := self._due.get()) is not None:
            due, name, work = request
            try:
                answer = work()
            except BaseException as failure:
                # Handed to the main thread, which is the one that can end the run.
                self._failures.append(failure)
                continue
            self._samples.append(Sample(due, (time.time() - due) * 1000))
            self._answers.setdefault(name, {})[json.dumps(answer)] = answer
