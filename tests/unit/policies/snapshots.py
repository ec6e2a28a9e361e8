"""Snapshots in the JVM's words, made short."""

from __future__ import annotations

import json
from typing import Any

from neptune_spark import NANOCORES_PER_CORE, Snapshot
from neptune_spark._policy.wire import read_snapshot

ONE = NANOCORES_PER_CORE

MEMORY = {
    "heap_share": 0.5,
    "gc_share": 0.25,
    "spill_bytes_per_s": 1.5,
    "python_bytes": 1 << 33,
    "suspended_bytes": 7,
    "held_bytes": 9,
    "managed_bytes": 1 << 30,
}


def task(task_id: int, executor_id: str, cores: int = 1, suspendable: bool = True) -> Any:
    return {
        "task_id": task_id,
        "executor_id": executor_id,
        "nanocores": cores * ONE,
        "priority": -10,
        "arrival": task_id,
        "job_id": -1,
        "stage_id": 2,
        "age_s": 0.1,
        "left_s": None,
        "times_suspended": 0,
        "suspended_s": 0.0,
        "locality": "ANY",
        "suspendable": suspendable,
        "memory_bytes": None,
        "suspend_s": 0.00025,
    }


def executor(executor_id: str, free: int = 0, tasks: tuple[Any, ...] = (), **more: Any) -> Any:
    return {
        "executor_id": executor_id,
        "host": f"host of {executor_id}",
        "total_nanocores": 4 * ONE,
        "free_nanocores": free * ONE,
        "load": len(tasks),
        "suspended": 0,
        "memory": None,
        "lowest_priority": None,
        "tasks": list(tasks),
        **more,
    }


def pending(count: int, cores: int = 1, **more: Any) -> Any:
    return {
        "stage_id": 9,
        "count": count,
        "nanocores": cores * ONE,
        "preferred": [],
        "refused": [],
        "together": False,
        **more,
    }


def snapshot(executors: list[Any], groups: list[Any]) -> Snapshot:
    return read_snapshot(json.dumps({"priority": 10, "executors": executors, "pending": groups}))
