"""What a run of the benchmark does: every size and number in one record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from neptune_bench.harness.options import option, seeded
from neptune_bench.harness.record import Record

SIZES_US: Final = (0, 10, 100, 1000, 10_000)
"""What a record costs, in microseconds; 0 stands for a trivial one, an increment."""

CODE: Final = "code"
"""A record that is Python code (in the JVM: Java code)."""
C_CALL: Final = "c_call"
"""A record that is one call into C code."""

GATE: Final = "gate"
STOP: Final = "stop"
THREAD: Final = "thread"
PLAIN: Final = "plain"
JVM: Final = "jvm"
JVM_BATCHES: Final = "jvm_batches"

STOCK: Final = "stock"
NEPTUNE: Final = "neptune"


@dataclass(frozen=True)
class Plan(Record):
    """Sizes and numbers of the benchmark.

    Args:
        sizes_us: record sizes of the workers that are suspended or timed.
        suspensions: measured suspensions of each variant at each record size.
        warm_suspensions: suspensions before those, not measured.
        chunks: measurements of each variant at each record size in one of those; the least counts.
        chunk_s: about how long one of them takes.
        jvm_suspensions: measured suspensions of JVM tasks at each record size.
        jvm_sizes_us: record sizes of the JVM tasks that are suspended.
        jvm_batch_sizes_us: record sizes of those that take their records in batches.
        jvm_batch_suspensions: measured suspensions at each of these.
        warm_repeats: runs of each job in a driver process that are not measured.
        repeats: runs of each job in a driver process that are.
        rows: rows of the table and lines that are scanned, and of what the pandas UDF gets.
        shuffled: rows of the job that shuffles them.
        elements: records of the jobs that run Python code record by record.
        lines: lines of the text that the suspended JVM tasks read.
    """

    seed: int = seeded("of moments, orders and data")
    sizes_us: tuple[int, ...] = SIZES_US
    suspensions: int = 300
    warm_suspensions: int = 10
    chunks: int = 8
    chunk_s: float = 0.02
    jvm_suspensions: int = 300
    jvm_sizes_us: tuple[int, ...] = SIZES_US
    jvm_batch_sizes_us: tuple[int, ...] = (10, 100)
    jvm_batch_suspensions: int = 15
    pairs: int = option(
        4, "pairs of drivers with jobs, on stock Spark and on Neptune", name="repeat"
    )
    warm_repeats: int = 10
    repeats: int = 15
    master: str = option("local[2]", "Spark master of all sessions", read=str)
    rows: int = 4_000_000
    shuffled: int = 1_500_000
    elements: int = 500_000
    lines: int = 40_000_000

    @property
    def rounds(self) -> int:
        """Worker processes whose records are timed: three for each pair of drivers."""
        return 3 * self.pairs


QUICK: Final = Plan(
    sizes_us=(0, 100, 10_000),
    suspensions=30,
    warm_suspensions=3,
    chunks=4,
    jvm_sizes_us=(0, 1000),
    jvm_batch_sizes_us=(),
    jvm_suspensions=30,
    pairs=1,
    warm_repeats=1,
    repeats=2,
    rows=500_000,
    shuffled=200_000,
    elements=50_000,
)


def size_name(size_us: int) -> str:
    """Return a record size as a person reads it."""
    if size_us == 0:
        return "trivial"
    return f"{size_us // 1000} ms" if size_us >= 1000 else f"{size_us} us"
