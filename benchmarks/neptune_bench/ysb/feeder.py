"""Delivers chunks of events at their times; a process of its own.

Run as ``python -m`` this module, ``SPOOL SINK FIRST END``: once ready it writes a line, and reads
one from its standard input that says when chunk 0 begins, in epoch seconds. SINK is a directory, or
``TOPIC@SERVER`` of Kafka.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from neptune_bench.ysb.events import TICK_MS, chunk_name

Sink = Callable[[Path], None]
"""Delivers a chunk's file; returns when it has arrived."""


def sink_of(text: str) -> Sink:
    """Return what delivers to the SINK that a word names."""
    topic, at, server = text.partition("@")
    return KafkaSink(topic, server) if at else DirectorySink(Path(text))


class DirectorySink:
    """Puts files into a directory that a stream watches."""

    def __init__(self, directory: Path) -> None:
        """Deliver to `directory`."""
        self._directory = directory

    def __call__(self, chunk: Path) -> None:
        """Copy the file under a name that Spark ignores, and rename it: it arrives whole."""
        hidden = self._directory / f".{chunk.name}"
        hidden.write_bytes(chunk.read_bytes())
        os.rename(hidden, self._directory / chunk.name)


class KafkaSink:
    """Sends each line of a file as a message."""

    def __init__(self, topic: str, server: str) -> None:
        """Connect to the broker `server`."""
        # Only here: without --kafka nobody needs the package.
        from kafka import KafkaProducer

        self._topic = topic
        self._producer = KafkaProducer(bootstrap_servers=server, acks=1)

    def __call__(self, chunk: Path) -> None:
        """Send the messages, and wait until the broker has them all."""
        sent = [self._producer.send(self._topic, line) for line in chunk.read_bytes().splitlines()]
        self._producer.flush()
        for message in sent:
            # Raises what the broker said if it has not taken the message.
            message.get(timeout=0)


def feed(spool: Path, sink: Sink, first: int, end: int, start: float) -> None:
    """Deliver each chunk when its time is over, chunk 0's beginning at `start` (epoch s)."""
    for number in range(first, end):
        time.sleep(max(0.0, start + (number + 1) * TICK_MS / 1000 - time.time()))
        sink(spool / chunk_name(number))


def main(arguments: list[str]) -> None:
    """Feed as the `arguments` say (see the module's docstring)."""
    spool, sink_text, first, end = arguments
    sink = sink_of(sink_text)
    print("ready", flush=True)
    if start := sys.stdin.readline():
        feed(Path(spool), sink, int(first), int(end), float(start))


if __name__ == "__main__":
    main(sys.argv[1:])
