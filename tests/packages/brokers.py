"""A Kafka broker for a test: the benchmarks', from the same jars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from kafka import KafkaAdminClient
from ysb.services import running_kafka

PARTITIONS = 2


@contextmanager
def broker(directory: Path, topics: Sequence[str]) -> Iterator[str]:
    """Runs a broker that has these topics, empty; gives its address."""
    with running_kafka(directory) as address:
        admin = KafkaAdminClient(bootstrap_servers=address)
        try:
            wanted = {"num_partitions": PARTITIONS, "replication_factor": 1}
            admin.create_topics(dict.fromkeys(topics, wanted), wait_for_metadata=True)
        finally:
            admin.close()
        yield address
