"""A result as the benchmark would find it, made up."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from neptune_bench.scale.figures import Result
from neptune_bench.scale.plan import SCHEDULERS, Plan
from neptune_bench.scale.workload import HIGH, LOW

PLAN = Plan(decision_bursts=(8, 64), warm_decisions=1, decisions=2, sizes=(75, 10_000))


def cell(factor: float, **counts: float) -> dict[str, Any]:
    """Return a simulation in which everything took `factor` times as long as alone."""
    zero = {"suspensions": 0, "kills": 0, "wasted_task_s": 0.0, "oversubscribed": 0}
    job_ms = {"0": 1000.0 * factor, "1": 3000.0 * factor, "2": 10.0 * factor, "3": 20.0 * factor}
    return {"job_ms": job_ms, "running_cv": 0.1, "live_cv": 0.2, **zero, **counts}


def result(schedulers: Sequence[str] = PLAN.schedulers) -> Result:
    """Return a result with these policies and modes, two sizes and two kinds of round."""
    plan = dataclasses.replace(PLAN, schedulers=tuple(schedulers))
    together = [
        {"policy": policy, "mode": mode, **cell(2.0 if mode == "none" else 1.5, suspensions=3)}
        for policy, mode in map(SCHEDULERS.__getitem__, schedulers)
    ]
    run = {
        "seed": 7,
        "ids": {LOW: [0, 1], HIGH: [2, 3]},
        "batch_alone": cell(1.0),
        "stream_alone": cell(1.0),
        "together": together,
    }
    samples = [(8, 9000.0), (8, 1000.0), (5, 1.0), (8, 3000.0), (64, 5000.0), (64, 6000.0)]
    return Result(
        plan,
        {"cpus": 2},
        {"spark": "4.3.0"},
        0.5,
        [run],
        users(),
        [
            {"executors": e, "policy": p, "samples": samples}
            for e in plan.sizes
            for p in plan.policies
        ],
        [{"executors": e, "burst": 64, "rounds_us": rounds()} for e in plan.sizes],
        [{"executors": 1000, "burst": 64, "rounds_us": {"fair: full": rounds()["full"]}}],
    )


def users() -> dict[str, Any]:
    """Return a long job of each of two users, and two short ones of a third, under two sides.

    On two cores; alone each short one takes a second. The second side shares the cores equally.
    """
    jobs = [
        {"id": number, "user": user, "arrival_s": at_s}
        for number, (user, at_s) in enumerate(
            [("long-0", 0.0), ("long-1", 0.0), ("short-0", 5.0), ("short-0", 9.0)]
        )
    ]
    first = {"0": 20_500.0, "1": 41_000.0, "2": 36_000.0, "3": 33_000.0}
    second = {"0": 40_000.0, "1": 42_000.0, "2": 1_000.0, "3": 2_000.0}
    return {
        "jobs": jobs,
        "alone_ms": {"2": 1000.0, "3": 1000.0},
        "sides": {
            "Spark FIFO": {
                "job_ms": first,
                "held": [{"long-0": 2}] * 20 + [{"long-1": 2}] * 21,
                "suspensions": 0,
                "real_s": 1.0,
            },
            "Neptune, fair": {
                "job_ms": second,
                "held": [{"long-0": 1, "long-1": 1}] * 15 + [{"long-0": 2}] * 5 + [{}] * 15,
                "suspensions": 9,
                "real_s": 1.0,
            },
        },
    }


def rounds() -> dict[str, dict[str, list[float]]]:
    """Return the samples of two kinds of offer round."""
    return {
        "full": {"stock": [10.0, 20.0, 90.0], "neptune": [25.0, 30.0, 35.0]},
        "one executor": {"stock": [1.0], "neptune": [1.0]},
    }
