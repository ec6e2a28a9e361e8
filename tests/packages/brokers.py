"""A Kafka broker for a test: the benchmarks', from the same jars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from neptune_bench.ysb.services import make_topics, running_kafka

PARTITIONS = 2


@contextmanager
def broker(directory: Path, topics: Sequence[str]) -> Iterator[str]:
    """Runs a broker that has these topics, empty; gives its address."""
    with running_kafka(directory) as address:
        make_topics(address, topics, PARTITIONS)
        yield address
