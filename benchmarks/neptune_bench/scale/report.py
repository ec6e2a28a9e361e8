"""The tables, in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from neptune_bench.compare.noise import Figure
from neptune_bench.harness.bootstrap import apart
from neptune_bench.harness.figures import percentile
from neptune_bench.harness.record import decoded
from neptune_bench.harness.text import Column, table
from neptune_bench.results.shown import Shown, here
from neptune_bench.scale import figures, sharing
from neptune_bench.scale.figures import Result

DECISION_MS: Final = 10.0
"""What a decision may take at most."""
ROUND_RATIO: Final = 1.1
"""What an offer round may take at most, over Spark's own."""

SIMULATED: Final[Sequence[Column]] = (
    *(("policy, mode", "{0.policy}, {0.mode}"), ("stream p50 ms", "{0.p50:.0f}")),
    *(("p99 ms", "{0.p99:.0f}"), ("p50 / alone", "{0.over_alone:.2f}")),
    *(("batch slow-down", "{0.slowdown:.2f}"), ("running cv", "{0.running_cv:.3f}")),
    *(("live cv", "{0.live_cv:.3f}"), ("suspensions", "{0.suspensions}")),
    *(("kills", "{0.kills}"), ("wasted task-s", "{0.wasted_task_s:.0f}")),
)
USERS: Final[Sequence[Column]] = (
    *(("way to share", "{0.side}"), ("short jobs / alone: p50", "{0.p50:.2f}")),
    *(("p95", "{0.p95:.2f}"), ("p99", "{0.p99:.2f}"), ("long jobs / FIFO's", "{0.long_over:.2f}")),
    ("last end / FIFO's", "{0.makespan_over:.2f}"),
    ("Jain's index (least)", lambda r: f"{r.jain[0]:.2f} ({r.jain[1]:.2f})" if r.jain else "-"),
    ("suspensions", "{0.suspensions}"),
)
DECISIONS: Final[Sequence[Column]] = (
    *(("executors, policy", "{0.executors}, {0.policy}"), ("pending", "{0.pending}")),
    *(("p50", "{0.p50:.2f}"), ("p99", "{0.p99:.2f}"), ("max", "{0.max:.2f}"), ("n", "{0.count}")),
)
ROUNDS: Final[Sequence[Column]] = (
    *(("executors, round", "{0.executors}, {0.kind}"), ("Spark", "{0.stock_us:.0f}")),
    *(("Neptune", "{0.neptune_us:.0f}"), ("ratio", "{0.ratio:.2f}")),
    *(("Spark p99", "{0.stock_p99_us:.0f}"), ("Neptune p99", "{0.neptune_p99_us:.0f}")),
    ("n", "{0.count}"),
)


def rendered(result: Result) -> str:
    """Return all tables."""
    plan = result.plan
    alone = figures.alone_ms(result.runs)
    return "\n\n".join(
        (
            "# The scheduler on a simulated cluster",
            f"{plan.executors} executors x {plan.cores} cores, {plan.duration_s:g} s of virtual "
            f"time, {len(alone)} stream jobs; alone: p50 {percentile(alone, 50):.0f} ms, "
            f"p99 {percentile(alone, 99):.0f} ms",
            table(figures.simulated(result.runs), SIMULATED),
            f"{plan.parties} users of {plan.shared_executors} executors, "
            f"{plan.users_s:g} s of virtual time",
            table(sharing.shared(result.users), USERS),
            f"A decision, in real milliseconds (bar: {DECISION_MS:g} ms)",
            table(figures.decisions(plan, result.decisions), DECISIONS),
            f"An offer round, median in real microseconds (bar: {ROUND_RATIO:g} x Spark's own; "
            "those with pending high-priority tasks include a decision)",
            table(figures.rounds(result.rounds), ROUNDS),
            f"The same while {plan.parties} parties share the cores of one priority, by order",
            table(figures.rounds(result.shared_rounds), ROUNDS),
        )
    )


def bars(result: Result) -> list[tuple[str, str, bool]]:
    """Return what is asked, of the worst: (the bar, what was measured, whether it is met)."""
    found = []
    timed = figures.decisions(result.plan, result.decisions)
    if timed:
        slowest = max(timed, key=lambda row: row.p50)
        measured = f"{slowest.p50:.1f} ms ({slowest.executors} executors, {slowest.policy})"
        bar = f"every decision at most {DECISION_MS:g} ms (p50)"
        found.append((bar, measured, slowest.p50 <= DECISION_MS))
    rounds = figures.rounds([*result.rounds, *result.shared_rounds])
    for what, is_one in (("one executor", True), ("all executors", False)):
        of_kind = [row for row in rounds if ("one executor" in row.kind) == is_one]
        if of_kind:
            worst = max(of_kind, key=lambda row: row.ratio)
            measured = f"{worst.ratio:.2f} ({worst.executors} executors; {worst.kind})"
            bar = f"every round of {what} at most {ROUND_RATIO:g} x Spark's"
            found.append((bar, measured, worst.ratio <= ROUND_RATIO))
    return found


def shown(found: Mapping[str, Any]) -> Shown:
    """Return what a page shows of a result."""
    result = decoded(Result, found)
    asked = bars(result)
    costs = [here(f"{bar}: the worst", measured) for bar, measured, _ in asked]
    return Shown(rendered(result), asked, (), costs)


def compared(found: Mapping[str, Any]) -> Iterator[Figure]:
    """Yield what can be compared with the same of another result."""
    result = decoded(Result, found)
    for row in result.decisions:
        for size in result.plan.decision_bursts:
            us = [us for pending, us in row["samples"] if pending == size]
            name = f"{row['executors']} executors, {row['policy']}: decision for {size}, us"
            yield Figure(name, [apart(us[result.plan.warm_decisions :])], is_one_process=True)
    for row in (*result.rounds, *result.shared_rounds):
        for kind, sides in row["rounds_us"].items():
            for side, us in sides.items():
                name = f"{row['executors']} executors, {kind}: round of {side}, us"
                yield Figure(name, [apart(us)], is_one_process=True)
