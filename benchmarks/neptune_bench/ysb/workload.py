"""The workload: the Yahoo Streaming Benchmark's stream, and a batch beside it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from neptune_bench.harness.program import BenchmarkError, count
from neptune_bench.tpch import oracle
from neptune_bench.tpch.tables import LONG
from neptune_bench.tpch.workload import LONG_QUERIES
from neptune_bench.tpch.workload import WORKLOAD as TPCH
from neptune_bench.unified.plan import Plan
from neptune_bench.unified.workload import (
    Answers,
    Application,
    BatchSide,
    Show,
    Workload,
    check_groups,
    equal_steps,
)
from neptune_bench.ysb import adlog, jars, services
from neptune_bench.ysb.batch import Analysis
from neptune_bench.ysb.stream import Views, files, log_of

DAY_S: Final = 24 * 3600
MILLION: Final = 1_000_000
LOG_BATCH: Final = "log"
TPCH_BATCH: Final = "tpch"


def window(text: str) -> int:
    """Return the length of windows that a word stands for: whole seconds that divide the day."""
    seconds = int(text)
    if seconds <= 0 or DAY_S % seconds:
        raise argparse.ArgumentTypeError(f"{seconds} seconds do not divide the day")
    return seconds


class Ysb(Workload):
    """See the package."""

    name = "ysb"
    title = "Yahoo Streaming Benchmark: views of ads by campaign, beside analyses"
    scale_unit = "millions of events in the batch's log, or TPC-H scale factor with --batch tpch"
    event_unit = "ad events"
    step_unit = "analyses"
    arrivals = "events at even times, delivered ten times a second"
    stream = Views

    def plan(self, quick: bool) -> Plan:
        """Return a plan of about an hour, or a quick one."""
        options: Mapping[str, Any] = {
            "window": 1 if quick else 10,
            "campaigns": 20 if quick else 100,
            # Chunks before the measured ones.
            "warm": 4 if quick else 20,
            "batch": LOG_BATCH,
            "kafka": False,
            "redis": False,
        }
        full = Plan(workload=self.name, scale=1.0, duration_s=60.0, rate=4000.0, options=options)
        if not quick:
            return full
        return replace(full, scale=0.1, duration_s=4.0, rate=1000.0, warm_s=1.0, repeat=1)

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add what the stream has, and which batch there is."""
        full = self.plan(quick=False).options
        add = parser.add_argument
        add("--window", type=window, help=f"seconds of a window ({full['window']})")
        add("--campaigns", type=count, help=f"how many ({full['campaigns']})")
        batch = f"analyses of a log of ads, or TPC-H's long queries ({full['batch']})"
        add("--batch", choices=(LOG_BATCH, TPCH_BATCH), help=batch)
        kafka = "events come through a Kafka broker that this starts, not as files"
        add("--kafka", action="store_true", help=kafka)
        redis = "campaigns and counts are in a Redis that this starts, not in memory"
        add("--redis", action="store_true", help=redis)

    def settings(self, plan: Plan) -> Mapping[str, str]:
        """Return the connector's jars, if there is a broker."""
        if not plan.options["kafka"]:
            return {}
        return {"spark.jars": ",".join(map(str, jars.connector()))}

    def servers(self, plan: Plan) -> Sequence[str]:
        """Return the services that the plan has."""
        names = {"kafka": services.BROKER, "redis": "Redis"}
        return [name for option, name in names.items() if plan.options[option]]

    def packages(self, plan: Plan) -> Sequence[str]:
        """Return what makes the data and runs in Python tasks, and the services' clients."""
        found = ["numpy", "pandas", "pyarrow"]
        if plan.options["kafka"]:
            found.append("kafka-python")
        if plan.options["redis"]:
            found.append("redis")
        if plan.options["batch"] == TPCH_BATCH:
            found += TPCH.packages(plan)
        return found

    @contextmanager
    def prepare(self, plan: Plan, directory: Path, show: Show) -> Iterator[None]:
        """Make the events and the batch's data, and start the services."""
        options = plan.options
        if plan.duration_s < options["window"]:
            raise BenchmarkError(
                f"No window of {options['window']} s is complete within {plan.duration_s:g} s: use "
                "a longer --duration or a shorter --window."
            )
        if options["kafka"]:
            show("jars of Kafka")
            jars.connector()
            jars.broker()
        show("services")
        wanted = (options["kafka"], options["redis"], options["campaigns"])
        with services.started(*wanted, directory / "services") as running:
            running.save(directory / services.FILE)
            show("events")
            log = log_of(plan)
            files(log, directory).write(lambda number: log.chunk(log.first + number))
            show("data of the batch")
            if options["batch"] == TPCH_BATCH:
                with TPCH.prepare(plan, directory, show):
                    yield
            else:
                adlog.write(plan.seed, round(plan.scale * MILLION), directory)
                yield

    def batch(self, application: Application) -> BatchSide:
        """Return the batch that the plan names."""
        if application.plan.options["batch"] == TPCH_BATCH:
            return TPCH.batch(application)
        return Analysis(application)

    def check(self, plan: Plan, directory: Path, answers: Sequence[Answers]) -> str:
        """Compare every count, and the batch's answers, with what was computed without Spark."""
        counts = log_of(plan).counts(plan.options["window"] * 1000)
        for run in answers:
            if run.stream is not None:
                check_groups(run, counts)
        if plan.options["batch"] == TPCH_BATCH:
            want = oracle.answers(LONG_QUERIES, directory / LONG)
            for run in answers:
                oracle.compare(run.batch, want, run.where)
            source = "DuckDB's"
        else:
            found = adlog.answers(plan.seed, round(plan.scale * MILLION))
            right = {name: [rows] for name, rows in found.items()}
            equal_steps([Answers("without Spark", None, right), *answers])
            source = "NumPy's"
        return (
            f"All {len(counts)} counts of all runs are those of plain Python on the same events, "
            f"and the batch's answers are {source}."
        )


WORKLOAD: Final = Ysb()
