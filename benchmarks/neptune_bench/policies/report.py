"""What was measured, and the tables in Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from neptune_bench.compare.noise import Figure
from neptune_bench.harness import results
from neptune_bench.harness.bootstrap import apart
from neptune_bench.harness.figures import percentile
from neptune_bench.harness.machine import busy
from neptune_bench.harness.record import decoded
from neptune_bench.harness.text import markdown
from neptune_bench.policies.plan import KINDS, SCENARIOS, Plan
from neptune_bench.results.shown import Shown

LOADS = {**SCENARIOS, **KINDS}
COMPARED = (("lb", "random"), ("lma", "lb"))
"""Policies of which the first is to be at least as good."""
CAPTION = """\
Slow-downs, that is, times relative to the same work alone: of a simulated stream job, or of a real
request. Suspensions are per stream job, or per request. *batch / alone* is the batch's slow-down,
*ran elsewhere* the share of tasks that did not run where their blocks are, *memory not found* the
share of the needed memory that tasks did not get."""


@dataclass(frozen=True)
class Cell:
    """What a policy made of a simulated workload, or of a request.

    Args:
        load: which, of `LOADS`.
        policy: its name.
        slow_downs: of stream jobs, or of the request: time over that alone.
        others: more figures, by name.
    """

    load: str
    policy: str
    slow_downs: tuple[float, ...]
    others: Mapping[str, float]


@dataclass(frozen=True)
class Result(results.Result):
    """All that a run found."""

    plan: Plan
    cells: tuple[Cell, ...]

    def of(self, load: str) -> dict[str, list[Cell]]:
        """Return the cells of a load by policy."""
        mine = [cell for cell in self.cells if cell.load == load]
        return {p: [cell for cell in mine if cell.policy == p] for p in self.plan.policies}


def over_alone(cells: list[Cell]) -> list[float]:
    """Return those of all cells."""
    return [value for cell in cells for value in cell.slow_downs]


def rendered(result: Result) -> str:
    """Return all tables: slow-downs over alone, and means of the other figures."""
    parts = ["# Where policies differ", CAPTION]
    parts += filter(None, [busy(result.load_before)])
    for load, title in LOADS.items():
        found = result.of(load)
        others = list(next(iter(found.values()))[0].others)
        lines = [("policy", "mean", "p50", "p95", "p99", *others)]
        for policy, cells in found.items():
            all_of = over_alone(cells)
            values = [statistics.fmean(all_of), *(percentile(all_of, q) for q in (50, 95, 99))]
            values += [statistics.fmean(cell.others[name] for cell in cells) for name in others]
            lines.append((policy, *(f"{value:.2f}" for value in values)))
        parts += [f"## {load}", title[0].upper() + title[1:], markdown(lines)]
    return "\n\n".join(parts)


def bars(result: Result) -> list[tuple[str, str, bool]]:
    """Return what is asked of policies: (the bar, what was measured, whether it is met)."""
    found = []
    for load in LOADS:
        means = {p: statistics.fmean(over_alone(cells)) for p, cells in result.of(load).items()}
        for better, worse in COMPARED:
            # With a core for each real executor there is no load to balance.
            if {better, worse} <= set(means) and (better == "lma" or load in SCENARIOS):
                ratio = means[better] / means[worse]
                bar = f"{load}: mean time under {better} at most that under {worse}"
                # Ties are not exact: each policy has its own order of equal executors.
                found.append((bar, f"{ratio:.2f}", round(ratio, 2) <= 1.0))
    return found


def shown(found: Mapping[str, Any]) -> Shown:
    """Return what a page shows of a result."""
    result = decoded(Result, found)
    return Shown(rendered(result), bars(result))


def compared(found: Mapping[str, Any]) -> Iterator[Figure]:
    """Yield what can be compared with the same of another result."""
    result = decoded(Result, found)
    for load in dict.fromkeys(cell.load for cell in result.cells):
        for policy, cells in result.of(load).items():
            rounds = [apart(cell.slow_downs) for cell in cells]
            yield Figure(f"{load}, {policy}: time over alone", rounds)
