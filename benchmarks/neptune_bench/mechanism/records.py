"""The records: functions over a partition whose every record costs the same."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from neptune_bench.mechanism.plan import CODE

Partition = Callable[[Iterable[int]], Iterator[int]]
"""What a user hands to `mapPartitions`."""

CALIBRATION_S: Final = 0.03
CALIBRATIONS: Final = 5


def loop(iterations: int) -> int:
    """Do pure Python work: a few bytecodes for each iteration."""
    value = 0
    for i in range(iterations):
        value ^= i
    return value


def c_call(iterations: int) -> bytes:
    """Do the same amount in one call into C code, which no signal interrupts."""
    return hashlib.pbkdf2_hmac("sha256", b"record", b"benchmark", iterations)


def partition(kind: str, iterations: int) -> Partition:
    """Return the function over a partition.

    Args:
        kind: CODE or C_CALL.
        iterations: the work of a record, of that kind; 0 for a trivial record.
    """

    def trivial(records: Iterable[int]) -> Iterator[int]:
        for record in records:
            yield record + 1

    def in_code(records: Iterable[int]) -> Iterator[int]:
        for record in records:
            loop(iterations)
            yield record + 1

    def in_c(records: Iterable[int]) -> Iterator[int]:
        for record in records:
            c_call(iterations)
            yield record + 1

    if iterations == 0:
        return trivial
    return in_code if kind == CODE else in_c


def calibrate(kind: str, size_us: int) -> int:
    """Return the iterations with which a record of this kind takes `size_us` on this machine."""
    if size_us == 0:
        return 0
    work: Callable[[int], object] = loop if kind == CODE else c_call
    many = 1000
    while _seconds(work, many) < CALIBRATION_S:
        many *= 2
    first = min(_seconds(work, 1) for _ in range(CALIBRATIONS))
    each = (min(_seconds(work, many) for _ in range(CALIBRATIONS)) - first) / (many - 1)
    return max(1, round((size_us / 1e6 - first) / each) + 1)


def _seconds(work: Callable[[int], object], iterations: int) -> float:
    began = time.perf_counter()
    work(iterations)
    return time.perf_counter() - began
