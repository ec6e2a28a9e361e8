"""Measures the speed of a core: ``python -m`` this module, ``PLAN SCRATCH ANSWER FD``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from neptune_bench.harness import sessions
from neptune_bench.sweep import load
from neptune_bench.unified.plan import Plan, shared


def main(arguments: list[str]) -> None:
    """Run as the `arguments` say; FD is not used."""
    plan_path, scratch, answer, _ = arguments
    plan = Plan.load(Path(plan_path))
    events = Path(scratch) / "events"
    events.mkdir()
    settings: dict[str, Any] = {
        **sessions.settings("sweep: calibration", plan.master, scratch, str(events)),
        **shared(plan, 1),
    }
    spark = SparkSession.builder.config(map=settings).getOrCreate()
    try:
        speed = load.rows_per_core_s(spark)
    finally:
        spark.stop()
    Path(answer).write_text(json.dumps(speed))


if __name__ == "__main__":
    main(sys.argv[1:])
