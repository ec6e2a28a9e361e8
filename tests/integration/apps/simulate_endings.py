"""Simulates bursts of tasks beside short ones, some of which are always about to end; prints for
each policy how many bursts there were, and how many decisions."""

import json
import os
import random

from neptune_bench.scale import build, driver
from neptune_bench.scale.plan import POLICIES
from neptune_bench.scale.workload import HIGH, LOW, Job, Stage, Workload

EXECUTORS, CORES = 20, 4
BURSTS, TASKS = 40, 6
MS_US = 1000

rng = random.Random(7)
# Some four of them end in any 5 ms.
short = [rng.randrange(90 * MS_US, 110 * MS_US) for _ in range(80 * EXECUTORS * CORES)]
burst = Stage.plain([10 * MS_US] * TASKS)
jobs = [Job(0, 0, LOW, [Stage.plain(short)])] + [
    Job(number, (1000 + 100 * number) * MS_US, HIGH, [burst]) for number in range(1, BURSTS + 1)
]
with driver.simulator(os.pathsep.join(map(str, build.class_path()))) as (simulator, _):
    for policy in POLICIES:
        ran = simulator.drain(
            Workload(1, EXECUTORS, CORES, 6000 * MS_US, 100, 1.0, 1000 * MS_US, jobs),
            policy,
            "suspend",
        )
        decisions = json.loads(ran["statistics"])["decision_time"]["count"]
        print(policy, BURSTS, decisions)
