"""What a run of the benchmark does: every size and number in one record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from neptune_bench.harness.options import names, option, seeded
from neptune_bench.harness.record import Record

POLICIES: Final = ("lma", "lb", "cache-local", "cache-bucket", "random")
SORT: Final = "sort"
CACHED: Final = "cached"
KINDS: Final = {
    SORT: "real: a sort, while a low task holds most memory of one executor",
    CACHED: "real: a partition that one executor caches",
}
LOCALITY: Final = "locality"
MEMORY: Final = "memory"
BOTH: Final = "both"
SCENARIOS: Final = {
    "balance": "simulated: no cached blocks, and enough memory",
    LOCALITY: "simulated: half of the stream's tasks have cached blocks",
    MEMORY: "simulated: stream tasks need memory, which batch tasks hold",
    BOTH: "simulated: cached blocks, and memory that is held",
}


@dataclass(frozen=True)
class Plan(Record):
    """Sizes and numbers of the benchmark; pairs are the least and the greatest.

    Args:
        executors, cores, executors_per_host, memory_mb: the simulated cluster.
        batch_jobs, batch_share: batch jobs, and the tasks of all their stages over the cores; every
            third job is a heavy one.
        light_s, light_mb, heavy_s, heavy_mb: what a task of the others, and of those, takes.
        stream_share: work of the stream jobs, of what all cores could do.
        stream_tasks, stream_s, stream_mb: tasks of a stream job, and what one takes.
        cached_share: of these, those whose blocks are cached on an executor.
        remote_factor: how many times as long such a task takes elsewhere.
        spill_factor: how many times as long a task takes that finds no memory.
        real_executors, executor_mb: of the real session; each has one core and so much heap.
        alone: requests of each kind before on the idle cluster, after as many that warm up.
        pause_s: between two requests.
        warm_s: for how long the load runs before the first.
        sort_rows, holder_rows: what a request sorts, and what the low task keeps.
        holder_steps: how long it looks at one in a hundred of these, in steps of a loop.
        cached_mb: what each cached partition takes.
    """

    seed: int = seeded("of workloads, and of the order of requests")
    policies: tuple[str, ...] = option(
        POLICIES, "those to compare", name="schedulers", read=names("policy", POLICIES)
    )
    workloads: int = option(5, "workloads of each scenario, each with its own seed", name="repeat")
    executors: int = 24
    cores: int = 4
    executors_per_host: int = 3
    memory_mb: int = 4096
    duration_s: float = option(120.0, "virtual seconds in which jobs arrive", name="duration")
    batch_jobs: int = 6
    batch_share: float = 1.2
    light_s: tuple[float, float] = (4.0, 8.0)
    light_mb: int = 128
    heavy_s: tuple[float, float] = (10.0, 20.0)
    heavy_mb: int = 1536
    stream_share: float = 0.15
    stream_tasks: tuple[int, int] = (4, 16)
    stream_s: tuple[float, float] = (0.1, 0.5)
    stream_mb: int = 768
    cached_share: float = 0.5
    remote_factor: float = 2.0
    spill_factor: float = 3.0
    real_executors: int = 3
    executor_mb: int = 768
    requests: int = option(16, "of each kind, under each policy, to real executors")
    alone: int = 8
    pause_s: tuple[float, float] = (0.1, 0.4)
    warm_s: float = 10.0
    sort_rows: int = 1_000_000
    holder_rows: int = 1_600_000
    holder_steps: int = 10_000
    cached_mb: int = 16


QUICK: Final = Plan(workloads=1, executors=6, duration_s=20.0, requests=1, alone=2, warm_s=2.0)
