"""The workload of the demo: a stream, and a fixed amount of batch work beside it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from neptune_bench.demo.batch import Fixed
from neptune_bench.demo.events import expected, file_events
from neptune_bench.demo.stream import Totals, files
from neptune_bench.harness import tpch
from neptune_bench.tpch.oracle import TABLES
from neptune_bench.unified.plan import Plan
from neptune_bench.unified.schedulers import SCHEDULERS, Scheduler
from neptune_bench.unified.workload import (
    Answers,
    Show,
    Workload,
    check_groups,
)

_ALL: Final = (
    SCHEDULERS["alone"],
    SCHEDULERS["fifo"],
    dataclasses.replace(SCHEDULERS["fair"], title="Spark FAIR"),
    Scheduler("neptune", "Neptune", SCHEDULERS["neptune-lma"].colour, neptune={}, declares=False),
)


class Demo(Workload):
    """See the package."""

    name = "demo"
    title = "A stream beside a batch"
    scale_unit = "TPC-H scale factor"
    event_unit = "files of events"
    step_unit = "queries and training rounds"
    arrivals = "one file in each slot of time, at a random moment of it"
    stream = Totals
    batch = Fixed
    schedulers: Mapping[str, Scheduler] = {scheduler.name: scheduler for scheduler in _ALL}

    def plan(self, quick: bool) -> Plan:
        """Return a plan of some minutes, or a quick one."""
        options: Mapping[str, Any] = {
            "parts": 2 if quick else 4,
            "events_per_file": 100 if quick else 400,
            "warm_files": 3 if quick else 20,
            "queries": ["q1", "q3"] if quick else ["q1", "q3", "q5", "q6", "q18"],
            "rounds": 1 if quick else 3,
            "samples_per_task": 50_000 if quick else 150_000,
        }
        return Plan(
            workload=self.name,
            master="local[2]",
            scale=0.02 if quick else 0.3,
            duration_s=4.0 if quick else 24.0,
            rate=4.0 if quick else 2.5,
            lead_s=-0.5 if quick else -2.0,
            warm_s=0.0,
            repeat=1,
            schedulers=tuple(self.schedulers),
            options=options,
        )

    def packages(self, plan: Plan) -> Sequence[str]:
        """Return who makes the data and the pictures."""
        return ("tpchgen-cli", "matplotlib")

    @contextmanager
    def prepare(self, plan: Plan, directory: Path, show: Show) -> Iterator[None]:
        """Make the tables and the files of events."""
        show(f"TPC-H data, scale {plan.scale:g}")
        tpch.generate(plan.scale, plan.options["parts"], TABLES, directory)
        each = plan.options["events_per_file"]
        files(plan, directory).write(lambda number: file_events(plan.seed, number, each))
        yield

    def check(self, plan: Plan, directory: Path, answers: Sequence[Answers]) -> str:
        """Compare the batch's answers with one another, the stream's with those of plain Python."""
        super().check(plan, directory, answers)
        count = len(files(plan, directory))
        want = expected(plan.seed, count, plan.options["events_per_file"])
        for run in answers:
            if run.stream is not None:
                check_groups(run, want)
        return "All runs gave the same answers, and the stream's are those of plain Python."


WORKLOAD: Final = Demo()
