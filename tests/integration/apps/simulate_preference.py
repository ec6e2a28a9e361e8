"""Simulates high tasks that prefer the one executor whose core they have, beside a low task on each
of two; prints how often the low tasks are suspended."""

import os

from neptune_bench.scale import build, driver
from neptune_bench.scale.plan import POLICIES
from neptune_bench.scale.workload import ANYWHERE, HIGH, LOW, Job, Stage, Workload

TASKS = 40
SECOND_US = 1_000_000

everywhere = Stage.plain([100 * SECOND_US] * 2, [ANYWHERE] * 2)
local = Stage.plain([SECOND_US // 2] * TASKS, [0] * TASKS)
jobs = [Job(0, 0, LOW, [everywhere]), Job(1, 2 * SECOND_US, HIGH, [local])]
with driver.simulator(os.pathsep.join(map(str, build.class_path()))) as (simulator, _):
    for policy in POLICIES:
        ran = simulator.drain(
            Workload(1, 2, 1, 60 * SECOND_US, 100, 1.0, SECOND_US, jobs), policy, "suspend"
        )
        print(policy, ran["suspensions"])
