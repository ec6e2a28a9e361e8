"""A result that nobody measured."""

from __future__ import annotations

from neptune_bench.mechanism.figures import Distribution, Latency, Result, cost
from neptune_bench.mechanism.plan import (
    C_CALL,
    CODE,
    GATE,
    JVM,
    JVM_BATCHES,
    SIZES_US,
    STOP,
    THREAD,
    Plan,
)
from neptune_bench.mechanism.report import JOBS


def latency(variant: str, kind: str, size_us: int, p50: float = 0.2) -> Latency:
    times = Distribution(300, p50, 3 * p50, 5 * p50)
    return Latency(variant, kind, size_us, times, times, 0)


def result() -> Result:
    latencies = [
        latency(variant, kind, size)
        for size in SIZES_US
        for kind in (CODE, C_CALL)
        for variant in (GATE, STOP, THREAD)
        if kind == CODE or size > 0
    ]
    latencies += [latency(JVM, CODE, size) for size in SIZES_US]
    latencies.append(latency(JVM_BATCHES, CODE, 10, 40.0))
    return Result(
        plan=Plan(),
        machine={"cpus": 2},
        versions={"spark": "4.3.0"},
        load_before=0.0,
        jvm={},
        latencies=latencies,
        worker_costs=[
            cost(variant, size, [(1e-7, ratio * 1e-7), (1e-7, 1.02e-7)])
            for size in SIZES_US
            for variant, ratio in ((GATE, 1.0), (THREAD, 3.0))
        ],
        job_costs=[cost(job, None, [(1.0, 1.002)]) for job in JOBS],
        phases_s={"calibration": 1.0},
    )
