"""Simulates one workload twice in one JVM, and prints what comes of it: a line of JSON each."""

import dataclasses
import json
import os

from neptune_bench.scale import build, driver, workload
from neptune_bench.scale.plan import QUICK

plan = dataclasses.replace(QUICK, executors=12, duration_s=4.0)
with driver.simulator(os.pathsep.join(map(str, build.class_path()))) as (simulator, _):
    jobs = workload.mixed(plan, plan.seed)
    for _ in range(2):
        ran = [simulator.drain(jobs, "random", mode) for mode in ("suspend", "none")]
        print(json.dumps([(r["job_ms"], r["suspensions"], r["virtual_s"]) for r in ran]))
