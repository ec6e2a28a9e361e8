"""The vendor's rule: a pool that has had too little for a time has others' tasks killed.

As Databricks documents it for its own Spark (`spark.databricks.preemption.*`): who has had less
than half of the share for 30 s. What its documentation leaves open is decided here in its favour:
the youngest task is killed, of the pool that has most beyond its share; and the core goes to whom
it was taken for.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pyspark.sql import SparkSession

SHARE: Final = 0.5
"""Of its share, below which a pool starves."""
LOOKS: Final = 6
"""How often to look within the time after which a pool has starved."""
REASON: Final = "preempted by scheduler"


@dataclass(frozen=True)
class Pool:
    """What a pool has and wants.

    Args:
        running: ids of its running tasks, the youngest last.
        waiting: how many of its tasks wait for a core.
    """

    running: tuple[int, ...]
    waiting: int


class Rule:
    """Chooses whose tasks are killed. Pure: time is what it is told."""

    def __init__(self, cores: int, starved_s: float) -> None:
        """Make it for some cores, and for the seconds after which a pool has starved."""
        self._cores = cores
        self._starved_s = starved_s
        self._since: dict[str, float] = {}

    def victims(self, now: float, pools: Mapping[str, Pool]) -> dict[str, list[int]]:
        """Return the tasks to kill for each pool that has starved.

        Args:
            now: seconds; never less than before.
            pools: those that have tasks.
        """
        due = self._cores / max(1, len(pools))
        starving = {
            name for name, pool in pools.items() if pool.waiting and len(pool.running) < SHARE * due
        }
        self._since = {name: self._since.get(name, now) for name in sorted(starving)}
        left = {name: list(pool.running) for name, pool in pools.items()}
        found: dict[str, list[int]] = {}
        for name, since in self._since.items():
            if now - since < self._starved_s:
                continue
            # What is killed for it takes a moment to come.
            self._since[name] = now
            wanted = min(pools[name].waiting, max(1, int(due) - len(pools[name].running)))
            for _ in range(wanted):
                richest = max(left.values(), key=len)
                if len(richest) <= due:
                    break
                found.setdefault(name, []).append(richest.pop())
        return found


class Watch:
    """Watches the pools of a session, and kills.

    THREADING: a thread of its own looks; `stop` waits for it.
    """

    def __init__(self, spark: SparkSession, starved_s: float) -> None:
        """Start it."""
        self._context: Any = spark.sparkContext._jsc.sc()
        self._rule = Rule(spark.sparkContext.defaultParallelism, starved_s)
        self._every_s = starved_s / LOOKS
        self._first: set[str] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        """End it."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(self._every_s):
            pools = self.pools()
            for name in [name for name in self._first if name not in pools or pools[name].running]:
                self._first.remove(name)
                self._set_min_share(name, 0)
            for name, tasks in self._rule.victims(time.monotonic(), pools).items():
                self._first.add(name)
                self._set_min_share(name, len(tasks))
                for task in tasks:
                    # What has ended meanwhile is not there to be killed.
                    self._context.killTaskAttempt(task, False, REASON)

    def _set_min_share(self, name: str, cores: int) -> None:
        """Have a pool come before all others, until it has so many tasks.

        Otherwise the core may go back to the pool that it was taken from, which has as few tasks
        then, if that is the first by name. Spark's Pool (4.3.0) fixes its minShare when it is made.
        """
        pool = self._context.taskScheduler().rootPool().getSchedulableByName(name)
        share = pool.getClass().getDeclaredField("minShare")
        share.setAccessible(True)
        share.setInt(pool, cores)

    def pools(self) -> dict[str, Pool]:
        """Return the pools that have tasks, as Spark's status store has them.

        It lags by `spark.ui.liveUpdate.period`, 100 ms.
        """
        store = self._context.statusStore()
        running: dict[str, list[tuple[int, int]]] = {}
        waiting: dict[str, int] = {}
        stages = store.activeStages()
        for stage in (stages.apply(number) for number in range(stages.size())):
            name = stage.schedulingPool()
            tasks = store.taskList(stage.stageId(), stage.attemptId(), stage.numTasks())
            mine = [
                (task.launchTime().getTime(), task.taskId())
                for task in (tasks.apply(number) for number in range(tasks.size()))
                if task.status() == "RUNNING"
            ]
            running.setdefault(name, []).extend(mine)
            left = stage.numTasks() - stage.numCompletedIndices() - len(mine)
            waiting[name] = waiting.get(name, 0) + max(0, left)
        return {
            name: Pool(tuple(task for _, task in sorted(mine)), waiting[name])
            for name, mine in running.items()
            if mine or waiting[name]
        }
