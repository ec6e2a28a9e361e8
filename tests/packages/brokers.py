"""A Kafka broker for a test: the benchmarks', from the same jars."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ysb.services import running_kafka

PARTITIONS = 2


@contextmanager
def broker(directory: Path, topics: Sequence[str]) -> Iterator[str]:
    """Runs a broker that has these topics, empty; gives its address."""
    with running_kafka(directory) as address:
        _make(address, topics)
        yield address


def _make(address: str, topics: Sequence[str]) -> None:
    with warnings.catch_warnings():
        # It reads its own resources in a deprecated way.
        warnings.simplefilter("ignore", DeprecationWarning)
        from kafka import KafkaAdminClient
    admin = KafkaAdminClient(bootstrap_servers=address)
    try:
        wanted = {"num_partitions": PARTITIONS, "replication_factor": 1}
        admin.create_topics(dict.fromkeys(topics, wanted), wait_for_metadata=True)
    finally:
        admin.close()
