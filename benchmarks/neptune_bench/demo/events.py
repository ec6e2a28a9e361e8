"""The stream's events: made from a seed, and counted independently of Spark."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

KEYS: Final = 20
WINDOW_S: Final = 10
EPOCH_S: Final = 1_767_225_600  # 2026-01-01T00:00:00Z: event time is the run's plan, not its clock.
EVENT_SPACING_S: Final = 0.3  # Event time between two files; independent of when they arrive.
SCHEMA: Final = "seq int, ts bigint, key int, value bigint"
"""Number of the file, event time in epoch seconds, key, and a value."""

Answer = dict[tuple[int, int], tuple[int, int]]
"""(window start in epoch seconds, key) -> (events, sum of values)."""


def file_events(seed: int, seq: int, count: int) -> Iterator[dict[str, int]]:
    """Yield the `count` events of file number `seq`; the same for the same arguments, always."""
    source = random.Random(f"{seed}:{seq}")
    ts = EPOCH_S + int(seq * EVENT_SPACING_S)
    for _ in range(count):
        key, value = source.randrange(KEYS), source.randrange(1_000_000)
        yield {"seq": seq, "ts": ts, "key": key, "value": value}


def expected(seed: int, files: int, count: int) -> Answer:
    """Return the stream's final aggregates, computed in plain Python from the same events.

    Args:
        seed: seed of the events.
        files: number of files, numbered from 0.
        count: events per file.
    """
    totals: Answer = {}
    for seq in range(files):
        for event in file_events(seed, seq, count):
            group = (event["ts"] - event["ts"] % WINDOW_S, event["key"])
            events, total = totals.get(group, (0, 0))
            totals[group] = (events + 1, total + event["value"])
    return totals
