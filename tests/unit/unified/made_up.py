"""Runs as the benchmark would find them, made up."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from neptune_bench.harness.eventlog import Log, Task
from neptune_bench.unified import figures
from neptune_bench.unified.figures import Measured
from neptune_bench.unified.plan import Plan
from neptune_bench.unified.result import Result
from neptune_bench.unified.runner import Run
from neptune_bench.unified.schedulers import BATCH, SCHEDULERS, STREAM
from neptune_bench.unified.workload import Application, BatchSide, Show, StreamSide, Workload

BEGIN = 100.0
END = 110.0


def batch_task(number: int, step: str, begin: float, end: float, **fields: Any) -> Task:
    """Return a task of a step of the batch."""
    return Task(number, BATCH, 0, begin, end, step=step, **fields)


def answer(
    latencies_ms: Sequence[float] = (), steps: Sequence[tuple[str, str]] = ()
) -> dict[str, Any]:
    """Return what an application with these latencies, and steps (key, name), leaves."""
    return {
        "processor_s": 4.0,
        "driver_processor_s": 1.0,
        "samples": [
            {"arrival": BEGIN + n, "latency_ms": latency} for n, latency in enumerate(latencies_ms)
        ],
        "steps": [{"key": k, "name": name, "begin": 0.0, "end": 0.0} for k, name in steps],
        "statistics": None,
        "phases_s": {"start": 1.0},
        "versions": {"spark": "4.3.0"},
        "stream_answer": {"q": [1]} if latencies_ms else None,
        "batch_answers": {name: [[1]] for _, name in steps},
    }


def run(name: str, *tasks: Task, repeat: int = 0, **fields: Any) -> Run:
    """Return a run of one application with these tasks, on two cores."""
    made = answer(**fields)
    log = Log(2, {task.task_id: task for task in tasks})
    return Run(SCHEDULERS[name], repeat, BEGIN, END, (made,), (log,), 20.0)


def measured(made: Run) -> Measured:
    """Return the figures of a run."""
    return figures.measured(
        made.scheduler, made.repeat, made.begin, made.end, made.answers, made.logs
    )


def runs() -> list[Run]:
    """Return a round: both sides alone, FIFO, and Neptune with one suspension."""
    suspended = batch_task(2, "0:0", 90.0, 115.0, suspended=[(102.0, 107.0)])
    work = (batch_task(1, "0:0", 90.0, 120.0), suspended)
    steps = [("0:0", "q9")]
    stream = Task(3, STREAM, 0, 102.0, 107.0)
    return [
        run("alone", stream, latencies_ms=[100.0, 200.0]),
        run("batch-alone", *work[:1], batch_task(2, "0:0", 90.0, 120.0), steps=steps),
        run("fifo", *work[:1], latencies_ms=[1000.0, 2000.0], steps=steps),
        run("neptune-lma", *work, stream, latencies_ms=[105.0, 220.0], steps=steps),
    ]


class Nothing(Workload):
    """A workload that does nothing."""

    name = "nothing"
    title = "Nothing at all"
    scale_unit = "size"
    event_unit = "events"
    step_unit = "steps"
    arrivals = "events at even times"

    def plan(self, quick: bool) -> Plan:
        """Return its sizes."""
        return Plan(self.name, scale=1.0, duration_s=5.0 if quick else 10.0, rate=2.0)

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add one of its own."""
        parser.add_argument("--colour", default="blue")

    def prepare(self, plan: Plan, directory: Path, show: Show) -> AbstractContextManager[None]:
        """Prepare nothing."""
        return nullcontext()

    def stream(self, application: Application) -> StreamSide:
        """Return no stream."""
        raise NotImplementedError

    def batch(self, application: Application) -> BatchSide:
        """Return no batch."""
        raise NotImplementedError


def result(made: Sequence[Run]) -> Result:
    """Return a result with these runs."""
    names = tuple(dict.fromkeys(r.scheduler.name for r in made))
    plan = Plan("nothing", 1.0, 10.0, 2.0, schedulers=names, master="local[2]")
    machine = {"processor": "abacus", "cpus": 2}
    found = [measured(r) for r in made]
    return Result(Nothing(), plan, machine, {"spark": "4.3.0"}, 0.5, "All right.", found, 60.0)
