"""Policies as users write them: one that decides, and some that should not be written so."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import cast

from neptune_spark import Decision, ExecutorSnapshot, Placement, Policy, Snapshot, Victim


def suspend_oldest(snapshot: Snapshot, reason: str) -> Decision:
    """Room for as many pending tasks as there are, for tasks of one core on one executor."""
    (executor,) = snapshot.executors
    (group,) = snapshot.pending
    candidates = sorted((t for t in executor.tasks if t.suspendable), key=lambda t: t.arrival)
    free = executor.free_nanocores // group.nanocores
    victims = candidates[: max(0, group.count - free)]
    return Decision(
        victims=[Victim(t.task_id, t.executor_id, reason) for t in victims],
        placements=[Placement(0, executor.executor_id, min(group.count, free + len(victims)))],
    )


class OldestFirst(Policy):
    """Unlike any policy of Neptune's."""

    def decide(self, snapshot: Snapshot) -> Decision:
        return suspend_oldest(snapshot, "it was here first")


class Raises(Policy):
    def decide(self, snapshot: Snapshot) -> Decision:
        raise ValueError("no idea")


class RaisesOnOrder(OldestFirst):
    def offer_order(self, executors: Sequence[ExecutorSnapshot]) -> list[str]:
        raise ValueError("no order")


class NamesStrangers(Policy):
    def decide(self, snapshot: Snapshot) -> Decision:
        return Decision(victims=[Victim(1 << 40, "nowhere", "why not")])


class AnswersInWords(Policy):
    def decide(self, snapshot: Snapshot) -> Decision:
        return cast(Decision, "the other one")


class Dawdles(Policy):
    """Does not answer before it is told to."""

    asked = 0
    returned = 0
    may_answer = threading.Event()

    def decide(self, snapshot: Snapshot) -> Decision:
        Dawdles.asked += 1
        Dawdles.may_answer.wait()
        Dawdles.returned += 1
        return suspend_oldest(snapshot, "after long thought")
