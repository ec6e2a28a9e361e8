"""The part with Spark: JVM tasks that are suspended, and jobs on stock Spark and on Neptune."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

from neptune_bench.harness.measuring import Measuring
from neptune_bench.harness.program import BenchmarkError
from neptune_bench.mechanism import figures, turns
from neptune_bench.mechanism.figures import Cost, Distribution, Latency
from neptune_bench.mechanism.plan import CODE, NEPTUNE, STOCK, Plan


def write_data(plan: Plan, directory: Path) -> None:
    """Write what the jobs read."""
    # Not at the top: the tests of all else need no Arrow.
    from neptune_bench.mechanism import applications

    applications.write_data(plan, directory)


def latencies(bench: Measuring[Plan]) -> tuple[list[Latency], dict[str, Any]]:
    """Suspend JVM tasks manually; return their latencies, and what else the driver says."""
    answer = bench.drive("JVM tasks, suspended", "mechanism.jvm", str(bench.directory))
    rows = answer.pop("latencies")
    return [jvm_latency(row) for row in rows], {**answer, "rows": rows}


def jvm_latency(row: dict[str, Any]) -> Latency:
    """Return the latency that a scheduler's statistics tell."""
    suspend_ms = Distribution(**row["suspend_latency_ms"])
    resume_ms = Distribution(**row["resume_latency_ms"])
    return Latency(row["variant"], CODE, row["size_us"], suspend_ms, resume_ms)


def costs(plan: Plan, bench: Measuring[Plan]) -> tuple[list[Cost], dict[str, str]]:
    """Run the jobs on stock Spark and on Neptune; return the ratios and the versions.

    The two sides of a pair, each in a process of its own, take turns from job to job.

    Raises:
        BenchmarkError: if the two give different answers.
    """
    pairs: list[dict[str, Any]] = []
    for number in range(plan.pairs):
        sides = (STOCK, NEPTUNE)
        taken = bench.directory / f"turns-{number}"
        turns.lay_out(taken, sides)
        begins = sides[number % 2]
        words = {side: (str(bench.directory), side, str(taken), begins) for side in sides}
        pairs.append(bench.drive_together(f"pair {number + 1}", "mechanism.session", words))
    check(pairs)
    jobs = pairs[0][STOCK]["seconds"]
    found = [figures.cost(job, None, [seconds_of(pair, job) for pair in pairs]) for job in jobs]
    return found, pairs[0][NEPTUNE]["versions"]


def seconds_of(pair: dict[str, Any], job: str) -> tuple[float, float]:
    """Return the median seconds of a job on stock Spark, and that times the median ratio.

    A ratio is that of two turns, one after the other.
    """
    stock, neptune = (pair[side]["seconds"][job] for side in (STOCK, NEPTUNE))
    base = statistics.median(stock)
    return base, base * statistics.median(b / a for a, b in zip(stock, neptune, strict=True))


def check(pairs: list[dict[str, Any]]) -> None:
    """Check that every process gave the same answers.

    Raises:
        BenchmarkError: naming the first job that did not.
    """
    want = pairs[0][STOCK]["answers"]
    for pair in pairs:
        for side, process in pair.items():
            for job, answer in process["answers"].items():
                if answer != want[job]:
                    raise BenchmarkError(
                        f"The job {job} gave {want[job]} on stock Spark, {answer} on {side}."
                    )
