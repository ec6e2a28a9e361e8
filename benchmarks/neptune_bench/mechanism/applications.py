"""What the benchmark's Spark applications share: their settings and their data."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy
import pyarrow
from pyarrow import parquet

from neptune_bench.harness import sessions
from neptune_bench.mechanism.plan import Plan

KEYS: Final = 1000
FILES: Final = 2
HEAP: Final = "2g"
LINES_AT_ONCE: Final = 1_000_000


def settings(plan: Plan, directory: Path) -> dict[str, str]:
    """Return the settings of every session, with Neptune or without."""
    return {
        **sessions.settings("neptune mechanism", plan.master, directory),
        # Nobody reads it.
        "spark.eventLog.enabled": "false",
        "spark.driver.memory": HEAP,
        # All of it from the start. Before each job that is timed the heap is collected, which
        # shrinks it to what lives, and the job would pay for the pages that it then takes back:
        # in some processes for many, in others for few.
        "spark.driver.extraJavaOptions": f"-Xms{HEAP} -XX:+AlwaysPreTouch",
        "spark.sql.shuffle.partitions": "2",
        # One task for each file.
        "spark.sql.files.maxPartitionBytes": "1g",
        "spark.sql.files.minPartitionNum": "1",
        "spark.sql.files.openCostInBytes": "1g",
    }


def write_data(plan: Plan, directory: Path) -> None:
    """Write what the jobs read, each in a directory of its own.

    Where nobody suspends, that is a table and lines, in two files each; for the task that is
    suspended, a long text in one file, and the same in Parquet.
    """
    for name in ("table", "lines", "text", "batches"):
        (directory / name).mkdir(parents=True)
    drawn = numpy.random.default_rng(plan.seed)
    for file in range(FILES):
        rows = plan.rows // FILES
        columns = {"key": drawn.integers(0, KEYS, rows), "value": drawn.random(rows)}
        parquet.write_table(pyarrow.table(columns), directory / "table" / f"{file}.parquet")
        (directory / "lines" / f"{file}.txt").write_bytes(b"x\n" * rows)
    with (directory / "text" / "lines.txt").open("wb") as text:
        for _ in range(plan.lines // LINES_AT_ONCE):
            text.write(b"x\n" * LINES_AT_ONCE)
    lines = pyarrow.table({"value": ["x"] * LINES_AT_ONCE})
    parquet.write_table(lines, directory / "batches" / "lines.parquet")
