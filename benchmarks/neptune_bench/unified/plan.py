"""What a run does: every size and time in one record, the same for all schedulers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from neptune_bench.harness import layout, sessions
from neptune_bench.harness.layout import CLUSTER, Layout
from neptune_bench.harness.options import option, seconds, seeded
from neptune_bench.harness.program import BenchmarkError
from neptune_bench.unified.schedulers import SCHEDULERS


@dataclass(frozen=True)
class Plan(Layout):
    """Sizes and times of a benchmark.

    Args:
        workload: package of the workload.
        lead_s: for how long the batch has the cores before the first event; if negative, for how
            long events arrive before the batch begins.
        options: what else the workload's command line says.
    """

    workload: str
    scale: float = option(1.0, "{scale}")
    duration_s: float = option(60.0, "seconds of a run that count", name="duration")
    rate: float = option(1.0, "{events} a second")
    lead_s: float = 1.0
    warm_s: float = option(
        *(30.0, "seconds of both sides before the measurement"), name="warm-up", read=seconds
    )
    repeat: int = option(3, "runs of each scheduler")
    seed: int = seeded("of data, arrivals and the order of runs")
    schedulers: tuple[str, ...] = option(tuple(SCHEDULERS), "which to compare")
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def counted_s(self) -> float:
        """When what counts begins, in seconds from the begin of a run."""
        return max(0.0, self.lead_s) + self.warm_s

    @property
    def stream_s(self) -> float:
        """For how long events arrive, those of the warm-up included."""
        return self.warm_s + self.duration_s


_LOCAL = re.compile(r"local\[(\d+)\]")
_LOCAL_CLUSTER = re.compile(r"local-cluster\[(\d+),(\d+),(\d+)\]")


def shared(plan: Plan, parts: int) -> dict[str, str]:
    """Return the settings that give one of `parts` applications its share of cores and memory.

    Raises:
        BenchmarkError: if the cores can't be divided.
    """
    driver = {"spark.driver.memory": f"{sessions.MEMORY_MB // parts}m"}
    if plan.layout != CLUSTER:
        return {"spark.master": divided(plan.master, parts), **driver}
    cores = plan.worker_cores
    if cores % parts:
        raise BenchmarkError(
            f"A static split of the worker's {cores} core{'s' if cores > 1 else ''} into {parts} "
            "equal parts is not possible: leave out the scheduler split, or use --layout local."
        )
    return {**layout.settings(plan, parts), **driver}


def divided(master: str, parts: int) -> str:
    """Return the master of one of `parts` applications that have equal shares of the cores.

    Raises:
        BenchmarkError: if the master's cores can't be divided.
    """
    if parts == 1:
        return master
    if found := _LOCAL.fullmatch(master):
        cores = int(found[1])
        if cores % parts == 0:
            return f"local[{cores // parts}]"
    if found := _LOCAL_CLUSTER.fullmatch(master):
        executors, cores, memory = map(int, found.groups())
        if executors % parts == 0:
            return f"local-cluster[{executors // parts},{cores},{memory}]"
        if cores % parts == 0:
            return f"local-cluster[{executors},{cores // parts},{memory}]"
    raise BenchmarkError(
        f"A static split of {master} into {parts} equal parts is not possible: use "
        "local[N] or local-cluster[N,C,M] with an even number, or leave out the scheduler split."
    )
