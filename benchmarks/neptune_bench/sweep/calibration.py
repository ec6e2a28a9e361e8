"""Measures the speed of a core; a driver process (see `harness.driver`)."""

from __future__ import annotations

from pathlib import Path

from neptune_bench.harness import sessions
from neptune_bench.harness.drivers import Report
from neptune_bench.sweep import load
from neptune_bench.unified.plan import Plan, shared


def run(plan: Plan, place: Path, _report: Report) -> dict[str, float]:
    """Return how many numbers a core sums up in a second, by the name `speed`."""
    settings = {**sessions.settings("sweep: calibration", plan.master, place), **shared(plan, 1)}
    with sessions.started(settings) as spark:
        return {"speed": load.rows_per_core_s(spark)}
