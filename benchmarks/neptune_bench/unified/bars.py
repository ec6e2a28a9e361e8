"""What is asked of Neptune in a layout and for a kind of stream, and what of it is met. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from neptune_bench.harness.layout import CLUSTER
from neptune_bench.unified.figures import Row, Spread
from neptune_bench.unified.schedulers import SPLIT
from neptune_bench.unified.workload import REQUESTS

NEPTUNE: Final = ("neptune-lb", "neptune-lma")
OTHERS: Final = ("fifo", "fair", SPLIT)


@dataclass(frozen=True)
class Bars:
    """What is asked for.

    Args:
        p50, p99: of the stream, over that of the stream alone, at most.
        others: how many times lower the p99 is than that of `OTHERS`, at least.
        batch: its work over what the stream leaves, at least.
        of_processes: whether that is what the stream's processes leave, not only its tasks: where
            the driver is on the tasks' processors.
    """

    p50: float
    p99: float
    others: float
    batch: float
    of_processes: bool


IN_CLUSTER: Final = Bars(1.05, 1.2, 5.0, 0.98, of_processes=False)
LOCAL_REQUESTS: Final = Bars(1.1, 1.3, 3.0, 0.95, of_processes=True)
LOCAL_QUERY: Final = Bars(1.25, 1.5, 3.0, 0.95, of_processes=True)


def of(layout: str, stream_kind: str) -> Bars:
    """Return the bars of a layout and of a kind of stream."""
    if layout == CLUSTER:
        return IN_CLUSTER
    return LOCAL_REQUESTS if stream_kind == REQUESTS else LOCAL_QUERY


def judged(
    asked: Bars, found: Sequence[Row], text: Callable[[Spread], str]
) -> list[tuple[str, str, bool]]:
    """Return for each bar: what it is, what was measured, whether it is met by the median.

    Args:
        asked: the bars.
        found: the figures of each scheduler.
        text: a figure as a person reads it.
    """
    by_name = {row.scheduler.name: row for row in found}
    made = []
    for name in NEPTUNE:
        row = by_name.get(name)
        if row is None:
            continue
        title = row.scheduler.title
        at_most = [("p50", row.p50_over_alone, asked.p50), ("p99", row.p99_over_alone, asked.p99)]
        for what, ratio, most in at_most:
            if ratio is not None:
                bar = f"{title}: {what} at most {most:g} x the stream alone"
                made.append((bar, text(ratio), ratio.median <= most))
        for other in OTHERS:
            if other in by_name and row.p99_ms and (theirs := by_name[other].p99_ms):
                lower = theirs.median / row.p99_ms.median
                bar = f"{title}: p99 at least {asked.others:g} x lower than {other}"
                made.append((bar, text(Spread(lower, lower, lower)), lower >= asked.others))
        kept = row.processor_efficiency if asked.of_processes else row.efficiency
        if kept is not None:
            whose = "stream's processes leave" if asked.of_processes else "stream's tasks leave"
            bar = f"{title}: batch at least {asked.batch:g} x of what the {whose}"
            made.append((bar, text(kept), kept.median >= asked.batch))
        if row.wasted_core_s is not None:
            wasted = row.wasted_core_s
            made.append((f"{title}: nothing thrown away", text(wasted), wasted.greatest == 0))
    return made
