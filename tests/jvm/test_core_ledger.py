"""Random lives of tasks never lose a core, never lend one twice, and drain to empty.

The machine below plays Spark's backend (which counts a suspended task's core as taken) and keeps
its own simple book of who holds which core; the ledger must agree after every step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from py4j.java_gateway import JVMView

ONE = 1_000_000_000
PRIORITIES = st.sampled_from([-10, 0, 10, 11])
EXECUTORS = st.sampled_from(["1", "2", "3"])
SIZES = {"1": 1 * ONE, "2": 2 * ONE, "3": 3 * ONE}


@dataclass
class Task:
    executor: str
    cores: int
    priority: int
    suspendable: bool
    state: str = "running"
    seq: int = 0
    hand: bool = False
    late: bool = False
    preempted: bool = False
    preemptions: int = 0
    preempted_ns: int = 0
    since: int = 0
    rescues_in_row: int = 0
    rescued_at: int = 0
    runs_since: int = 0
    ran_ns: int = 0
    kept_ns: int = 0

    @property
    def holds(self) -> bool:
        return self.state != "suspended"


class LedgerMachine(RuleBasedStateMachine):
    def __init__(self, jvm: JVMView) -> None:
        super().__init__()
        self.jvm = jvm
        self.ledger: Any = jvm.neptune.core.CoreLedger()
        self.tasks: dict[int, Task] = {}
        self.executors: set[str] = set()
        self.now = 0
        self.kept_core_ns = 0
        self.next_id = 0
        self.overdrawn: set[str] = set()
        self.reordered: set[str] = set()

    def tick(self) -> int:
        self.now += 1000
        for task in self.tasks.values():
            task.ran_ns += 1000 * task.holds
        return self.now

    def offer(self, executor: str) -> None:
        taken = sum(t.cores for t in self.tasks.values() if t.executor == executor)
        self.ledger.offered(executor, SIZES[executor] - taken)
        self.executors.add(executor)

    def pick(self, data: st.DataObject, *states: str) -> int:
        return data.draw(st.sampled_from([i for i, t in self.tasks.items() if t.state in states]))

    def some(self, *states: str) -> bool:
        return any(task.state in states for task in self.tasks.values())

    def held(self, executor: str) -> int:
        return sum(t.cores for t in self.tasks.values() if t.executor == executor and t.holds)

    def suspended_from(self, executor: str, priority: int) -> int:
        return sum(
            t.cores
            for t in self.tasks.values()
            if t.executor == executor and not t.holds and t.priority >= priority
        )

    @rule(executor=EXECUTORS, priority=PRIORITIES, halves=st.integers(1, 4), able=st.booleans())
    def launch(self, executor: str, priority: int, halves: int, able: bool) -> None:
        self.offer(executor)
        cores = halves * ONE // 2
        if self.ledger.usableNanocores(executor, priority) < cores:
            return
        self.next_id += 1
        task = Task(executor, cores, priority, able, runs_since=self.now)
        self.ledger.launched(
            self.jvm.neptune.core.LaunchedTask(
                self.next_id, executor, cores, priority, able, 1, 1, "ANY", self.now
            )
        )
        self.tasks[self.next_id] = task

    @precondition(lambda self: self.tasks)
    @rule(data=st.data(), manual=st.booleans())
    def request_suspend(self, data: st.DataObject, manual: bool) -> None:
        task_id = self.pick(data, "running", "suspending", "suspended", "resuming")
        task = self.tasks[task_id]
        answer = self.ledger.requestSuspend(task_id, manual, self.tick())
        assert answer.isDefined() == (task.suspendable and task.state in ("running", "resuming"))
        if task.suspendable and manual:
            task.hand = True
            self.end_preemption(task)
        if answer.isDefined():
            task.state, task.seq, task.late = "suspending", answer.get(), False

    @precondition(lambda self: self.some("suspending"))
    @rule(data=st.data(), stale=st.booleans())
    def acknowledge_suspend(self, data: st.DataObject, stale: bool) -> None:
        task_id = self.pick(data, "suspending")
        task = self.tasks[task_id]
        assert self.ledger.suspended(task_id, task.seq - stale, self.tick()) != stale
        if not stale:
            task.state = "suspended"
            task.since, task.preempted = self.now, not task.hand
            task.preemptions += task.preempted
            self.kept_core_ns += (task.ran_ns - task.kept_ns) * task.cores // ONE
            task.kept_ns = task.ran_ns

    @rule()
    def offer_round(self) -> None:
        """Suspended tasks that could have a core are among those that are looked at."""
        for priority in (11, 10, 0, -10):
            offered = self.ledger.resumable(priority)
            ids = [offered.apply(i).task().taskId() for i in range(offered.size())]
            assert ids == sorted(ids)
            fit = {
                i
                for i, task in self.tasks.items()
                if task.state == "suspended"
                and not task.hand
                and task.priority == priority
                and SIZES[task.executor] - self.held(task.executor) >= task.cores
            }
            assert fit <= set(ids)
            for task_id in ids:
                self.resume(task_id)
        self.ledger.allConsidered()

    @precondition(lambda self: self.some("suspended"))
    @rule(data=st.data())
    def request_resume(self, data: st.DataObject) -> None:
        self.resume(self.pick(data, "suspended"))

    @precondition(lambda self: self.some("suspended"))
    @rule(data=st.data())
    def resume_by_force(self, data: st.DataObject) -> None:
        """Its time is over: it resumes, though its core may be lent."""
        task_id = self.pick(data, "suspended")
        self.overdrawn.add(self.tasks[task_id].executor)
        self.resume(task_id, by_force=True)

    def resume(self, task_id: int, by_force: bool = False) -> None:
        task = self.tasks[task_id]
        fits = SIZES[task.executor] - self.held(task.executor) >= task.cores
        answer = self.ledger.requestResume(task_id, by_force, self.tick())
        assert answer.isDefined() == (fits or by_force)
        if answer.isDefined():
            assert self.ledger.get(task_id).get().resumedManually() != task.preempted
            self.end_preemption(task)
            task.state, task.seq, task.rescues_in_row = "resuming", answer.get(), 0
            task.runs_since = self.now
            assert self.ledger.get(task_id).get().resumedByForce() == by_force

    def end_preemption(self, task: Task) -> None:
        if task.preempted:
            task.preempted_ns += self.now - task.since
        task.preempted = False

    @rule(data=st.data())
    @precondition(lambda self: self.tasks)
    def release_hand(self, data: st.DataObject) -> None:
        task_id = data.draw(st.sampled_from(sorted(self.tasks)))
        self.ledger.releaseManual(task_id)
        self.tasks[task_id].hand = False

    @precondition(lambda self: self.some("resuming"))
    @rule(data=st.data(), stale=st.booleans())
    def acknowledge_resume(self, data: st.DataObject, stale: bool) -> None:
        task_id = self.pick(data, "resuming")
        task = self.tasks[task_id]
        assert self.ledger.resumed(task_id, task.seq - stale) != stale
        if not stale:
            task.state = "running"

    @precondition(lambda self: self.tasks)
    @rule(data=st.data(), priority=PRIORITIES)
    def reprioritize(self, data: st.DataObject, priority: int) -> None:
        """Jobs of other priorities join its stage, or end."""
        task_id = data.draw(st.sampled_from(sorted(self.tasks)))
        task = self.tasks[task_id]
        told = self.ledger.reprioritized(task_id, priority)
        assert told.isDefined() == (priority != task.priority)
        if priority != task.priority:
            self.reordered.add(task.executor)
        task.priority = priority
        entry = self.ledger.get(task_id).get()
        assert entry.task().priority() == priority
        assert not told.isDefined() or entry.prioritySeq() == told.get()

    @precondition(lambda self: self.some("suspending"))
    @rule(data=st.data())
    def be_late(self, data: st.DataObject) -> None:
        """The executor does not answer."""
        task_id = self.pick(data, "suspending")
        self.ledger.late(task_id)
        self.tasks[task_id].late = True

    @precondition(lambda self: self.some("suspending", "suspended"))
    @rule(data=st.data(), stale=st.booleans())
    def rescue(self, data: st.DataObject, stale: bool) -> None:
        """The executor lets a task run without asking; its core may be lent, and the
        acknowledgement of its suspension may be on its way."""
        task_id = self.pick(data, "suspending", "suspended")
        task = self.tasks[task_id]
        assert self.ledger.rescued(task_id, task.seq - stale, self.tick()) != stale
        if not stale:
            # It helped nobody.
            task.preemptions -= task.preempted
            task.rescues_in_row, task.rescued_at = task.rescues_in_row + 1, self.now
            task.runs_since = self.now
            self.end_preemption(task)
            if task.state == "suspended":
                self.overdrawn.add(task.executor)
            task.state, task.hand = "running", False

    @precondition(lambda self: self.some("suspending", "suspended"))
    @rule(data=st.data(), stale=st.booleans())
    def be_killed(self, data: st.DataObject, stale: bool) -> None:
        """It will not suspend, or does not stay so, but may take its time to end."""
        task_id = self.pick(data, "suspending", "suspended")
        task = self.tasks[task_id]
        assert self.ledger.killed(task_id, task.seq - stale, self.tick()) != stale
        if not stale:
            task.runs_since = self.now
            self.end_preemption(task)
            if task.state == "suspended":
                self.overdrawn.add(task.executor)
            task.state, task.hand = "running", False

    @precondition(lambda self: self.tasks)
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        self.finish(data.draw(st.sampled_from(sorted(self.tasks))))

    def finish(self, task_id: int) -> None:
        assert self.ledger.ended(task_id, self.tick()).isDefined()
        del self.tasks[task_id]
        assert not self.ledger.ended(task_id, self.tick()).isDefined()

    @rule(data=st.data())
    def answer_for_an_ended_task(self, data: st.DataObject) -> None:
        gone = self.next_id + 1
        assert not self.ledger.suspended(gone, 1, self.tick())
        assert not self.ledger.resumed(gone, 1)
        assert not self.ledger.requestSuspend(gone, True, self.tick()).isDefined()
        assert not self.ledger.requestResume(gone, True, self.tick()).isDefined()

    @precondition(lambda self: self.executors)
    @rule(data=st.data())
    def lose_executor(self, data: st.DataObject) -> None:
        executor = data.draw(st.sampled_from(sorted(self.executors)))
        lost = {i for i, task in self.tasks.items() if task.executor == executor}
        assert self.ledger.executorLost(executor, self.tick()).size() == len(lost)
        self.tasks = {i: task for i, task in self.tasks.items() if i not in lost}
        self.executors.discard(executor)
        self.reordered.discard(executor)

    @invariant()
    def no_core_is_lost_or_doubled(self) -> None:
        for executor in self.executors:
            held = self.held(executor)
            assert held <= SIZES[executor] or executor in self.overdrawn
            assert self.ledger.idleNanocores(executor) == SIZES[executor] - held
            for priority in (-11, -10, 0, 10, 11, 12):
                usable = SIZES[executor] - held - self.suspended_from(executor, priority)
                assert self.ledger.usableNanocores(executor, priority) == max(0, usable)
                page = self.ledger.pageOf(executor).get()
                idle = SIZES[executor] - held
                assert page.spareNanocores(priority) == (idle if idle < 0 else max(0, usable))

    @invariant()
    def what_a_task_was_held_up_is_known(self) -> None:
        for task_id, task in self.tasks.items():
            entry = self.ledger.get(task_id).get()
            held_up = task.preempted_ns + (self.now - task.since if task.preempted else 0)
            assert entry.timesPreempted() == task.preemptions
            assert entry.totalPreemptedNs(self.now) == held_up
            bound = self.jvm.neptune.core.StarvationBound(2, 5000)
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

    @invariant()
    def work_that_suspension_kept_is_known(self) -> None:
        assert self.ledger.keptCoreNs() == self.kept_core_ns
        for task_id, task in self.tasks.items():
            entry = self.ledger.get(task_id).get()
            assert (entry.ranNs(self.now), entry.keptNs()) == (task.ran_ns, task.kept_ns)

    def rest_ns(self, task: Task) -> int:
        """After a rescue: 0.1 s, and twice as long after each other one in a row, up to 12.8 s."""
        if task.rescues_in_row == 0:
            return 0
        return task.rescued_at + (100_000_000 << min(7, task.rescues_in_row - 1)) - self.now

    @invariant()
    def figures_agree(self) -> None:
        lent = [task for task in self.tasks.values() if not task.holds]
        assert self.ledger.size() == len(self.tasks)
        assert self.ledger.hasSuspended() == bool(lent)
        expected = [t for t in self.tasks.values() if t.state == "suspending" and not t.late]
        assert self.ledger.hasSuspending() == bool(expected)
        assert self.ledger.suspendedCount() == len(lent)
        late = self.ledger.outOfOrder()
        found = {late.apply(i).task().taskId() for i in range(late.size())}
        assert found == {
            i
            for i, task in self.tasks.items()
            if task.executor in self.reordered
            and task.state == "suspended"
            and not task.hand
            and any(
                t.holds and t.priority < task.priority
                for t in self.tasks.values()
                if t.executor == task.executor
            )
        }
        self.reordered = {self.tasks[i].executor for i in found}
        running = [t.priority for t in self.tasks.values() if t.state in ("running", "resuming")]
        for priority in (-10, 0, 10, 11, 12):
            below = any(p < priority for p in running)
            assert self.ledger.hasRunningBelow(priority) == below
        for executor in self.executors:
            page = self.ledger.pageOf(executor).get()
            on_it = [t for t in self.tasks.values() if t.executor == executor]
            assert page.load() == sum(t.holds for t in on_it)
            assert page.suspended() == sum(not t.holds for t in on_it)
            assert page.lowestRunning() == min(
                (t.priority for t in on_it if t.state in ("running", "resuming")),
                default=2**31 - 1,
            )
        for priority in (0, 10):
            coming: dict[str, int] = {}
            for task in expected:
                if task.priority < priority and not task.hand:
                    coming[task.executor] = coming.get(task.executor, 0) + task.cores
            told = self.ledger.incomingNanocores(priority)
            assert told.size() == len(coming)
            assert all(told.apply(executor) == cores for executor, cores in coming.items())

    def teardown(self) -> None:
        """Whatever state it is in: what holds a core ends, what waits comes back, nothing stays."""
        while self.tasks:
            holders = [i for i, task in self.tasks.items() if task.holds]
            for task_id in holders:
                self.finish(task_id)
            waiting = sorted(self.tasks, key=lambda i: -self.tasks[i].priority)
            for task_id in waiting:
                self.resume(task_id)
            assert holders or self.some("resuming"), "a suspended task can never come back"
        assert self.ledger.isEmpty()
        assert self.ledger.lentNanocores() == 0
        for executor in self.executors:
            assert self.ledger.idleNanocores(executor) == SIZES[executor]


def test_random_lives_keep_every_core(jvm: JVMView) -> None:
    run_state_machine_as_test(
        lambda: LedgerMachine(jvm),  # type: ignore[arg-type]  # it takes any factory
        settings=settings(max_examples=60, stateful_step_count=40, deadline=None, derandomize=True),
    )
