"""What a run of the demo does: every size and time in one record, the same for all schedulers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from neptune_bench.harness.program import BenchmarkError
from neptune_bench.harness.record import Record

SCHEDULERS: Final = ("alone", "fifo", "fair", "neptune")
SQL: Final = "sql"
PYTHON: Final = "python"
"""The two sides of the batch, one thread each."""


class DemoError(BenchmarkError):
    """The demo cannot go on or its runs disagree; the message is one sentence for the user."""


@dataclass(frozen=True)
class Plan(Record):
    """Sizes and times of the demo.

    Args:
        master: Spark master of every run.
        scale: TPC-H scale factor.
        parts: Parquet files per TPC-H table.
        seed: seed of the events, their arrival times and the training data.
        duration_s: seconds for which measured events arrive.
        lead_s: seconds of events before the batch starts.
        interval_s: mean seconds between two event files.
        events_per_file: events in each file.
        warm_files: event files delivered, unmeasured, before anything else, one by one.
        queries: TPC-H queries the batch runs, in order.
        rounds: training rounds the batch runs, one after the other.
        samples_per_task: training samples of one Python task.
    """

    master: str = "local[2]"
    scale: float = 0.3
    parts: int = 4
    seed: int = 7
    duration_s: float = 24.0
    lead_s: float = 2.0
    interval_s: float = 0.4
    events_per_file: int = 400
    warm_files: int = 20
    queries: tuple[str, ...] = ("q1", "q3", "q5", "q6", "q18")
    rounds: int = 3
    samples_per_task: int = 150_000

    @property
    def measured_files(self) -> int:
        """How many event files arrive while the run is measured."""
        return max(1, int(self.duration_s / self.interval_s))


@dataclass(frozen=True)
class Places(Record):
    """Directories of one run, all made by the runner.

    Args:
        tables: the TPC-H data, one directory per table.
        spool: event files that have not arrived yet.
        landing: the directory that the stream watches.
        checkpoint: the stream's checkpoint.
        scratch: Spark's local directory.
        event_log: Spark's event log directory.
        answer: the file into which the application writes what it measured and computed.
    """

    tables: str
    spool: str
    landing: str
    checkpoint: str
    scratch: str
    event_log: str
    answer: str
