"""Settings under which `apps/growing.py` runs, and what it must answer, whatever the master."""

from __future__ import annotations

from typing import Any

#: Executors of one core each. More may be asked for than there is room for: that no more are than
#: are needed is seen by Spark's target.
SETTINGS = {
    "spark.executor.memory": "512m",
    "spark.executor.cores": "1",
    "spark.dynamicAllocation.enabled": "true",
    "spark.dynamicAllocation.minExecutors": "1",
    "spark.dynamicAllocation.maxExecutors": "4",
    "spark.dynamicAllocation.executorIdleTimeout": "1s",
    "spark.neptune.allocationWindow": "1s",
}
TRACKING = {"spark.dynamicAllocation.shuffleTracking.enabled": "true"}
KILL = {"spark.neptune.preemption": "kill"}
#: For the scenario of a job that may run one task at a time, which is a job with a group.
ONE_TASK = {
    "spark.neptune.rule.few.description": "a job that is cancelled",
    "spark.neptune.rule.few.maxTasks": "1",
}
#: For the scenario in which one of two executors is idle.
TWO_AT_FIRST = {
    "spark.dynamicAllocation.minExecutors": "0",
    "spark.dynamicAllocation.initialExecutors": "2",
}

ANSWERS: dict[str, dict[str, Any]] = {
    "suspended": {
        "at first": 1,
        "with a suspended task": 2,
        "low, first and second": ["old", "old", "new"],
        "resumed where it was": True,
        "second goes on": True,
        "kept": True,
        "low": [[0, 0]],
        "starts": [0],
    },
    "killed": {"target": 2, "high goes on": True, "elsewhere": True, "low": [[0, 0]]},
    "limited": {
        "target": 2,
        "executors with tasks": 2,
        "limited jobs": 1,
        "left": 1,
        "few": [[0, 0], [1, 0], [2, 0], [3, 0]],
        "other": [[0, 0]],
    },
    "idle": {
        "elsewhere": True,
        "left": True,
        "state": "suspended",
        "job": [[0, 0], [1, 0]],
        "starts": [0, 1],
    },
}
