"""The simulated workloads: batch tasks that hold memory, and stream tasks that need it. Pure."""

from __future__ import annotations

import dataclasses
import random

from neptune_bench.policies.plan import BOTH, LOCALITY, MEMORY, Plan
from neptune_bench.scale.workload import ANYWHERE, HIGH, LOW, Job, Stage, Workload, poisson_us


def pressed(plan: Plan, scenario: str, seed: int) -> Workload:
    """Return the workload of a seed; durations and arrivals are alike in all scenarios."""
    has_memory, has_blocks = scenario in (MEMORY, BOTH), scenario in (LOCALITY, BOTH)
    rng = random.Random(f"{seed} policies")
    cores = plan.executors * plan.cores
    width = max(1, round(plan.batch_share * cores / plan.batch_jobs))
    jobs: list[Job] = []
    for number in range(plan.batch_jobs):
        is_heavy = number % 3 == 0
        bounds_s, mb = (plan.heavy_s, plan.heavy_mb) if is_heavy else (plan.light_s, plan.light_mb)
        stages = round(plan.duration_s / bounds_s[1])
        made = [_stage(rng, width, bounds_s, mb, [ANYWHERE] * width) for _ in range(stages)]
        jobs.append(Job(len(jobs), 0, LOW, made))
    mean_s = sum(plan.stream_tasks) / 2 * sum(plan.stream_s) / 2
    for now_us in poisson_us(rng, plan.stream_share * cores / mean_s, plan.duration_s):
        count = rng.randint(*plan.stream_tasks)
        places = [
            rng.randrange(plan.executors) if rng.random() < plan.cached_share else ANYWHERE
            for _ in range(count)
        ]
        cached = places if has_blocks else [ANYWHERE] * count
        stage = _stage(rng, count, plan.stream_s, plan.stream_mb, cached)
        jobs.append(Job(len(jobs), now_us, HIGH, [stage]))
    if not has_memory:
        jobs = [dataclasses.replace(j, stages=[_without_memory(s) for s in j.stages]) for j in jobs]
    return Workload(
        seed,
        plan.executors,
        plan.cores,
        int(plan.duration_s * 1e6),
        answer_us=100,
        remote_factor=plan.remote_factor,
        sample_us=100_000,
        jobs=jobs,
        executors_per_host=plan.executors_per_host,
        memory_mb=plan.memory_mb if has_memory else 0,
        spill_factor=plan.spill_factor,
    )


def _stage(
    rng: random.Random, count: int, bounds_s: tuple[float, float], mb: int, cached_on: list[int]
) -> Stage:
    durations = [int(rng.uniform(*bounds_s) * 1e6) for _ in range(count)]
    return Stage(durations, cached_on, [mb] * count)


def _without_memory(stage: Stage) -> Stage:
    return Stage.plain(stage.durations_us, stage.cached_on)
