"""A simple book of who holds which core, for the ledger to be compared with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from py4j.java_gateway import JVMView

ONE = 1_000_000_000
LEVELS = [-10, 0, 10, 11]
HELD, NO_RANK = -(2**63), 2**63 - 1
ALL_RANKS = sorted({2 * level + is_within for level in [*LEVELS, -11, 12] for is_within in (0, 1)})
SIZES = {"1": 1 * ONE, "2": 2 * ONE, "3": 3 * ONE}


@dataclass
class Task:
    executor: str
    cores: int
    priority: int
    suspendable: bool
    accounts: tuple[int, ...]
    kind: str = "within"
    state: str = "running"
    seq: int = 0
    hand: bool = False
    late: bool = False
    preempted: bool = False
    sharing: bool = False
    preemptions: int = 0
    preempted_ns: int = 0
    since: int = 0
    rescues_in_row: int = 0
    rescued_at: int = 0
    runs_since: int = 0
    ran_ns: int = 0
    kept_ns: int = 0

    @property
    def rank(self) -> int:
        return HELD if self.kind == "held" else 2 * self.priority + (self.kind == "within")

    @property
    def is_held(self) -> bool:
        return self.kind == "held"

    @property
    def holds(self) -> bool:
        return self.state != "suspended"


@dataclass
class Book:
    """What there is of tasks, executors and accounts, by order of launch."""

    tasks: dict[int, Task] = field(default_factory=dict)
    executors: set[str] = field(default_factory=set)
    handed_over: set[str] = field(default_factory=set)
    now: int = 0
    kept_core_ns: int = 0
    used_ns: list[int] = field(default_factory=lambda: [0, 0, 0])

    def tick(self) -> int:
        self.now += 1000
        for task in self.tasks.values():
            task.ran_ns += 1000 * task.holds
            for account in task.accounts:
                self.used_ns[account] += 1000 * task.cores // ONE if task.holds else 0
        return self.now

    def end_preemption(self, task: Task) -> None:
        if task.preempted:
            task.preempted_ns += self.now - task.since
        task.preempted = task.sharing = False

    def noted(self, task: Task, manual: bool) -> None:
        """A user or a limit has the task suspended from now on, whoever had it so before."""
        task.hand |= manual
        if manual or task.is_held:
            self.end_preemption(task)
            task.sharing = task.is_held and not task.hand

    def some(self, *states: str) -> bool:
        return any(task.state in states for task in self.tasks.values())

    def held(self, executor: str) -> int:
        return sum(t.cores for t in self.tasks.values() if t.executor == executor and t.holds)

    def suspended_from(self, executor: str, rank: int) -> int:
        return sum(
            t.cores
            for t in self.tasks.values()
            if t.executor == executor and not t.holds and t.rank >= rank
        )

    def coming_to(self, executor: str, rank: int) -> int:
        """Return the cores of tasks of lower ranks there that are about to stop."""
        mine = (t for t in self.tasks.values() if t.executor == executor and t.rank < rank)
        return sum(t.cores for t in mine if t.state == "suspending" and not t.hand)

    def spare(self, executor: str, rank: int) -> int:
        """Return what is left of its cores for new tasks, or how much less than none."""
        return SIZES[executor] - self.held(executor) - self.suspended_from(executor, rank)

    def yielded(self, level: int) -> int:
        """Return what nobody has of the cores that tasks of a level have lent to others of it."""
        lent = dict.fromkeys(SIZES, 0)
        for task in self.tasks.values():
            if task.priority == level and task.sharing and not (task.holds or task.hand):
                lent[task.executor] += 0 if task.is_held else task.cores
        return sum(min(lent[e], max(0, SIZES[e] - self.held(e))) for e in SIZES)

    def rest_ns(self, task: Task, times: int = 1) -> int:
        """After a rescue: 0.1 s, and twice as long after each other one in a row, up to 12.8 s."""
        if task.rescues_in_row == 0:
            return 0
        once = 100_000_000 << min(7, task.rescues_in_row - 1)
        return task.rescued_at + times * once - self.now

    def out_of_order(self, reordered: set[str]) -> set[int]:
        """Suspended tasks of these executors that come before one which has a core there."""
        return {
            i
            for i, task in self.tasks.items()
            if task.executor in reordered
            and task.state == "suspended"
            and not task.hand
            and not task.is_held
            and any(
                t.holds and t.rank < task.rank
                for t in self.tasks.values()
                if t.executor == task.executor
            )
        }

    def hand_over_at(self, executor: str) -> set[str]:
        """Note, and return, the executor if somebody there waits for a task to stop."""
        waits = {executor} if self.held(executor) > SIZES[executor] else set()
        self.handed_over |= waits
        return waits

    def compare_crowded(self, ledger: Any) -> None:
        """Where a victim is yet to stop, there may be too few cores for a moment, or for longer."""
        crowded = ledger.crowded()
        found = {crowded.apply(i).executorId() for i in range(crowded.size())}
        expected = {e for e in self.executors if self.held(e) > SIZES[e]}
        assert expected - self.handed_over <= found <= expected

    def compare_held_up(self, jvm: JVMView, ledger: Any, task_id: int) -> None:
        task, entry = self.tasks[task_id], ledger.get(task_id).get()
        held_up = task.preempted_ns + (self.now - task.since if task.preempted else 0)
        assert entry.timesPreempted() == task.preemptions
        assert entry.totalPreemptedNs(self.now) == held_up
        bound = jvm.neptune.core.StarvationBound(2, 5000)
        assert bound.leftNs(entry, self.now) == 5000 - held_up
        runs = task.state in ("running", "resuming")
        undisturbed = self.now - task.runs_since if runs else 0
        assert entry.undisturbedNs(self.now) == undisturbed
        allowed = (task.preemptions < 2 and held_up < 5000) or undisturbed >= 5000
        assert bound.allows(entry, self.now) == allowed
        assert bound.barsForNs(entry, self.now) == (0 if allowed else 5000 - undisturbed)
        used = min(1.0, max(task.preemptions / 2, held_up / 5000))
        assert bound.usedShare(entry, self.now) == (0.0 if undisturbed >= 5000 else used)
        assert entry.restNs(self.now) == self.rest_ns(task)
        assert entry.longRestNs(self.now) == self.rest_ns(task, times=10)

    def cores_of_all_but(self, left_out: set[str]) -> int:
        return sum(SIZES[executor] for executor in self.executors - left_out)

    def compare_page(self, executor: str, page: Any) -> None:
        mine = [t for t in self.tasks.values() if t.executor == executor]
        assert page.load() == sum(t.holds for t in mine)
        assert page.suspended() == sum(not t.holds for t in mine)
        running = (t.rank for t in mine if t.state in ("running", "resuming"))
        assert page.lowestRunning() == min(running, default=NO_RANK)

    def compare_coming(self, ledger: Any, rank: int, expected: list[Task]) -> None:
        """Compare what comes free for a rank, of the tasks that are to answer; in all, what is left
        of it when others have theirs back."""
        coming: dict[str, int] = {}
        for task in expected:
            if task.rank < rank and not task.hand:
                coming[task.executor] = coming.get(task.executor, 0) + task.cores
        told = ledger.incomingNanocores(rank)
        assert told.size() == len(coming)
        assert all(told.apply(executor) == cores for executor, cores in coming.items())
        for executor in SIZES:
            assert ledger.incomingNanocores(executor, rank) == coming.get(executor, 0)
        for needed in (ONE, 2 * ONE):
            rooms = ledger.roomsComing(rank, needed)
            for executor, more in coming.items():
                free = self.spare(executor, rank)
                assert rooms.contains(executor) == (0 < free < needed <= free + more)
            assert rooms.size() <= len(coming)
        assert ledger.totalIncomingNanocores(rank) == sum(
            max(0, cores + min(0, self.spare(executor, rank))) for executor, cores in coming.items()
        )

    def compare_account(self, number: int, account: Any) -> None:
        mine = {task_id: t for task_id, t in self.tasks.items() if number in t.accounts}
        assert account.heldNanocores() == sum(t.cores for t in mine.values() if t.holds)
        assert account.tasksHolding() == sum(t.holds for t in mine.values())
        assert account.size() == len(mine)
        assert account.liveNanocores() == sum(t.cores for t in mine.values())
        # One that a limit holds, and that runs for others wait for it, is to have no core.
        running = [
            t.cores for t in mine.values() if t.state in ("running", "resuming") and not t.is_held
        ]
        assert account.runningNanocores() == sum(running)
        assert account.tasksBeyond() == sum(t.kind == "beyond" for t in mine.values())
        sizes = str(account.taskNanocores().mkString(" "))
        assert sorted(map(int, sizes.split())) == sorted({t.cores for t in mine.values()})
        assert account.smallestNanocores() == min((t.cores for t in mine.values()), default=0)
        ids = account.tasks().toList()
        assert [ids.apply(n).task().taskId() for n in range(ids.size())] == sorted(mine)
        assert account.usedCoreNs(self.now) == self.used_ns[number]


def booked(jvm: JVMView, task_id: int, task: Task, now: int, accounts: Any) -> Any:
    """Return what the ledger is told of a task."""
    return jvm.neptune.core.LaunchedTask(
        task_id,
        task.executor,
        task.cores,
        task.priority,
        task.suspendable,
        1,
        1,
        "ANY",
        now,
        seq(jvm, []).toSet(),
        False,
        task.rank,
        accounts,
    )


def seq(jvm: JVMView, values: list[Any]) -> Any:
    """Return Scala's list of these."""
    java = jvm.java.util.ArrayList()
    for value in values:
        java.add(value)
    return jvm.scala.collection.JavaConverters.asScalaBuffer(java).toList()
