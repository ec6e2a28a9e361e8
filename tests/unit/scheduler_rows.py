"""What the scheduler tells Python, as its JSON has it; made up."""

from __future__ import annotations

TASK = {
    "task_id": 5,
    "stage_id": 1,
    "stage_attempt": 0,
    "job_id": None,
    "partition": 2,
    "executor_id": "driver",
    "priority": -10,
    "state": "suspended",
    "times_suspended": 3,
    "suspended_s": 1.5,
    "bound_used": 0.25,
    "work_kept_core_s": 7.5,
    "suspendable": True,
    "manual": False,
}
LATENCY = {"count": 2, "p50_s": 0.1, "p99_s": 0.4, "max_s": 0.5}
LEVEL = {
    "priority": -10,
    "tasks_running": 2,
    "tasks_pending": 6,
    "tasks_suspended": 1,
    "cores_lent": 1.0,
    "first_task_latency": LATENCY,
}
STATISTICS = {
    "suspensions": 2,
    "resumptions": 1,
    "resumptions_by_reason": {"core": 1, "rescue": 0},
    "suspend_latency": LATENCY,
    "resume_latency": LATENCY,
    "suspend_round_trip": LATENCY,
    "resume_round_trip": LATENCY,
    "decision_time": LATENCY,
    "cores_lent": 1,
    "cores_lent_max": 2,
    "lent_core_s": 3.5,
    "work_kept_core_s": 40.5,
    "tasks_running": 2,
    "tasks_suspended": 1,
    "overdue": 0,
    "rescues": 0,
    "rescues_by_cause": {"memory": 0},
    "memory_releases": 0,
    "released_bytes": 0,
    "bound_used_max": 0.25,
    "resumed_at_bound": 0,
    "kills": 1,
    "wasted_task_s": 2.5,
    "policy_faults": 4,
    "levels": [LEVEL],
}
SHARE = {
    "priority": 0,
    "party": "pool etl",
    "weight": 2.0,
    "cores_held": 3.0,
    "cores_wanted": 4.5,
    "cores_due": None,
    "used_core_s": 17.25,
}
DECISION = {
    "time": 1.5,
    "policy": "lb",
    "priority": 10,
    "pending_tasks": 2,
    "stage_ids": [3, 4],
    "victims": [{"task_id": 5, "executor_id": "1", "reason": "it is the newest"}],
    "placements": [{"group": 1, "executor_id": "1", "count": 1}],
    "fallback": None,
    "target": None,
}
WORKER = {"pid": 77, "task_id": 5, "rss_bytes": 1 << 26, "cpu_s": 1.5, "processes": 2}
MEMORY = {
    "heap_share": 0.5,
    "gc_share": 0.02,
    "spill_bytes_per_s": 1024.0,
    "python_bytes": 1 << 27,
    "suspended_bytes": 1 << 24,
    "held_bytes": 1 << 27,
    "managed_bytes": 1 << 29,
    "metrics": {"JVMHeapMemory": 1 << 28, "TotalGCTime": 40},
}
EXECUTOR = {
    "executor_id": "1",
    "host": "somewhere",
    "cores": 4.0,
    "tasks_running": 2,
    "tasks_suspended": 1,
    "suspendable": True,
    "memory": MEMORY,
    "python_workers": [WORKER, {**WORKER, "pid": 78, "task_id": None}],
}
