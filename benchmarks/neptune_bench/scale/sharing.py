"""What users of a simulated cluster get under each way to share it. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from neptune_bench.harness.figures import percentile
from neptune_bench.share.figures import jain

WINDOW_S: Final = 10
"""Samples of who had how many cores, of one second each, that are taken together."""
FIRST: Final = "Spark FIFO"
"""To which long jobs' times are compared."""


@dataclass(frozen=True)
class Shared:
    """A way to share, in virtual time.

    Args:
        side: its name.
        p50, p95, p99: of the short jobs' times over those of the same jobs alone.
        long_over, makespan_over: mean time of the long jobs, and the time until the last of all
            jobs is done, over those under Spark's FIFO.
        jain: of the cores of the users with long jobs, in windows of 10 s in which at least two
            have work all the time: median and least; None if there is no such window.
        suspensions: how many.
    """

    side: str
    p50: float
    p95: float
    p99: float
    long_over: float
    makespan_over: float
    jain: tuple[float, float] | None
    suspensions: int


def shared(users: Mapping[str, Any]) -> list[Shared]:
    """Return a record for each side; see `scale.driver.of_users`."""
    return [_shared(users, side) for side in users["sides"]]


def _shared(users: Mapping[str, Any], side: str) -> Shared:
    ran, first = users["sides"][side], users["sides"][FIRST]
    alone_ms = users["alone_ms"]
    slow_downs = [ran["job_ms"][job] / ms for job, ms in alone_ms.items()]
    indices = list(_indices(users, ran))
    p50, p95, p99 = (percentile(slow_downs, q) for q in (50, 95, 99))
    return Shared(
        side,
        p50,
        p95,
        p99,
        _long_ms(users, ran) / _long_ms(users, first),
        _end_s(users, ran) / _end_s(users, first),
        (statistics.median(indices), min(indices)) if indices else None,
        ran["suspensions"],
    )


def _long_ms(users: Mapping[str, Any], ran: Mapping[str, Any]) -> float:
    alone = users["alone_ms"]
    return statistics.fmean(ms for job, ms in ran["job_ms"].items() if job not in alone)


def _end_s(users: Mapping[str, Any], ran: Mapping[str, Any]) -> float:
    ends: list[float] = [
        job["arrival_s"] + ran["job_ms"][str(job["id"])] / 1e3 for job in users["jobs"]
    ]
    return max(ends)


def _indices(users: Mapping[str, Any], ran: Mapping[str, Any]) -> Iterator[float]:
    """Return Jain's index of each window."""
    held = ran["held"]
    spans = {
        job["user"]: (job["arrival_s"], job["arrival_s"] + ran["job_ms"][str(job["id"])] / 1e3)
        for job in users["jobs"]
        if str(job["id"]) not in users["alone_ms"]
    }
    # The first sample is that of the first second.
    for begin in range(0, len(held) - WINDOW_S + 1, WINDOW_S):
        end = begin + WINDOW_S
        working = [user for user, (since, until) in spans.items() if since <= begin and until > end]
        if len(working) > 1:
            window = held[begin:end]
            yield jain([float(sum(s.get(user, 0) for s in window)) for user in working])
