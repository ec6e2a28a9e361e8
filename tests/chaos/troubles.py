"""What happens to the load: tasks are suspended, jobs cancelled, processes killed and stopped."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Callable

import psutil
from pyspark.sql import SparkSession

import neptune_spark
from neptune_spark import TaskError
from tests.chaos.load import Load
from tests.integration.jobs import eventually, seen


def executors() -> list[psutil.Process]:
    """The executors' JVMs."""
    return [
        process
        for process in psutil.Process().children(recursive=True)
        if "--executor-id" in seen(process.cmdline)
    ]


def controllers() -> list[psutil.Process]:
    """The processes that stop the executors' Python workers."""
    return [
        process
        for executor in executors()
        for process in seen(executor.children)
        if any("neptune_spark.controller.main" in word for word in seen(process.cmdline))
    ]


class Troubles:
    """Causes one after the other for some time, then sees to it that all can go on."""

    def __init__(self, spark: SparkSession, seed: int, load: Load) -> None:
        self.counts: Counter[str] = Counter()
        self._scheduler = neptune_spark.scheduler(spark)
        self._load = load
        self._chance = random.Random(f"{seed} troubles")
        self._last_loss = 0.0
        self._stopped: list[tuple[float, psutil.Process]] = []

    def cause(self, seconds: float) -> None:
        causes: list[tuple[Callable[[], bool], int]] = [
            (self._suspend, 30),
            (self._resume, 30),
            (self._cancel, 2),
            (self._kill_worker, 2),
            (self._kill_controller, 1),
            (self._stop_controller, 1),
            (self._kill_executor, 1),
            (self._stop_executor, 1),
            (self._cache_anew, 1),
        ]
        acts, weights = zip(*causes)
        end = time.monotonic() + seconds
        while (now := time.monotonic()) < end:
            (act,) = self._chance.choices(acts, weights)
            if act():
                self.counts[act.__name__.lstrip("_")] += 1
            self._continue(now)
            time.sleep(self._chance.uniform(0, 0.1))
        self._continue(float("inf"))
        # Nobody else resumes these; a message may yet be on its way.
        eventually(self._resume_all, "tasks stay suspended manually")

    def _suspend(self) -> bool:
        tasks = self._scheduler.tasks()
        return bool(tasks) and self._asked(
            self._scheduler.suspend, self._chance.choice(tasks).task_id
        )

    def _resume(self) -> bool:
        manual = [task for task in self._scheduler.tasks() if task.manual]
        for task in self._chance.sample(manual, (len(manual) + 1) // 2):
            self._asked(self._scheduler.resume, task.task_id)
        return bool(manual)

    def _resume_all(self) -> bool:
        manual = [task for task in self._scheduler.tasks() if task.manual]
        for task in manual:
            self._asked(self._scheduler.resume, task.task_id)
        return not manual

    def _asked(self, act: Callable[[int], None], task_id: int) -> bool:
        try:
            act(task_id)
        except TaskError:
            return False  # it has just ended
        return True

    def _cancel(self) -> bool:
        return self._load.cancel(self._chance)

    def _cache_anew(self) -> bool:
        self._load.jobs.cache_anew()
        return True

    def _kill_worker(self) -> bool:
        """Kills a Python worker, its daemon, or the controller beside them."""
        python = [
            process
            for executor in executors()
            for process in seen(lambda e=executor: e.children(recursive=True))  # type: ignore[misc]  # the default binds
        ]
        return bool(python) and self._signal(self._chance.choice(python), signal.SIGKILL)

    def _kill_controller(self) -> bool:
        """Kills what stops the workers."""
        found = controllers()
        return bool(found) and self._signal(self._chance.choice(found), signal.SIGKILL)

    def _stop_controller(self) -> bool:
        """It stands still for a while, for so long perhaps that the executor starts another."""
        found = controllers()
        return bool(found) and self._stop(self._chance.choice(found), 8)

    def _kill_executor(self) -> bool:
        found = executors() if self._loss() else []
        return bool(found) and self._signal(self._chance.choice(found), signal.SIGKILL)

    def _stop_executor(self) -> bool:
        """An executor stops answering for a while."""
        found = executors() if self._loss() else []
        return bool(found) and self._stop(self._chance.choice(found), 3)

    def _stop(self, process: psutil.Process, longest_s: float) -> bool:
        if not self._signal(process, signal.SIGSTOP):
            return False
        back = time.monotonic() + self._chance.uniform(0.2, longest_s)
        self._stopped.append((back, process))
        return True

    def _continue(self, now: float) -> None:
        for back, process in self._stopped:
            if back <= now:
                self._signal(process, signal.SIGCONT)
        self._stopped = [(back, process) for back, process in self._stopped if back > now]

    def _loss(self) -> bool:
        """Whether another executor may be lost: jobs must get somewhere."""
        now = time.monotonic()
        due = now - self._last_loss > 4
        if due:
            self._last_loss = now
        return due

    def _signal(self, process: psutil.Process, number: signal.Signals) -> bool:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            return False
        return True
