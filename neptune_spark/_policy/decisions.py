"""What the scheduler decided recently, and why, as Python sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from neptune_spark._policy.interface import Placement, Victim


@dataclass(frozen=True)
class DecisionView:
    """One decision: who had to make room for whom, or how many cores a stream gets.

    .. versionadded:: 0.1.0

    Attributes
    ----------
    time : float
        When, in seconds since the epoch.
    policy : str
        The policy that was in force, as in the setting spark.neptune.policy.
    priority : int
        Priority of the pending tasks.
    pending_tasks : int
        How many tasks waited for a core.
    stage_ids : tuple[int, ...]
        Their stages, one for each group of tasks with the same needs.
    victims : tuple[Victim, ...]
        The tasks to suspend, with the reason for each.
    placements : tuple[Placement, ...]
        Where the pending tasks were meant to run; `group` is an index into stage_ids.
    fallback : str | None
        Why lb decided instead of the policy; None if it did not.
    target : str | None
        For a streaming query with a latency target (spark.neptune.target), how many cores it gets
        from now on, and why; None for a decision of the policy.
    """

    time: float
    policy: str
    priority: int
    pending_tasks: int
    stage_ids: tuple[int, ...]
    victims: tuple[Victim, ...]
    placements: tuple[Placement, ...]
    fallback: str | None
    target: str | None


def decision_fields(row: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a DecisionView, from the JVM's JSON."""
    return {
        **row,
        "stage_ids": tuple(row["stage_ids"]),
        "victims": tuple(Victim(**victim) for victim in row["victims"]),
        "placements": tuple(Placement(**placement) for placement in row["placements"]),
    }
