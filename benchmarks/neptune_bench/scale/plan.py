"""What a run of the benchmark does: every size and number in one record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from neptune_bench.harness.options import names, option, seeded
from neptune_bench.harness.record import Record

POLICIES: Final = ("lma", "lb", "cache-local", "cache-bucket", "random")
MODES: Final = ("suspend", "kill", "none")
SCHEDULERS: Final = {
    policy if mode == MODES[0] else f"{policy}:{mode}": (policy, mode)
    for policy in POLICIES
    for mode in MODES
}
"""Policies and modes by the names of their pairs: a policy alone suspends, as it does in Spark."""

ORDERS: Final = ("spark", "fair", "feedback")
"""By which parties share the cores of a priority; by `spark` they do not."""
USERS_SIDES: Final = {
    "Spark FIFO": ("spark", "FIFO"),
    "Spark FAIR": ("spark", "FAIR"),
    "Neptune, fair": ("fair", "FAIR"),
    "Neptune, feedback": ("feedback", "FIFO"),
}
"""Orders of ours, and Spark's own modes, by the names of their pairs."""
PAPER_EXECUTORS: Final = 75
LARGE_EXECUTORS: Final = 10_000


@dataclass(frozen=True)
class Plan(Record):
    """Sizes and numbers of the benchmark.

    Args:
        batch_share: work of the batch jobs, of what all cores could do in that time.
        batch_jobs: batch jobs; they are all there at the beginning.
        batch_task_s: least and greatest duration of a batch task.
        stream_share: work of the stream jobs, of what all cores could do in that time.
        stream_stages: least and greatest number of stages of a stream job.
        stream_tasks: least and greatest number of tasks in one of them.
        stream_task_s: least and greatest duration of a stream task.
        cached_share: share of stream tasks whose blocks are cached on some executor.
        remote_factor: how many times as long such a task takes elsewhere.
        answer_us: what an executor takes to suspend or resume a task, and to say so.
        sample_s: how often the balance is looked at, in virtual time.
        sizes: executors of the clusters whose decisions and offer rounds are timed.
        decision_bursts: sizes of the bursts of high tasks that decisions are timed for.
        decisions, warm_decisions: bursts of each size that count, and before those.
        cycles, warm_cycles: of offer rounds: those that count, and before those.
        shared_executors, parties: of the cluster on which offer rounds are timed while many share
            it, and how many do.
        shared_cycles, warm_shared_cycles: of these rounds, each of which takes Spark's own
            scheduler a tenth of a second there.
        users_s: for how long they are simulated as users of the cluster, in virtual time.
        long_users_share: share of users who have a long job, of tasks like the batch's; the others
            send short ones, of tasks like the streams'.
        long_share, short_share: work of either, of what all cores could do in that time.
        short_tasks: least and greatest number of tasks of a short job.
    """

    seed: int = seeded("of the workloads")
    executors: int = option(PAPER_EXECUTORS, "simulated executors")
    cores: int = option(4, "cores of each")
    duration_s: float = option(120.0, "virtual seconds in which jobs arrive", name="duration")
    repeat: int = option(1, "workloads, each with a seed of its own")
    schedulers: tuple[str, ...] = option(
        tuple(SCHEDULERS), "policies and modes to simulate", read=names("scheduler", SCHEDULERS)
    )
    batch_share: float = 1.0
    batch_jobs: int = 4
    batch_task_s: tuple[float, float] = (5.0, 15.0)
    stream_share: float = 0.15
    stream_stages: tuple[int, int] = (1, 3)
    stream_tasks: tuple[int, int] = (10, 60)
    stream_task_s: tuple[float, float] = (0.05, 0.3)
    cached_share: float = 0.5
    remote_factor: float = 1.5
    answer_us: int = 100
    sample_s: float = 0.1
    sizes: tuple[int, ...] = (PAPER_EXECUTORS, 1000, LARGE_EXECUTORS)
    decision_bursts: tuple[int, ...] = (8, 64)
    decisions: int = 15
    warm_decisions: int = 15
    cycles: int = 60
    warm_cycles: int = 600
    shared_executors: int = 1000
    parties: int = 500
    shared_cycles: int = 15
    warm_shared_cycles: int = 15
    users_s: float = 60.0
    long_users_share: float = 0.2
    long_share: float = 1.0
    short_share: float = 0.03
    short_tasks: tuple[int, int] = (4, 32)

    @property
    def policies(self) -> tuple[str, ...]:
        """The policies of its schedulers, each once."""
        return tuple(dict.fromkeys(SCHEDULERS[name][0] for name in self.schedulers))


QUICK: Final = Plan(
    executors=20,
    duration_s=15.0,
    batch_task_s=(3.0, 6.0),
    stream_tasks=(4, 16),
    sizes=(PAPER_EXECUTORS,),
    decision_bursts=(8,),
    decisions=5,
    warm_decisions=2,
    cycles=3,
    warm_cycles=1,
    shared_executors=PAPER_EXECUTORS,
    parties=20,
    shared_cycles=3,
    warm_shared_cycles=1,
    users_s=20.0,
)
