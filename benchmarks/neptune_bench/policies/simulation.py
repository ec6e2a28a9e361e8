"""The simulations (see the package); a driver process (see `harness.driver`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neptune_bench.harness.drivers import Report
from neptune_bench.policies import workload
from neptune_bench.policies.plan import SCENARIOS, Plan
from neptune_bench.scale.driver import Simulator, simulator
from neptune_bench.scale.figures import of_jobs
from neptune_bench.scale.workload import ANYWHERE, HIGH, LOW, Workload


def compared(simulated: Simulator, plan: Plan, name: str, jobs: Workload) -> list[dict[str, Any]]:
    """Return what each policy makes of a workload, in the form of `report.Cell`."""
    alone = simulated.drain(jobs.only(HIGH), "lb", "suspend")
    batch = simulated.drain(jobs.only(LOW), "lb", "suspend")
    stages = [stage for job in jobs.jobs if job.priority == HIGH for stage in job.stages]
    cached = sum(place != ANYWHERE for stage in stages for place in stage.cached_on)
    needed_mb = sum(sum(stage.memory_mb) for stage in stages)
    found = []
    for policy in plan.policies:
        ran = simulated.drain(jobs, policy, "suspend")
        both = zip(of_jobs(ran, jobs.ids(HIGH)), of_jobs(alone, jobs.ids(HIGH)), strict=True)
        slow_downs = [beside / by_itself for beside, by_itself in both]
        others = {
            "batch / alone": sum(of_jobs(ran, jobs.ids(LOW))) / sum(of_jobs(batch, jobs.ids(LOW))),
            "ran elsewhere": ran["remote"] / max(1, cached),
            "memory not found": ran["spilled_mb"].get(HIGH, 0) / max(1, needed_mb),
            "suspensions": ran["suspensions"] / len(slow_downs),
        }
        found.append({"load": name, "policy": policy, "slow_downs": slow_downs, "others": others})
    return found


def run(plan: Plan, _place: Path, report: Report, jars: str) -> dict[str, Any]:
    """Return what came of each simulation; `jars` are those of the simulator, as a class path."""
    cells: list[dict[str, Any]] = []
    with simulator(jars) as (simulated, _):
        for name in SCENARIOS:
            for number in range(plan.workloads):
                report(stage=name, done=number / plan.workloads)
                jobs = workload.pressed(plan, name, plan.seed + number)
                cells += compared(simulated, plan, name, jobs)
    return {"cells": cells}
