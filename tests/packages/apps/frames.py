"""What the applications have in common: files for streams, and frames as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.query import StreamingQuery


def rows(frame: DataFrame) -> list[list[Any]]:
    """All rows, sorted."""
    return sorted(list(row) for row in frame.collect())


def event_files(spark: SparkSession, directory: Path, files: int, rows_per_file: int) -> DataFrame:
    """A stream of (n, k, v): one file a micro-batch, the same keys in all files."""
    source = directory / "events"
    source.mkdir()
    for file in range(files):
        numbers = range(file * rows_per_file, (file + 1) * rows_per_file)
        lines = (json.dumps({"n": n, "k": n * 31 % 997, "v": n * n % 1013}) for n in numbers)
        (source / f"{file}.json").write_text("\n".join(lines))
    stream = spark.readStream.schema("n long, k long, v long")
    return stream.option("maxFilesPerTrigger", 1).json(str(source))


def finish(query: StreamingQuery) -> None:
    """Lets a query take all there is, and ends it."""
    query.processAllAvailable()
    query.stop()
