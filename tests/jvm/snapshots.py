"""Scala snapshots out of Python values, and a policy's answers back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from py4j.java_gateway import JVMView

ONE = 1_000_000_000
MIB = 1 << 20


@dataclass(frozen=True)
class Memory:
    heap_share: float = 0.0
    gc_share: float = 0.0
    # Per window, which is 30 s.
    spill_mib: float = 0.0
    python_mib: int = 0
    # Of 1000 that Spark manages.
    held_mib: int = 0


@dataclass(frozen=True)
class Task:
    """A running task; its id is the order of its launch."""

    task_id: int
    executor: str
    priority: int = 0
    cores: int = ONE
    suspendable: bool = True
    left_ms: int | None = None
    memory_mib: int | None = None
    suspend_ms: float | None = None
    # Not within what is due to its party.
    beyond: bool = False


@dataclass(frozen=True)
class Pending:
    count: int
    preferred: tuple[frozenset[str], ...] = ()
    refused: frozenset[str] = frozenset()
    together: bool = False
    cores: int = ONE
    # Ties go to the first executor with stage 0, to the second with stage 1, and so on.
    stage: int = 0


@dataclass(frozen=True)
class Executor:
    name: str
    free: int = 0
    memory: Memory | None = field(default=None)
    suspended: int = 0


class Snapshots:
    """Asks one policy."""

    def __init__(
        self, jvm: JVMView, policy: str, percentage: int = 10, mib: int = 256, missing: str = "Good"
    ) -> None:
        self.jvm = jvm
        figures = getattr(jvm.neptune.policy, f"MissingFigures${missing}$")
        buckets = jvm.neptune.policy.Buckets(percentage, mib, 30_000, getattr(figures, "MODULE$"))
        settings = jvm.neptune.policy.PolicySettings(buckets, 7)
        self.policy: Any = jvm.neptune.policy.Policies.named(policy, settings).get()

    def seq(self, values: Sequence[Any]) -> Any:
        java = self.jvm.java.util.ArrayList()
        for value in values:
            java.add(value)
        return self.jvm.scala.collection.JavaConverters.asScalaBuffer(java).toIndexedSeq()

    def option(self, value: Any) -> Any:
        return self.jvm.scala.Option.apply(value)

    def long(self, value: int | None) -> Any:
        # py4j would make an Integer of a small one, which Scala's Option[Long] does not take.
        longs = self.jvm.java.util.stream.LongStream
        found = longs.empty() if value is None else longs.of(value)
        return self.jvm.scala.Predef.wrapLongArray(found.toArray()).headOption()

    def view(self, executor: Executor, tasks: Sequence[Task]) -> Any:
        core = self.jvm.neptune.core
        memory = executor.memory and core.MemoryFigures(
            executor.memory.heap_share,
            executor.memory.gc_share,
            executor.memory.spill_mib * MIB / 30,
            executor.memory.python_mib * MIB,
            0,
            executor.memory.held_mib * MIB,
            1000 * MIB,
        )
        mine = [
            core.RunningTask(
                task.task_id,
                task.executor,
                task.cores,
                task.priority,
                task.task_id,
                1,
                1,
                1000,
                self.long(task.left_ms),
                0,
                0,
                "ANY",
                task.suspendable,
                self.long(None if task.memory_mib is None else task.memory_mib * MIB),
                self.long(None if task.suspend_ms is None else int(task.suspend_ms * 1e6)),
                2 * task.priority + (not task.beyond),
            )
            for task in tasks
            if task.executor == executor.name
        ]
        total = executor.free + sum(task.cores for task in tasks if task.executor == executor.name)
        return core.ExecutorSnapshot.apply(
            executor.name,
            f"host of {executor.name}",
            total,
            executor.free,
            executor.suspended,
            self.option(memory),
            self.seq(mine),
        )

    def snapshot(
        self, executors: Sequence[Executor], tasks: Sequence[Task], pending: Sequence[Pending]
    ) -> Any:
        core = self.jvm.neptune.core
        groups = [
            core.PendingTasks(
                group.stage,
                group.count,
                group.cores,
                self.seq([self.seq(sorted(level)).toSet() for level in group.preferred]),
                self.seq(sorted(group.refused)).toSet(),
                group.together,
            )
            for group in pending
        ]
        views = self.seq([self.view(executor, tasks) for executor in executors])
        return core.Snapshot(10, views, self.seq(groups))

    def decide(
        self, executors: Sequence[Executor], tasks: Sequence[Task], pending: Sequence[Pending]
    ) -> tuple[list[int], list[tuple[int, str, int]]]:
        """Victims, and (group, executor, count) of each placement; the decision has no fault."""
        snapshot = self.snapshot(executors, tasks, pending)
        decision = self.policy.decide(snapshot)
        assert not self.jvm.neptune.core.Decision.fault(decision, snapshot).isDefined()
        victims, places = decision.victims(), decision.placements()
        return (
            [victims.apply(i).taskId() for i in range(victims.size())],
            [
                (p.group(), p.executorId(), p.count())
                for p in (places.apply(i) for i in range(places.size()))
            ],
        )

    def victims(
        self, executors: Sequence[Executor], tasks: Sequence[Task], pending: Sequence[Pending]
    ) -> list[int]:
        return self.decide(executors, tasks, pending)[0]

    def order(self, executors: Sequence[Executor], tasks: Sequence[Task] = ()) -> list[str]:
        found = self.policy.offerOrder(self.seq([self.view(e, tasks) for e in executors]))
        return [found.apply(i) for i in range(found.size())]


def names(text: str) -> frozenset[str]:
    return frozenset(text)
