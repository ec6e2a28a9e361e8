"""Which processors the driver has and which the workers, in the layout of a cluster."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from neptune_bench.harness.program import BenchmarkError

DRIVER_SHARE: Final = 4
"""One of so many processors is the driver's."""
_SIBLINGS: Final = "/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list"


@dataclass(frozen=True)
class Division:
    """The processors of the driver, of the master and of the load; and those of the workers."""

    driver: tuple[int, ...]
    worker: tuple[int, ...]


def usable() -> set[int]:
    """Return the processors that this process may use."""
    return os.sched_getaffinity(0)


def divided(processors: Collection[int], cores: Mapping[int, str]) -> Division:
    """Divide processors: a quarter for the driver, at least one; the workers' even if possible.

    Args:
        processors: which there are.
        cores: the physical core of each: both sides have whole cores as far as possible.

    Raises:
        BenchmarkError: if there are fewer than two.
    """
    count = len(processors)
    if count < 2:
        raise BenchmarkError(
            "The layout of a cluster needs two processors or more, one for the driver and one for "
            f"a worker, and this process may use {count}: use --layout local."
        )
    drivers = max(1, count // DRIVER_SHARE)
    # A static split needs an even number.
    if (count - drivers) % 2 and count - drivers > 1:
        drivers += 1
    first = {core: min(p for p in processors if cores[p] == core) for core in cores.values()}
    ordered = sorted(processors, key=lambda p: (first[cores[p]], p))
    return Division(tuple(sorted(ordered[:drivers])), tuple(sorted(ordered[drivers:])))


def physical_cores(processors: Collection[int]) -> dict[int, str]:
    """Return what names the physical core of each processor; its own where Linux says nothing."""
    found = {}
    for processor in processors:
        try:
            found[processor] = Path(_SIBLINGS.format(processor)).read_text().strip()
        except OSError:
            found[processor] = str(processor)
    return found


def shared_core(division: Division, cores: Mapping[int, str]) -> bool:
    """Return whether a physical core serves both sides, which then disturb each other."""
    return bool({cores[p] for p in division.driver} & {cores[p] for p in division.worker})


@contextmanager
def pinned(processors: Collection[int]) -> Iterator[None]:
    """Have this thread, and what it starts meanwhile, run on some processors only."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, processors)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def text(processors: Collection[int]) -> str:
    """Return what a person reads: "processor 0", "processors 2-7,9"."""
    runs: list[list[int]] = []
    for processor in sorted(processors):
        if runs and processor == runs[-1][-1] + 1:
            runs[-1].append(processor)
        else:
            runs.append([processor])
    spans = ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)
    return f"processor{'s' if len(processors) > 1 else ''} {spans}"
