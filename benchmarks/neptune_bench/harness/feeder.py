"""Delivers files at their times; a process of its own.

Run as ``python -m`` this module, ``SPOOL SINK SCHEDULE``: once ready it writes a line, and reads
one from its standard input that says when time 0 is, in epoch seconds. SCHEDULE is a file: a JSON
list of ``[file name, seconds]``, ascending. SINK is a directory, or ``TOPIC@SERVER`` of Kafka.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from neptune_bench.harness.program import BenchmarkError

LATE_S: Final = 120.0

Schedule = Sequence[tuple[str, float]]
"""(file name, when it is due, in seconds), ascending."""
Sink = Callable[[Path], None]
"""Delivers a file; returns when it has arrived."""


class Feeder:
    """The process that delivers files, whatever the driver does meanwhile."""

    def __init__(self, spool: Path, sink: str, schedule: Schedule, listed: Path) -> None:
        """Start it; it waits.

        Args:
            spool: directory of the files.
            sink: where to, as a word (see the module's docstring).
            schedule: which files, and when.
            listed: a file for the schedule.
        """
        listed.write_text(json.dumps(schedule))
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(spool), sink, str(listed)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def wait_until_ready(self) -> None:
        """Wait until it can deliver; raise BenchmarkError if it can't."""
        assert self._process.stdout is not None
        if not self._process.stdout.readline():
            raise BenchmarkError("The event feeder did not start.")

    def begin(self, start: float) -> None:
        """Have time 0 be the epoch second `start`."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{start!r}\n")
        self._process.stdin.flush()

    def check(self) -> None:
        """Raise BenchmarkError if it has failed."""
        if self._process.poll() not in (None, 0):
            raise BenchmarkError(f"The event feeder failed with {self._process.returncode}.")

    def wait(self) -> None:
        """Wait until it has delivered the last file.

        Raises:
            BenchmarkError: if it failed, or is late.
        """
        try:
            self._process.communicate(timeout=LATE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise BenchmarkError(
                f"The event feeder was {LATE_S:g} s late: use a lower --rate."
            ) from None
        self.check()


def sink_of(text: str) -> Sink:
    """Return what delivers to the SINK that a word names."""
    topic, at, server = text.partition("@")
    return KafkaSink(topic, server) if at else DirectorySink(Path(text))


class DirectorySink:
    """Puts files into a directory that a stream watches."""

    def __init__(self, directory: Path) -> None:
        """Deliver to `directory`."""
        self._directory = directory

    def __call__(self, file: Path) -> None:
        """Copy the file under a name that Spark ignores, and rename it: it arrives whole."""
        hidden = self._directory / f".{file.name}"
        hidden.write_bytes(file.read_bytes())
        os.rename(hidden, self._directory / file.name)


class KafkaSink:
    """Sends each line of a file as a message."""

    def __init__(self, topic: str, server: str) -> None:
        """Connect to the broker `server`."""
        # Only here: without a broker nobody needs the package.
        from kafka import KafkaProducer

        self._topic = topic
        self._producer = KafkaProducer(bootstrap_servers=server, acks=1)

    def __call__(self, file: Path) -> None:
        """Send the messages, and wait until the broker has them all."""
        sent = [self._producer.send(self._topic, line) for line in file.read_bytes().splitlines()]
        self._producer.flush()
        for message in sent:
            # Raises what the broker said if it has not taken the message.
            message.get(timeout=0)


def feed(spool: Path, sink: Sink, schedule: Schedule, start: float) -> None:
    """Deliver each file when it is due; time 0 is the epoch second `start`."""
    for name, at in schedule:
        time.sleep(max(0.0, start + at - time.time()))
        sink(spool / name)


def main(arguments: list[str]) -> None:
    """Feed as the `arguments` say (see the module's docstring)."""
    spool, sink_text, listed = arguments
    sink, schedule = sink_of(sink_text), json.loads(Path(listed).read_text())
    print("ready", flush=True)
    if start := sys.stdin.readline():
        feed(Path(spool), sink, schedule, float(start))


if __name__ == "__main__":
    main(sys.argv[1:])
