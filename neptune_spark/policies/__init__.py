"""Policies written in Python: what they see, what they answer, and the class that they extend."""

from neptune_spark.policies.interface import (
    NANOCORES_PER_CORE,
    Decision,
    ExecutorView,
    MemoryFigures,
    PendingTasks,
    Placement,
    Policy,
    RunningTask,
    Snapshot,
    Victim,
)

__all__ = [
    "NANOCORES_PER_CORE",
    "Decision",
    "ExecutorView",
    "MemoryFigures",
    "PendingTasks",
    "Placement",
    "Policy",
    "RunningTask",
    "Snapshot",
    "Victim",
]
