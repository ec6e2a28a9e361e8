"""A policy written in Python: whoever was launched last is suspended first.

The newest tasks have the least work behind them that would have to wait.

    spark.neptune.policy=python:neptune_spark.policies:NewestFirst
"""

from __future__ import annotations

from collections import Counter

from neptune_spark import (
    Decision,
    PendingTasks,
    Placement,
    Policy,
    RunningTask,
    Snapshot,
    Victim,
)


class NewestFirst(Policy):
    """Uses free cores first, then takes victims in the reverse order of their launch.

    .. versionadded:: 0.1.0
    """

    def decide(self, snapshot: Snapshot) -> Decision:
        plan = _Plan(snapshot)
        for index, group in enumerate(snapshot.pending):
            plan.place(index, group)
        return plan.decision()


class _Plan:
    """Cores that are free, and victims that are left, while the pending tasks get their places."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._free = {e.executor_id: e.free_nanocores for e in snapshot.executors}
        candidates = [t for e in snapshot.executors for t in e.tasks if t.suspendable]
        self._candidates = sorted(candidates, key=lambda task: -task.arrival)
        self._victims: list[RunningTask] = []
        self._placed: Counter[tuple[int, str]] = Counter()

    def place(self, index: int, group: PendingTasks) -> None:
        """Place as many tasks of the group as can be; all or none, if they start together."""
        before = self._free.copy(), self._candidates, self._victims, self._placed.copy()
        for _ in range(group.count):
            executor_id = self._with_room(group) or self._make_room(group)
            if executor_id is None:
                if group.together:
                    self._free, self._candidates, self._victims, self._placed = before
                return
            self._free[executor_id] -= group.nanocores
            self._placed[index, executor_id] += 1

    def _with_room(self, group: PendingTasks) -> str | None:
        """Return the executor with the most free cores, if they are enough."""
        open_to_it = [e for e in self._free if e not in group.refused]
        most = max(open_to_it, key=lambda e: self._free[e], default=None)
        return most if most is not None and self._free[most] >= group.nanocores else None

    def _make_room(self, group: PendingTasks) -> str | None:
        """Take the newest tasks of an executor, as many as are needed; the newest one says where.

        A task that needs two cores takes two victims of one executor: their cores must be together.
        """
        taken: dict[str, list[RunningTask]] = {}
        for task in self._candidates:
            if task.executor_id in group.refused:
                continue
            mine = taken.setdefault(task.executor_id, [])
            mine.append(task)
            gain = sum(t.nanocores for t in mine)
            if self._free[task.executor_id] + gain >= group.nanocores:
                self._victims = self._victims + mine
                self._candidates = [t for t in self._candidates if t not in mine]
                self._free[task.executor_id] += gain
                return task.executor_id
        return None

    def decision(self) -> Decision:
        return Decision(
            victims=[
                Victim(task.task_id, task.executor_id, f"launched {task.age_s:g} s ago, the newest")
                for task in self._victims
            ],
            placements=[
                Placement(index, executor_id, count)
                for (index, executor_id), count in self._placed.items()
            ],
        )
