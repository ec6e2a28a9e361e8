"""Runs as the demo would find them, made up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from neptune_bench.demo.workload import WORKLOAD
from neptune_bench.harness.eventlog import Log, Task
from neptune_bench.unified.runner import Run

BEGIN = 100.0


def run(
    scheduler: str,
    latencies_s: Sequence[float],
    batch: tuple[float, float] | None,
    *tasks: Task,
) -> Run:
    """Return a run whose events arrive each second; its batch is one step."""
    steps = [{"key": "0:0", "name": "q1", "begin": batch[0], "end": batch[1]}] if batch else []
    answer: dict[str, Any] = {
        "samples": [
            {"arrival": BEGIN + n, "latency_ms": 1000 * x} for n, x in enumerate(latencies_s)
        ],
        "steps": steps,
        "phases_s": {"start": 1.0},
        "statistics": None,
    }
    log = Log(2, {task.task_id: task for task in tasks})
    known = WORKLOAD.schedulers[scheduler]
    return Run(known, 0, BEGIN, BEGIN + 24.0, (answer,), (log,), 1.0)
