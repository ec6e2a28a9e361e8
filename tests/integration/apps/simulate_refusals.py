"""Simulates a task that waits for the one executor that caches its block, which is taken by others
of its priority; prints how often other executors' tasks are suspended for it."""

import os

from neptune_bench.scale import build, driver
from neptune_bench.scale.plan import POLICIES
from neptune_bench.scale.workload import ANYWHERE, HIGH, LOW, Job, Stage, Workload

EXECUTORS, CORES = 40, 4
SECOND_US = 1_000_000

everywhere = Stage.plain([100 * SECOND_US] * EXECUTORS * CORES, [ANYWHERE] * EXECUTORS * CORES)
held = Stage.plain([10 * SECOND_US] * CORES, [0] * CORES)
waiting = Stage.plain([SECOND_US], [0])
jobs = [
    Job(0, 0, LOW, [everywhere]),
    Job(1, 2 * SECOND_US, HIGH, [held]),
    Job(2, 3 * SECOND_US, HIGH, [waiting]),
]
with driver.simulator(os.pathsep.join(map(str, build.class_path()))) as (simulator, _):
    for policy in POLICIES:
        ran = simulator.drain(
            Workload(1, EXECUTORS, CORES, 20 * SECOND_US, 100, 1.0, SECOND_US, jobs),
            policy,
            "suspend",
        )
        print(policy, ran["suspensions"])
