"""Simulates jobs of three levels on too few cores, so that higher levels often leave lower ones
only what they cannot use; prints for each order how many tasks there were, and suspensions, and
the most cores that a pool had, of 40, of which it may have so many at once.

Usage: simulate_levels.py (MAX_CORES | none) SEED
"""

import os
import random
import sys

from neptune_bench.scale import build, driver
from neptune_bench.scale.workload import Job, Stage, Workload

EXECUTORS, CORES = 10, 4
JOBS, BASE_TASKS = 60, 300
S_US = 1_000_000

seed = int(sys.argv[2])
rng = random.Random(seed)


def plain(tasks: int, least_s: float) -> Stage:
    return Stage.plain([rng.randrange(int(least_s * S_US), 6 * S_US) for _ in range(tasks)])


jobs = []
arrival_s = 0.0
for number in range(JOBS):
    level = rng.choice(["low", "normal", "high"])
    stage = plain(rng.choice([3, 10, 30]), 0.5)
    jobs.append(Job(number, int(arrival_s * S_US), level, [stage], "etl"))
    arrival_s += rng.expovariate(0.5)
jobs.append(Job(JOBS, 0, "normal", [plain(BASE_TASKS, 1.0)], "other"))
tasks = sum(len(stage.durations_us) for job in jobs for stage in job.stages)
limit = {"neptune_pool_etl_maxCores": sys.argv[1]} if sys.argv[1] != "none" else {}
with driver.simulator(os.pathsep.join(map(str, build.class_path())), **limit) as (simulator, _):
    for order in ("fair", "feedback"):
        jobs_of_users = Workload(seed, EXECUTORS, CORES, 100 * S_US, 100, 1.0, S_US // 20, jobs)
        found = simulator.users(jobs_of_users, order, "FIFO")
        most = max(held.get("etl", 0) for held in found["held"])
        print(order, tasks, found["suspensions"], most)
