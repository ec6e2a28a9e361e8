"""The part without Spark: worker processes alone, suspended or left alone by the benchmark."""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final

from neptune_bench.harness.program import unbroken
from neptune_bench.mechanism import figures, report
from neptune_bench.mechanism.control import Listener
from neptune_bench.mechanism.executor import Executor, start_worker
from neptune_bench.mechanism.figures import Cost, Latency
from neptune_bench.mechanism.plan import C_CALL, CODE, GATE, PLAIN, STOP, THREAD, Plan, size_name
from neptune_bench.mechanism.records import calibrate

SUSPENDED: Final = (GATE, STOP, THREAD)
HOLD_S: Final = 0.001
# A moment of suspension is drawn from two records' time, so that any part of one is as likely as
# another, but from no less than this.
LEAST_GAP_S: Final = 0.003

Iterations = dict[str, dict[int, int]]
Show = Callable[[str, float], None]


def calibration(sizes_us: Sequence[int]) -> Iterations:
    """Return the work of each kind and size of record on this machine."""
    # A trivial record is no call into C.
    sizes = {CODE: sizes_us, C_CALL: [size for size in sizes_us if size > 0]}
    return {kind: {size: calibrate(kind, size) for size in sizes[kind]} for kind in sizes}


def latencies(plan: Plan, iterations: Iterations, show: Show) -> list[Latency]:
    """Suspend workers of every variant at every size of record; variants side by side.

    Args:
        plan: seed and numbers.
        iterations: the work of a record, by kind and size.
        show: called with what is done, and how far all is.
    """
    cells = [
        (kind, size, variant)
        for kind, sizes in iterations.items()
        for size in sizes
        for variant in SUSPENDED
    ]
    found = []
    for done, (kind, size, variant) in enumerate(cells):
        show(f"{report.KINDS[kind]}, {size_name(size)}", done / len(cells))
        found.append(latency(plan, variant, kind, size, iterations[kind][size]))
    return found


def latency(plan: Plan, variant: str, kind: str, size_us: int, iterations: int) -> Latency:
    """Suspend and resume one worker's task again and again, at seeded random moments.

    Raises:
        BenchmarkError: if the worker fails, loses count, or says what it should not.
    """
    gaps = moments(f"{plan.seed} {variant} {kind} {size_us}", size_us)
    suspend_ms: list[float] = []
    resume_ms: list[float] = []
    moved = 0
    with (
        tempfile.TemporaryDirectory(prefix="neptune-") as directory,
        ExitStack() as stack,
    ):
        with unbroken():
            executor = stack.enter_context(Executor(Path(directory), variant, kind, iterations))
        for sequence in range(1, plan.warm_suspensions + plan.suspensions + 1):
            time.sleep(next(gaps))
            suspending_ms = timed_ms(lambda: executor.suspend(sequence))  # noqa: B023 - called at once
            before = executor.progress
            time.sleep(HOLD_S)
            stood_still = executor.progress == before
            resuming_ms = timed_ms(lambda: executor.resume(sequence))  # noqa: B023 - called at once
            if sequence > plan.warm_suspensions:
                suspend_ms.append(suspending_ms)
                resume_ms.append(resuming_ms)
                moved += not stood_still
        executor.end()
    return Latency(
        variant,
        kind,
        size_us,
        figures.distribution(suspend_ms),
        figures.distribution(resume_ms),
        moved,
        {"suspend": suspend_ms, "resume": resume_ms},
    )


def moments(seed: str, size_us: int) -> Iterator[float]:
    """Yield the seconds to let a task run before it is suspended."""
    drawn = random.Random(seed)
    while True:
        yield drawn.uniform(0, max(LEAST_GAP_S, 2 * size_us / 1e6))


def timed_ms(act: Callable[[], None]) -> float:
    """Return how many milliseconds `act` takes."""
    began = time.perf_counter_ns()
    act()
    return (time.perf_counter_ns() - began) / 1e6


def costs(plan: Plan, iterations: Iterations, show: Show) -> list[Cost]:
    """Measure records nobody suspends: the plain function against a hub and against a thread.

    All variants take turns in one process, which gives a pair for each; as many as there are
    processes.

    Args:
        plan: seed and numbers.
        iterations: the work of a record, by kind and size.
        show: called with what is done, and how far all is.
    """
    sizes = iterations[CODE]
    rounds = []
    for number in range(plan.rounds):
        show("plain, gate, thread", number / plan.rounds)
        rounds.append(cost_round(plan, number, list(sizes.values())))
    return [
        figures.cost(variant, size, [(row[index][PLAIN], row[index][variant]) for row in rounds])
        for index, size in enumerate(sizes)
        for variant in (GATE, THREAD)
    ]


def cost_round(plan: Plan, number: int, iterations: list[int]) -> list[dict[str, float]]:
    """Return the seconds per record under each variant, for each of the `iterations`."""
    with tempfile.TemporaryDirectory(prefix="neptune-") as directory:
        path = str(Path(directory) / "control")
        spec = {
            "socket": path,
            "seed": f"{plan.seed} {number}",
            "chunks": plan.chunks,
            "chunk_s": plan.chunk_s,
            "kind": CODE,
            "iterations": iterations,
        }
        with closing(Listener(path)), ExitStack() as stack:
            with unbroken():
                worker = start_worker("timed", spec, Path(directory))
                stack.callback(worker.close)
            rows: list[dict[str, float]] = json.loads(worker.line())
            return rows
