"""The stream's events: made from a seed, written as files, and counted independently of Spark."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

KEYS: Final = 20
WINDOW_S: Final = 10
EPOCH_S: Final = 1_767_225_600  # 2026-01-01T00:00:00Z: event time is the run's plan, not its clock.
EVENT_SPACING_S: Final = 0.3  # Event time between two files; independent of when they arrive.
SCHEMA: Final = "seq int, ts bigint, key int, value bigint"

Answer = dict[tuple[int, int], tuple[int, int]]
"""(window start in epoch seconds, key) -> (events, sum of values)."""


@dataclass(frozen=True)
class Event:
    """One event: file number `seq`, event time `ts` in epoch seconds, `key`, and a `value`."""

    seq: int
    ts: int
    key: int
    value: int


def file_events(seed: int, seq: int, count: int) -> Iterator[Event]:
    """Yield the `count` events of file number `seq`; the same for the same arguments, always."""
    source = random.Random(f"{seed}:{seq}")
    ts = EPOCH_S + int(seq * EVENT_SPACING_S)
    for _ in range(count):
        yield Event(seq, ts, source.randrange(KEYS), source.randrange(1_000_000))


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
            group = (event.ts - event.ts % WINDOW_S, event.key)
            events, total = totals.get(group, (0, 0))
            totals[group] = (events + 1, total + event.value)
    return totals


def file_name(seq: int) -> str:
    """Return the name of event file number `seq`."""
    return f"events-{seq:05d}.json"


def write_files(seed: int, files: int, count: int, directory: Path) -> None:
    """Write event files 0 .. `files` - 1 of `count` events each into `directory`, as JSON lines."""
    directory.mkdir(parents=True, exist_ok=True)
    for seq in range(files):
        lines = [
            json.dumps({"seq": e.seq, "ts": e.ts, "key": e.key, "value": e.value})
            for e in file_events(seed, seq, count)
        ]
        (directory / file_name(seq)).write_text("\n".join(lines) + "\n")
