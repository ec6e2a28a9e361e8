"""The tables, in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from neptune_bench.compare.figures import Figure, apart
from neptune_bench.harness.figures import percentile
from neptune_bench.harness.record import decoded
from neptune_bench.harness.text import markdown
from neptune_bench.results.shown import Shown, here
from neptune_bench.scale import figures, sharing
from neptune_bench.scale.figures import Decision, Result, Round, Simulated
from neptune_bench.scale.sharing import Shared

DECISION_MS: Final = 10.0
"""What a decision may take at most."""
ROUND_RATIO: Final = 1.1
"""What an offer round may take at most, over Spark's own."""


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
            simulated_table(figures.simulated(result.runs)),
            f"{plan.parties} users of {plan.shared_executors} executors, "
            f"{plan.users_s:g} s of virtual time",
            users_table(sharing.shared(result.users)),
            f"A decision, in real milliseconds (bar: {DECISION_MS:g} ms)",
            decision_table(figures.decisions(plan, result.decisions)),
            f"An offer round, median in real microseconds (bar: {ROUND_RATIO:g} x Spark's own; "
            "those with high tasks pending include a decision)",
            round_table(figures.rounds(result.rounds)),
            f"The same while {plan.parties} parties share the cores of one priority, by order",
            round_table(figures.rounds(result.shared_rounds)),
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


def simulated_table(rows: Sequence[Simulated]) -> str:
    """Return a row for each policy and mode."""
    head = (
        *("policy, mode", "stream p50 ms", "p99 ms", "p50 / alone", "batch slow-down"),
        *("running cv", "live cv", "suspensions", "kills", "wasted task-s"),
    )
    lines = [
        (
            *(f"{row.policy}, {row.mode}", f"{row.p50:.0f}", f"{row.p99:.0f}"),
            *(f"{row.over_alone:.2f}", f"{row.slowdown:.2f}"),
            *(f"{row.running_cv:.3f}", f"{row.live_cv:.3f}"),
            *(str(row.suspensions), str(row.kills), f"{row.wasted_task_s:.0f}"),
        )
        for row in rows
    ]
    return markdown([head, *lines])


def users_table(rows: Sequence[Shared]) -> str:
    """Return a row for each way to share."""
    head = (
        *("way to share", "short jobs / alone: p50", "p95", "p99", "long jobs / FIFO's"),
        *("last end / FIFO's", "Jain's index (least)", "suspensions"),
    )
    lines = [
        (
            *(row.side, f"{row.p50:.2f}", f"{row.p95:.2f}", f"{row.p99:.2f}"),
            *(f"{row.long_over:.2f}", f"{row.makespan_over:.2f}"),
            "-" if row.jain is None else f"{row.jain[0]:.2f} ({row.jain[1]:.2f})",
            f"{row.suspensions}",
        )
        for row in rows
    ]
    return markdown([head, *lines])


def decision_table(rows: Sequence[Decision]) -> str:
    """Return a row for each size of cluster, policy and size of burst."""
    head = ("executors, policy", "pending", "p50", "p99", "max", "n")
    lines = [
        (
            *(f"{row.executors}, {row.policy}", str(row.pending)),
            *(f"{row.p50:.2f}", f"{row.p99:.2f}", f"{row.max:.2f}", str(row.count)),
        )
        for row in rows
    ]
    return markdown([head, *lines])


def round_table(rows: Sequence[Round]) -> str:
    """Return a row for each size of cluster and kind of round."""
    head = ("executors, round", "Spark", "Neptune", "ratio", "Spark p99", "Neptune p99", "n")
    lines = [
        (
            *(f"{row.executors}, {row.kind}", f"{row.stock_us:.0f}", f"{row.neptune_us:.0f}"),
            *(f"{row.ratio:.2f}", f"{row.stock_p99_us:.0f}", f"{row.neptune_p99_us:.0f}"),
            str(row.count),
        )
        for row in rows
    ]
    return markdown([head, *lines])


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
