"""The tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

from neptune_bench.compare.figures import latencies
from neptune_bench.compare.noise import Figure
from neptune_bench.harness import layout
from neptune_bench.harness.bootstrap import apart
from neptune_bench.harness.machine import busy
from neptune_bench.harness.record import decoded
from neptune_bench.harness.text import bar_table, markdown
from neptune_bench.path import figures
from neptune_bench.path.figures import P50_ABOVE_MS, P99_ABOVE_MS, Above, Result, Side
from neptune_bench.path.instants import STEPS
from neptune_bench.path.plan import IDLE, SIDES, TASKS
from neptune_bench.results.shown import Shown, here

QS: Final = (50, 99)
NONE: Final = "-"
HEAD: Final = "bar for a saturated session"
TITLE: Final = "The path of a preemption"
CAPTION: Final = (
    "All times are in milliseconds. *Idle*: nothing else runs in the session. *Saturated*: "
    "low-priority tasks of the same kind hold all cores, and one is suspended for each job, with "
    "`spark.neptune.handOver=true`. *Answered first*: the same with `false`, the default. A job "
    "has one task. The percentiles of the steps do not add up to those of the whole. *In all* runs "
    "from the submission of the job's task set to its task's first record; before that, the "
    "application calls the action and the driver plans. A percentile is of the jobs of all rounds; "
    "in brackets, its 95 % confidence interval, by a bootstrap (fixed seed) of the jobs."
)


def rendered(result: Result) -> str:
    """Return all tables, in Markdown."""
    plan = result.plan
    number = figures.fewest(result.sides)
    parts = [
        f"# {TITLE}",
        f"{where(result)}; {plan.repeat} rounds; at least {number} jobs of each kind on each side",
        *(said for said in [busy(result.load_before), *layout.remarks(result.machine)] if said),
        *(_others(side) for side in figures.unsound(result.sides)),
    ]
    asked = bars(result)
    for tasks in plan.tasks:
        parts += [f"## {TASKS[tasks]} tasks", table(result, tasks)]
    return "\n\n".join(
        [*parts, CAPTION, *([bar_table(asked, HEAD, "**missed**")] if asked else [])]
    )


def where(result: Result) -> str:
    """Return who had which processors."""
    plan = result.plan
    return layout.described(plan, result.cores)


def table(result: Result, tasks: str) -> str:
    """Return a row for each step, with all sides beside each other."""
    sides = [result.of(tasks, side) for side in SIDES]

    def row(head: str, cell: Callable[[Side, float], str]) -> tuple[str, ...]:
        return (head, *(cell(side, q) for side in sides for q in QS))

    rows = [
        ("step", *(head for side in SIDES for head in (f"{side}: p50", "p99"))),
        row("action called → task set submitted", lambda side, q: f"{side.ahead(q):.2f}"),
        *(row(text, partial(_step, name)) for name, text in STEPS.items()),
        row("in all", _total),
        row("in all, above idle", partial(_above, result)),
    ]
    return markdown(rows)


def _step(name: str, side: Side, q: float) -> str:
    found = side.step(name, q)
    return NONE if found is None else f"{found:.2f}"


def _total(side: Side, q: float) -> str:
    interval = side.interval(q)
    return f"{side.total(q):.2f} [{interval.low:.2f}, {interval.high:.2f}]"


def _above(result: Result, side: Side, q: float) -> str:
    above = result.above_idle(side.tasks, side.side)
    return "" if side.side == IDLE else f"{above.p50_ms if q == QS[0] else above.p99_ms:+.2f}"


def _others(side: Side) -> str:
    return (
        f"{side.others} jobs on the {side.side} session with {TASKS[side.tasks]} tasks had another "
        f"path, and {len(side.paths)} the one that is shown: that is too many."
    )


def bars(result: Result) -> list[tuple[str, str, bool]]:
    """Return what is asked: (the bar, what was measured, whether it is met).

    It is asked in the layout of a cluster: elsewhere the driver waits for the tasks' processors.
    """
    if result.plan.layout != layout.CLUSTER:
        return []
    asked = f"at most {P50_ABOVE_MS:g} ms above idle (p50), {P99_ABOVE_MS:g} ms (p99)"
    return [
        (
            f"{TASKS[above.tasks]} tasks: {asked}",
            measured(result, above),
            above.is_met and not is_unsound(result, above),
        )
        for above in result.above
    ]


def is_unsound(result: Result, above: Above) -> bool:
    """Return whether too many jobs had another path, idle or saturated."""
    return any(side.tasks == above.tasks for side in figures.unsound(result.sides))


def measured(result: Result, above: Above) -> str:
    """Return how much longer jobs take on a saturated session, and whether that says anything."""
    found = f"{above.p50_ms:+.2f} ms, {above.p99_ms:+.2f} ms"
    return f"{found}, too many other paths" if is_unsound(result, above) else found


def shown(found: Mapping[str, Any]) -> Shown:
    """Return what a page shows of a result."""
    result = decoded(Result, found)
    what = "a preemption, {} tasks, with hand-over: longer than idle (p50, p99)"
    costs = [
        here(what.format(TASKS[above.tasks]), measured(result, above)) for above in result.above
    ]
    return Shown(rendered(result), bars(result), (), costs)


def compared(found: Mapping[str, Any]) -> Iterator[Figure]:
    """Yield what can be compared with the same of another result."""
    for side in decoded(Result, found).sides:
        name = f"{TASKS[side.tasks]} tasks, {side.side}"
        for step in side.steps():
            rounds = [apart(path.steps_ms[step] for path in paths) for paths in side.rounds]
            yield from latencies(f"{name}: {step}, ms", rounds)
        yield from latencies(f"{name}: in all, ms", [apart(mine) for mine in side.totals()])
