"""Results of benchmarks as files have them, made up."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from neptune_bench.harness.layout import CLUSTER
from neptune_bench.sweep.workload import SHARE
from neptune_bench.unified import result as unified
from neptune_bench.unified.plan import Plan
from neptune_bench.unified.workload import find
from tests.unit.unified.made_up import measured, runs


def as_json(name: str, result: Any) -> dict[str, Any]:
    """Return what a file has of a result, as most benchmarks write it."""
    read: dict[str, Any] = json.loads(json.dumps({"benchmark": name, **asdict(result)}))
    return read


def tpch() -> dict[str, Any]:
    """Return a result of a stream beside a batch."""
    plan = Plan("tpch", 1.0, 10.0, 1.0, repeat=1, master="local[2]")
    made = unified.Result(
        workload=find("tpch"),
        plan=plan,
        machine={"cpus": 2, "processor": "AMD EPYC"},
        versions={"spark": "4.3.0"},
        load_before=0.1,
        checked="All right.",
        runs=[measured(run) for run in runs()],
        seconds=1.0,
    )
    read: dict[str, Any] = json.loads(json.dumps(unified.as_json(made)))
    return read


def sweep(layout: str) -> list[unified.Result]:
    """Return the results of a sweep over two demands."""
    everything = runs()
    found = []
    for share, kept in ((0.0, everything[1:2]), (0.5, [everything[0], *everything[2:]])):
        where: dict[str, Any] = {"layout": layout, "master": "local[2]"}
        if layout == CLUSTER:
            where |= {"master": "", "driver_processors": (0,), "worker_processors": (1,)}
        made = unified.Result(
            workload=find("sweep"),
            plan=Plan("sweep", 1.0, 10.0, 1.0, repeat=1, options={SHARE: share}, **where),
            machine={"cpus": 2, "processor": "AMD EPYC"},
            versions={"spark": "4.3.0"},
            load_before=0.1,
            checked="All right.",
            runs=[measured(run) for run in kept],
            seconds=1.0,
        )
        found.append(made)
    return found


def demo() -> dict[str, Any]:
    """Return a result of the demo."""
    latencies = {"alone": 0.1, "fifo": 2.0, "fair": 1.5, "neptune": 0.2}
    table = [
        {
            "scheduler": name,
            "latency_p50_s": latency,
            "latency_p99_s": 2 * latency,
            "latency_max_s": 3 * latency,
            "p50_over_alone": 10 * latency,
            "p99_over_alone": 10 * latency,
            "batch_s": None if name == "alone" else 9.0,
            "stream_core_s": 3.0,
            "batch_core_s": None if name == "alone" else 12.0,
            "suspensions": 4,
            "tasks_rerun": 0,
            "events_measured": 2,
        }
        for name, latency in latencies.items()
    ]
    made = {
        name: {
            "start": 100.0,
            "batch": None if name == "alone" else [101.0, 110.0],
            "samples": [
                {"seq": n, "placed": 102.0 + n, "delivered": 0.0, "latency_s": latency * (1 + n)}
                for n in range(3)
            ],
        }
        for name, latency in latencies.items()
    }
    return {
        "table": table,
        "versions": {"spark": "4.3.0"},
        "machine": {"cpus": 2, "processor": "AMD EPYC", "memory_bytes": 2**34},
        "settings": asdict(find("demo").plan(quick=False)),
        "runs": made,
        "benchmark": "demo",
    }
