"""What was measured, as records, and how measurements become figures. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from neptune_bench.harness import results
from neptune_bench.harness.figures import percentile
from neptune_bench.scale.plan import Plan
from neptune_bench.scale.workload import HIGH, LOW

Run = Mapping[str, Any]
"""A simulated workload as the driver answers: see `scale.driver.run`."""


@dataclass(frozen=True)
class Result(results.Result):
    """All that a run of the benchmark found.

    Args:
        plan: sizes and numbers.
        runs: each simulated workload, under every policy and mode.
        users: jobs of users who share a cluster, and what came of them (`scale.driver.of_users`).
        decisions, rounds: the timed decisions and offer rounds of each size of cluster.
        shared_rounds: the offer rounds of each order by which many parties share one.
    """

    plan: Plan
    runs: list[dict[str, Any]]
    users: dict[str, Any]
    decisions: list[dict[str, Any]]
    rounds: list[dict[str, Any]]
    shared_rounds: list[dict[str, Any]]


@dataclass(frozen=True)
class Simulated:
    """A policy and a mode, over all workloads, in virtual time.

    Args:
        latency_ms: of every stream job.
        p50, p99: of these.
        over_alone: the median, over that of the same stream alone.
        slowdown: mean of the batch jobs' times, over the same batch alone.
        running_cv, live_cv: coefficient of variation of the running tasks per executor, and of
            running and suspended ones; means over time.
        suspensions, kills: how many.
        wasted_task_s: work that kills have lost.
    """

    policy: str
    mode: str
    latency_ms: list[float]
    p50: float
    p99: float
    over_alone: float
    slowdown: float
    running_cv: float
    live_cv: float
    suspensions: int
    kills: int
    wasted_task_s: float


@dataclass(frozen=True)
class Decision:
    """How long decisions for so many pending tasks took, in real milliseconds."""

    executors: int
    policy: str
    pending: int
    count: int
    p50: float
    p99: float
    max: float


@dataclass(frozen=True)
class Round:
    """How long one kind of offer round takes, in real microseconds.

    Args:
        stock_us, neptune_us: medians.
        stock_p99_us, neptune_p99_us: percentiles.
        ratio: Neptune's median over stock Spark's.
    """

    executors: int
    kind: str
    count: int
    stock_us: float
    neptune_us: float
    stock_p99_us: float
    neptune_p99_us: float
    ratio: float


def of_jobs(run: Run, ids: Sequence[int]) -> list[float]:
    """Return the milliseconds that these jobs took."""
    return [run["job_ms"][str(number)] for number in ids]


def alone_ms(runs: Sequence[Run]) -> list[float]:
    """Return the latencies of the stream jobs alone."""
    return [ms for run in runs for ms in of_jobs(run["stream_alone"], run["ids"][HIGH])]


def simulated(runs: Sequence[Run]) -> list[Simulated]:
    """Return a record for each policy and mode, over all runs, which have the same ones."""
    return [_simulated(runs, cell["policy"], cell["mode"]) for cell in runs[0]["together"]]


def _simulated(runs: Sequence[Run], policy: str, mode: str) -> Simulated:
    found = [
        (run, cell)
        for run in runs
        for cell in run["together"]
        if (cell["policy"], cell["mode"]) == (policy, mode)
    ]
    latency_ms = [ms for run, cell in found for ms in of_jobs(cell, run["ids"][HIGH])]
    slowdowns = [
        statistics.fmean(of_jobs(cell, run["ids"][LOW]))
        / statistics.fmean(of_jobs(run["batch_alone"], run["ids"][LOW]))
        for run, cell in found
    ]
    cells = [cell for _, cell in found]
    return Simulated(
        policy,
        mode,
        latency_ms,
        percentile(latency_ms, 50),
        percentile(latency_ms, 99),
        percentile(latency_ms, 50) / percentile(alone_ms(runs), 50),
        statistics.fmean(slowdowns),
        statistics.fmean(cell["running_cv"] for cell in cells),
        statistics.fmean(cell["live_cv"] for cell in cells),
        sum(cell["suspensions"] for cell in cells),
        sum(cell["kills"] for cell in cells),
        sum(cell["wasted_task_s"] for cell in cells),
    )


def decisions(plan: Plan, rows: Sequence[Run]) -> list[Decision]:
    """Return the times of whole bursts' decisions, without those that were to warm up."""
    found = []
    for row in rows:
        for size in plan.decision_bursts:
            all_ms = [us / 1e3 for pending, us in row["samples"] if pending == size]
            counted = all_ms[plan.warm_decisions :]
            if counted:
                quantiles = (percentile(counted, q) for q in (50, 99, 100))
                found.append(
                    Decision(row["executors"], row["policy"], size, len(counted), *quantiles)
                )
    return found


def rounds(rows: Sequence[Run]) -> list[Round]:
    """Return the times of each kind of round at each size, and their ratios."""
    found = []
    for row in rows:
        for kind, samples in row["rounds_us"].items():
            stock, neptune = (statistics.median(samples[side]) for side in ("stock", "neptune"))
            found.append(
                Round(
                    row["executors"],
                    kind,
                    len(samples["stock"]),
                    stock,
                    neptune,
                    percentile(samples["stock"], 99),
                    percentile(samples["neptune"], 99),
                    neptune / stock,
                )
            )
    return found
