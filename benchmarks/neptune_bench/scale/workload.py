"""The workloads that are simulated: batch jobs that take all cores, and stream jobs. Pure.

Times are whole microseconds, as the simulator takes them (see Workload.scala).
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from neptune_bench.scale.plan import Plan

LOW: Final = "low"
HIGH: Final = "high"
NORMAL: Final = "normal"
ANYWHERE: Final = -1
_FOREVER_US: Final = 10**12
USERS_SAMPLE_US: Final = 1_000_000
"""How often it is looked at who has how many cores."""
BURST_EVERY_US: Final = 5_000_000
"""By then the tasks of the burst before have long ended."""


@dataclass(frozen=True)
class Stage:
    """A stage: what each task takes, and the executor that caches its blocks, or ANYWHERE.

    `memory_mb` is what each task needs of its executor's memory.
    """

    durations_us: list[int]
    cached_on: list[int]
    memory_mb: list[int]

    @classmethod
    def plain(cls, durations_us: list[int], cached_on: list[int] | None = None) -> Stage:
        """Return a stage whose tasks need no memory, and no place unless one is given."""
        count = len(durations_us)
        return cls(durations_us, cached_on or [ANYWHERE] * count, [0] * count)


@dataclass(frozen=True)
class Job:
    """A job; its stages run one after the other, in the pool that it names, if it does."""

    id: int
    arrival_us: int
    priority: str
    stages: list[Stage]
    pool: str | None = None


@dataclass(frozen=True)
class Workload:
    """Jobs for a cluster, and how the cluster behaves; `seed` is that of Spark's own choices."""

    seed: int
    executors: int
    cores: int
    duration_us: int
    answer_us: int
    remote_factor: float
    sample_us: int
    jobs: list[Job]
    executors_per_host: int = 1
    memory_mb: int = 0
    spill_factor: float = 1.0

    def only(self, priority: str) -> Workload:
        """Return the same workload without the jobs of other priorities."""
        return dataclasses.replace(self, jobs=[j for j in self.jobs if j.priority == priority])

    def of_users(self, kind: str) -> Workload:
        """Return the same workload with the jobs of one kind of users, `long` or `short`."""
        mine = [job for job in self.jobs if (job.pool or "").startswith(kind)]
        return dataclasses.replace(self, jobs=mine)

    def ids(self, priority: str) -> list[int]:
        """Return the ids of the jobs of a priority."""
        return [job.id for job in self.jobs if job.priority == priority]


def mixed(plan: Plan, seed: int) -> Workload:
    """Return the workload of a seed: batch jobs from the beginning, stream jobs all the time."""
    rng = random.Random(f"{seed} scale")
    capacity_us = plan.executors * plan.cores * plan.duration_s * 1e6
    jobs: list[Job] = []
    for _ in range(plan.batch_jobs):
        durations = _filling(rng, plan, plan.batch_share * capacity_us / plan.batch_jobs)
        jobs.append(Job(len(jobs), 0, LOW, [Stage.plain(durations)]))
    per_s = plan.stream_share * plan.executors * plan.cores / mean_stream_work_s(plan)
    for now_us in poisson_us(rng, per_s, plan.duration_s):
        stages = [_stream_stage(plan, rng) for _ in range(rng.randint(*plan.stream_stages))]
        jobs.append(Job(len(jobs), now_us, HIGH, stages))
    return _workload(plan, seed, plan.executors, int(plan.duration_s * 1e6), jobs)


def users(plan: Plan) -> Workload:
    """Return what users do who share a cluster: some a long job each, the others short ones.

    Each user has a pool, named after what it runs: `long-3`, `short-17`.
    """
    rng = random.Random(f"{plan.seed} users")
    capacity_us = plan.shared_executors * plan.cores * plan.users_s * 1e6
    long_users = max(1, round(plan.long_users_share * plan.parties))
    jobs: list[Job] = []
    for user in range(long_users):
        durations = _filling(rng, plan, plan.long_share * capacity_us / long_users)
        jobs.append(_job(len(jobs), _us(rng, (0.0, plan.users_s / 20)), durations, f"long-{user}"))
    mean_s = sum(plan.short_tasks) / 2 * sum(plan.stream_task_s) / 2
    per_s = plan.short_share * plan.shared_executors * plan.cores / mean_s
    for now_us in poisson_us(rng, per_s, plan.users_s):
        durations = [_us(rng, plan.stream_task_s) for _ in range(rng.randint(*plan.short_tasks))]
        user = rng.randrange(plan.parties - long_users)
        jobs.append(_job(len(jobs), now_us, durations, f"short-{user}"))
    whole = _workload(plan, plan.seed, plan.shared_executors, int(plan.users_s * 1e6), jobs)
    return dataclasses.replace(whole, sample_us=USERS_SAMPLE_US)


def poisson_us(rng: random.Random, per_s: float, end_s: float) -> Iterator[int]:
    """Yield the moments of a Poisson process until `end_s`, in microseconds, as they are drawn."""
    now_s = rng.expovariate(per_s)
    while now_s < end_s:
        yield int(now_s * 1e6)
        now_s += rng.expovariate(per_s)


def _filling(rng: random.Random, plan: Plan, work_us: float) -> list[int]:
    """Return the durations of batch tasks that are so much work together, or a little more."""
    durations: list[int] = []
    while sum(durations) < work_us:
        durations.append(_us(rng, plan.batch_task_s))
    return durations


def _job(number: int, at_us: int, durations: list[int], pool: str) -> Job:
    return Job(number, at_us, NORMAL, [Stage.plain(durations)], pool)


def bursts(plan: Plan, executors: int) -> Workload:
    """Return what decisions are timed on.

    All cores are taken by low tasks without end; then come bursts of high tasks, one at a time, of
    one size after the other.
    """
    rng = random.Random(f"{plan.seed} bursts")
    endless = Stage.plain([_FOREVER_US] * (executors * plan.cores))
    jobs = [Job(0, 0, LOW, [endless])]
    # Between the backend's own rounds, which would look again at cores that are on their way.
    at_us = BURST_EVERY_US + BURST_EVERY_US // 2
    for size in burst_sizes(plan, executors):
        for _ in range(plan.warm_decisions + plan.decisions):
            durations = [_us(rng, plan.stream_task_s) for _ in range(size)]
            cached = [_cached_on(plan, executors, rng) for _ in range(size)]
            jobs.append(Job(len(jobs), at_us, HIGH, [Stage.plain(durations, cached)]))
            at_us += BURST_EVERY_US
    return _workload(plan, plan.seed, executors, at_us, jobs)


def burst_sizes(plan: Plan, executors: int) -> list[int]:
    """Return the sizes of bursts that a cluster can take."""
    return [size for size in plan.decision_bursts if size <= executors * plan.cores]


def mean_stream_work_s(plan: Plan) -> float:
    """Return the mean of a stream job's work, in seconds of one core, where blocks are near."""
    stages, tasks, each_s = (
        sum(bounds) / 2 for bounds in (plan.stream_stages, plan.stream_tasks, plan.stream_task_s)
    )
    return stages * tasks * each_s


def _workload(plan: Plan, seed: int, executors: int, duration_us: int, jobs: list[Job]) -> Workload:
    return Workload(
        seed,
        executors,
        plan.cores,
        duration_us,
        plan.answer_us,
        plan.remote_factor,
        int(plan.sample_s * 1e6),
        jobs,
    )


def _stream_stage(plan: Plan, rng: random.Random) -> Stage:
    count = rng.randint(*plan.stream_tasks)
    durations = [_us(rng, plan.stream_task_s) for _ in range(count)]
    return Stage.plain(durations, [_cached_on(plan, plan.executors, rng) for _ in range(count)])


def _cached_on(plan: Plan, executors: int, rng: random.Random) -> int:
    return rng.randrange(executors) if rng.random() < plan.cached_share else ANYWHERE


def _us(rng: random.Random, bounds_s: tuple[float, float]) -> int:
    return int(rng.uniform(*bounds_s) * 1e6)
