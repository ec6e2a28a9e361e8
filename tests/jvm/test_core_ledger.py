"""Random lives of tasks never lose a core, never lend one twice, and drain to empty.

The machine below plays Spark's backend (which counts a suspended task's core as taken) and keeps
its own simple book of who holds which core; the ledger must agree after every step.
"""

from __future__ import annotations

from dataclasses import replace
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

from tests.jvm.ledger_book import ALL_RANKS, HELD, LEVELS, ONE, SIZES, Book, Task, booked, seq

PRIORITIES = st.sampled_from(LEVELS)
# Within what is due to its party, or beyond it; or held over a limit.
RANKS = st.sampled_from(["within", "beyond", "held"])
WHOM = st.sampled_from(["Manual", "Higher", "Sharing"])
ACCOUNTS = st.sampled_from([(), (0,), (1, 2)])
EXECUTORS = st.sampled_from(["1", "2", "3"])


class LedgerMachine(RuleBasedStateMachine):
    def __init__(self, jvm: JVMView) -> None:
        super().__init__()
        self.jvm = jvm
        self.ledger: Any = jvm.neptune.core.CoreLedger()
        self.accounts: list[Any] = [jvm.neptune.core.Account(str(i)) for i in range(3)]
        self.book = Book()
        self.next_id = 0
        self.overdrawn: set[str] = set()
        self.reordered: set[str] = set()
        self.left_out: set[str] = set()

    @property
    def tasks(self) -> dict[int, Task]:
        return self.book.tasks

    def offer(self, executor: str) -> None:
        taken = sum(t.cores for t in self.tasks.values() if t.executor == executor)
        self.ledger.offered(executor, SIZES[executor] - taken)
        self.book.executors.add(executor)
        self.left_out.discard(executor)

    def pick(self, data: st.DataObject, *states: str) -> int:
        return data.draw(st.sampled_from([i for i, t in self.tasks.items() if t.state in states]))

    @rule(
        executor=EXECUTORS,
        priority=PRIORITIES,
        halves=st.integers(1, 4),
        able=st.booleans(),
        is_within=st.booleans(),
        accounts=ACCOUNTS,
        hands_over=st.booleans(),
    )
    def launch(
        self,
        executor: str,
        priority: int,
        halves: int,
        able: bool,
        is_within: bool,
        accounts: tuple[int, ...],
        hands_over: bool,
    ) -> None:
        """Where there is room, or on the cores of tasks that are about to stop."""
        self.offer(executor)
        cores, kind = halves * ONE // 2, "within" if is_within else "beyond"
        task = Task(executor, cores, priority, able, accounts, kind, runs_since=self.book.now)
        coming = self.book.coming_to(executor, task.rank) if hands_over else 0
        if max(0, self.book.spare(executor, task.rank) + coming) < cores:
            return
        self.next_id += 1
        mine = seq(self.jvm, [self.accounts[i] for i in accounts])
        self.ledger.launched(booked(self.jvm, self.next_id, task, self.book.now, mine))
        self.tasks[self.next_id] = task
        self.overdrawn |= self.book.hand_over_at(executor) if hands_over else set()

    @precondition(lambda self: self.tasks)
    @rule(data=st.data(), whom=WHOM)
    def request_suspend(self, data: st.DataObject, whom: str) -> None:
        task_id = self.pick(data, "running", "suspending", "suspended", "resuming")
        task = self.tasks[task_id]
        name = getattr(self.jvm.neptune.core, f"SuspendedFor${whom}$")
        manual = whom == "Manual"
        answer = self.ledger.requestSuspend(task_id, getattr(name, "MODULE$"), self.book.tick())
        assert answer.isDefined() == (task.suspendable and task.state in ("running", "resuming"))
        if task.suspendable:
            self.book.noted(task, manual)
        if answer.isDefined():
            task.state, task.seq, task.late = "suspending", answer.get(), False
            task.sharing = (whom == "Sharing" or task.is_held) and not task.hand

    @precondition(lambda self: self.book.some("suspending"))
    @rule(data=st.data(), stale=st.booleans())
    def acknowledge_suspend(self, data: st.DataObject, stale: bool) -> None:
        task_id = self.pick(data, "suspending")
        task = self.tasks[task_id]
        assert self.ledger.suspended(task_id, task.seq - stale, self.book.tick()) != stale
        if not stale:
            task.state = "suspended"
            task.since, task.preempted = self.book.now, not task.hand and not task.sharing
            task.preemptions += task.preempted
            self.book.kept_core_ns += (task.ran_ns - task.kept_ns) * task.cores // ONE
            task.kept_ns = task.ran_ns

    @rule()
    def offer_round(self) -> None:
        """Suspended tasks that could have a core are among those that are looked at."""
        assert self.ledger.resumable(HELD).isEmpty()
        for rank in reversed(ALL_RANKS):
            offered = self.ledger.resumable(rank)
            ids = [offered.apply(i).task().taskId() for i in range(offered.size())]
            assert ids == sorted(ids)
            fit = {
                i
                for i, task in self.tasks.items()
                if task.state == "suspended"
                and not task.hand
                and task.rank == rank
                and SIZES[task.executor] - self.book.held(task.executor) >= task.cores
            }
            assert fit <= set(ids)
            for task_id in ids:
                self.resume(task_id)
        self.ledger.allConsidered()

    @precondition(lambda self: self.book.some("suspended"))
    @rule(data=st.data())
    def request_resume(self, data: st.DataObject) -> None:
        self.resume(self.pick(data, "suspended"))

    @precondition(lambda self: self.book.some("suspended"))
    @rule(data=st.data())
    def resume_by_force(self, data: st.DataObject) -> None:
        """Its time is over: it resumes, though its core may be lent."""
        task_id = self.pick(data, "suspended")
        self.overdrawn.add(self.tasks[task_id].executor)
        self.resume(task_id, by_force=True)

    def resume(self, task_id: int, by_force: bool = False) -> None:
        task = self.tasks[task_id]
        fits = (
            SIZES[task.executor] - self.book.held(task.executor) >= task.cores and not task.is_held
        )
        answer = self.ledger.requestResume(task_id, by_force, self.book.tick())
        assert answer.isDefined() == (fits or by_force)
        if answer.isDefined():
            manually = not task.preempted and not task.sharing
            assert self.ledger.get(task_id).get().resumedManually() == manually
            self.book.end_preemption(task)
            task.state, task.seq, task.rescues_in_row = "resuming", answer.get(), 0
            task.runs_since = self.book.now
            assert self.ledger.get(task_id).get().resumedByForce() == by_force

    @rule(data=st.data())
    @precondition(lambda self: self.tasks)
    def release_hand(self, data: st.DataObject) -> None:
        task_id = data.draw(st.sampled_from(sorted(self.tasks)))
        task = self.tasks[task_id]
        before = [account.changes() for account in self.accounts]
        self.ledger.releaseManual(task_id)
        self.reordered.add(task.executor)
        changed = {i for i, account in enumerate(self.accounts) if account.changes() != before[i]}
        assert changed == (set(task.accounts) if task.hand else set())
        task.hand = False

    @precondition(lambda self: self.book.some("resuming"))
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
            task.kind = "held" if task.is_held else "within"
        task.priority = priority
        entry = self.ledger.get(task_id).get()
        assert entry.task().priority() == priority
        assert not told.isDefined() or entry.prioritySeq() == told.get()

    @precondition(lambda self: self.tasks)
    @rule(data=st.data(), kind=RANKS)
    def rank(self, data: st.DataObject, kind: str) -> None:
        """Shares are dealt anew, or a limit is set."""
        task_id = data.draw(st.sampled_from(sorted(self.tasks)))
        task = self.tasks[task_id]
        told = self.ledger.get(task_id).get().prioritySeq()
        assert self.ledger.ranked(task_id, replace(task, kind=kind).rank) == (kind != task.kind)
        if kind != task.kind:
            self.reordered.add(task.executor)
        task.kind = kind
        # Its executor is told nothing.
        assert self.ledger.get(task_id).get().prioritySeq() == told

    @precondition(lambda self: self.tasks)
    @rule(data=st.data(), accounts=ACCOUNTS)
    def book_elsewhere(self, data: st.DataObject, accounts: tuple[int, ...]) -> None:
        """Its stage is of another party from now on."""
        task_id = data.draw(st.sampled_from(sorted(self.tasks)))
        self.ledger.accounted(
            task_id, seq(self.jvm, [self.accounts[i] for i in accounts]), self.book.tick()
        )
        self.tasks[task_id].accounts = accounts

    @precondition(lambda self: self.book.some("suspending"))
    @rule(data=st.data())
    def be_late(self, data: st.DataObject) -> None:
        """The executor does not answer."""
        task_id = self.pick(data, "suspending")
        self.ledger.late(task_id)
        self.tasks[task_id].late = True

    @precondition(lambda self: self.book.some("suspended"))
    @rule(data=st.data())
    def held_up_by_higher_levels(self, data: st.DataObject) -> None:
        task_id = self.pick(data, "suspended")
        task = self.tasks[task_id]
        self.ledger.heldUp(task_id)
        if task.sharing and not task.hand and not task.is_held:
            task.sharing, task.preempted = False, True
            task.preemptions += 1

    @precondition(lambda self: self.book.some("suspending", "suspended"))
    @rule(data=st.data(), stale=st.booleans())
    def rescue(self, data: st.DataObject, stale: bool) -> None:
        """The executor lets a task run without asking; its suspension may be on its way."""
        task_id = self.pick(data, "suspending", "suspended")
        task = self.tasks[task_id]
        assert self.ledger.rescued(task_id, task.seq - stale, self.book.tick()) != stale
        if not stale:
            # It helped nobody.
            task.preemptions -= task.preempted
            task.rescues_in_row, task.rescued_at = task.rescues_in_row + 1, self.book.now
            task.runs_since = self.book.now
            self.book.end_preemption(task)
            if task.state == "suspended":
                self.overdrawn.add(task.executor)
            task.state, task.hand = "running", False

    @precondition(lambda self: self.book.some("suspending", "suspended"))
    @rule(data=st.data(), stale=st.booleans())
    def be_killed(self, data: st.DataObject, stale: bool) -> None:
        """It will not suspend, or does not stay so, but may take its time to end."""
        task_id = self.pick(data, "suspending", "suspended")
        task = self.tasks[task_id]
        assert self.ledger.killed(task_id, task.seq - stale, self.book.tick()) != stale
        if not stale:
            task.runs_since = self.book.now
            self.book.end_preemption(task)
            if task.state == "suspended":
                self.overdrawn.add(task.executor)
            task.state, task.hand = "running", False

    @precondition(lambda self: self.tasks)
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        self.finish(data.draw(st.sampled_from(sorted(self.tasks))))

    def finish(self, task_id: int) -> None:
        assert self.ledger.ended(task_id, self.book.tick()).isDefined()
        del self.tasks[task_id]
        assert not self.ledger.ended(task_id, self.book.tick()).isDefined()

    @rule(data=st.data())
    def answer_for_an_ended_task(self, data: st.DataObject) -> None:
        gone = self.next_id + 1
        assert not self.ledger.suspended(gone, 1, self.book.tick())
        assert not self.ledger.resumed(gone, 1)
        assert not self.ledger.requestSuspend(gone, True, self.book.tick()).isDefined()
        assert not self.ledger.requestResume(gone, True, self.book.tick()).isDefined()

    @precondition(lambda self: self.book.executors)
    @rule(data=st.data())
    def lose_executor(self, data: st.DataObject) -> None:
        executor = data.draw(st.sampled_from(sorted(self.book.executors)))
        lost = {i for i, task in self.tasks.items() if task.executor == executor}
        assert self.ledger.executorLost(executor, self.book.tick()).size() == len(lost)
        self.book.tasks = {i: task for i, task in self.tasks.items() if i not in lost}
        self.book.executors.discard(executor)
        self.reordered.discard(executor)
        self.left_out.discard(executor)

    @rule(data=st.data())
    def leave_executors_out(self, data: st.DataObject) -> None:
        left_out = set(data.draw(st.lists(st.sampled_from(sorted(SIZES)))))
        self.ledger.beginRound()
        for executor in self.book.executors - left_out:
            self.offer(executor)
        self.ledger.allOffered()
        self.left_out = self.book.executors & left_out

    @invariant()
    def no_core_is_lost_or_doubled(self) -> None:
        for executor in self.book.executors:
            held = self.book.held(executor)
            assert held <= SIZES[executor] or executor in self.overdrawn
            assert self.ledger.idleNanocores(executor) == SIZES[executor] - held
            for rank in ALL_RANKS:
                usable = self.book.spare(executor, rank)
                assert self.ledger.usableNanocores(executor, rank) == max(0, usable)
                assert self.ledger.pageOf(executor).get().spareNanocores(rank) == usable
        self.book.compare_crowded(self.ledger)

    @invariant()
    def what_a_task_was_held_up_is_known(self) -> None:
        for task_id in self.tasks:
            self.book.compare_held_up(self.jvm, self.ledger, task_id)

    @invariant()
    def accounts_hold_what_their_tasks_do(self) -> None:
        assert self.ledger.totalNanocores() == self.book.cores_of_all_but(self.left_out)
        for i, account in enumerate(self.accounts):
            self.book.compare_account(i, account)

    @invariant()
    def work_that_suspension_kept_is_known(self) -> None:
        assert self.ledger.keptCoreNs() == self.book.kept_core_ns
        for task_id, task in self.tasks.items():
            entry = self.ledger.get(task_id).get()
            assert (entry.ranNs(self.book.now), entry.keptNs()) == (task.ran_ns, task.kept_ns)

    @invariant()
    def figures_agree(self) -> None:
        lent = [task for task in self.tasks.values() if not task.holds]
        assert self.ledger.size() == len(self.tasks)
        assert self.ledger.hasSuspended() == bool(lent)
        expected = [t for t in self.tasks.values() if t.state == "suspending" and not t.late]
        assert self.ledger.hasSuspending() == bool(expected)
        assert self.ledger.suspendedCount() == len(lent)
        for level in LEVELS:
            assert self.ledger.yieldedNanocores(level) == self.book.yielded(level)
        late = self.ledger.outOfOrder()
        found = {late.apply(i).task().taskId() for i in range(late.size())}
        assert found == self.book.out_of_order(self.reordered)
        self.reordered = {self.tasks[i].executor for i in found}
        running = [t.rank for t in self.tasks.values() if t.state in ("running", "resuming")]
        for rank in ALL_RANKS:
            assert self.ledger.hasRunningBelow(rank) == any(r < rank for r in running)
        for executor in self.book.executors:
            self.book.compare_page(executor, self.ledger.pageOf(executor).get())
        for rank in (0, 1, 20, 21):
            self.book.compare_coming(self.ledger, rank, expected)

    def teardown(self) -> None:
        """Whatever state it is in: what holds a core ends, what waits comes back, nothing stays."""
        while self.tasks:
            holders = [i for i, task in self.tasks.items() if task.holds]
            for task_id in holders:
                self.finish(task_id)
            for task_id, task in self.tasks.items():
                if task.is_held:
                    self.ledger.ranked(task_id, 2 * task.priority + 1)
                    task.kind = "within"
            waiting = sorted(self.tasks, key=lambda i: -self.tasks[i].rank)
            for task_id in waiting:
                self.resume(task_id)
            assert holders or self.book.some("resuming"), "a suspended task can never come back"
        assert self.ledger.isEmpty() and self.ledger.lentNanocores() == 0
        for executor in self.book.executors:
            assert self.ledger.idleNanocores(executor) == SIZES[executor]


def test_random_lives_keep_every_core(jvm: JVMView) -> None:
    run_state_machine_as_test(
        lambda: LedgerMachine(jvm),  # type: ignore[arg-type]  # it takes any factory
        settings=settings(max_examples=40, stateful_step_count=40, deadline=None, derandomize=True),
    )
