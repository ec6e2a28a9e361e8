"""Snapshots out of the JVM's JSON, and decisions into it."""

from __future__ import annotations

import json
from typing import Any

from neptune_spark._policy.interface import (
    Decision,
    ExecutorSnapshot,
    MemoryFigures,
    PendingTasks,
    Placement,
    RunningTask,
    Snapshot,
    Victim,
)


def read_snapshot(text: str) -> Snapshot:
    """Return the snapshot that PythonPolicy.scala wrote."""
    row = json.loads(text)
    return Snapshot(
        priority=row["priority"],
        executors=tuple(_executor(executor) for executor in row["executors"]),
        pending=tuple(_pending(pending) for pending in row["pending"]),
    )


def read_executors(text: str) -> tuple[ExecutorSnapshot, ...]:
    """Return the executors alone, to be put in order."""
    return tuple(_executor(executor) for executor in json.loads(text))


def write_decision(decision: object) -> str:
    """Return a decision as text, for PythonPolicy.scala to read.

    Raises
    ------
    TypeError
        For what is none.
    """
    if not isinstance(decision, Decision):
        raise TypeError(f"decide() must return a Decision, not {_shown(decision)}")
    return json.dumps(
        {
            "victims": [_victim(victim) for victim in decision.victims],
            "placements": [_placement(placement) for placement in decision.placements],
        }
    )


def write_order(order: object) -> str:
    """Return an order of executors, for PythonPolicy.scala to read.

    Raises
    ------
    TypeError
        For what is none.
    """
    if not isinstance(order, (list, tuple)) or not all(isinstance(e, str) for e in order):
        raise TypeError(f"offer_order() must return a list of executor ids, not {_shown(order)}")
    return json.dumps({"executor_ids": list(order)})


def _executor(row: dict[str, Any]) -> ExecutorSnapshot:
    memory = row["memory"]
    return ExecutorSnapshot(
        **{
            **row,
            "memory": None if memory is None else MemoryFigures(**memory),
            "tasks": tuple(RunningTask(**task) for task in row["tasks"]),
        }
    )


def _pending(row: dict[str, Any]) -> PendingTasks:
    return PendingTasks(
        **{
            **row,
            "preferred": tuple(frozenset(level) for level in row["preferred"]),
            "refused": frozenset(row["refused"]),
        }
    )


def _victim(victim: object) -> dict[str, Any]:
    if not isinstance(victim, Victim):
        raise TypeError(f"Decision.victims must hold Victims, not {_shown(victim)}")
    return {
        "task_id": victim.task_id,
        "executor_id": victim.executor_id,
        "reason": str(victim.reason),
    }


def _placement(placement: object) -> dict[str, Any]:
    if not isinstance(placement, Placement):
        raise TypeError(f"Decision.placements must hold Placements, not {_shown(placement)}")
    return {
        "group": placement.group,
        "executor_id": placement.executor_id,
        "count": placement.count,
    }


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]}..."
