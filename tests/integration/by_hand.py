"""Tasks that a test suspends by hand, by their ids."""

from __future__ import annotations

from neptune_spark import Scheduler, TaskView
from tests.integration.jobs import eventually


def state_of(scheduler: Scheduler, task_id: int) -> TaskView:
    (view,) = [task for task in scheduler.tasks() if task.task_id == task_id]
    return view


def wait_until_suspended(scheduler: Scheduler, task_id: int) -> None:
    eventually(lambda: state_of(scheduler, task_id).state == "suspended", "it was not suspended")


def suspend(scheduler: Scheduler, task_id: int) -> None:
    """Suspends the task, without the time limit that there is for others, and waits for it."""
    scheduler.suspend(task_id)
    wait_until_suspended(scheduler, task_id)
