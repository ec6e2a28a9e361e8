"""The figures of a result that can be compared with another's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from neptune_bench.compare.noise import Figure
from neptune_bench.demo.latency import counted
from neptune_bench.demo.report import NAMES
from neptune_bench.harness.bootstrap import Values, apart
from neptune_bench.harness.figures import percentile
from neptune_bench.harness.record import decoded
from neptune_bench.mechanism.figures import Result as MechanismResult
from neptune_bench.mechanism.plan import size_name
from neptune_bench.mechanism.report import JOBS, KINDS, VARIANTS
from neptune_bench.path.figures import Result as PathResult
from neptune_bench.path.plan import TASKS
from neptune_bench.policies.report import Result as PoliciesResult
from neptune_bench.realtime.figures import Result as RealtimeResult
from neptune_bench.realtime.figures import kept
from neptune_bench.realtime.plan import ALONE as QUERIES_ALONE
from neptune_bench.realtime.plan import BATCH_ALONE as JOBS_ALONE
from neptune_bench.results.files import reader
from neptune_bench.scale.figures import Result as ScaleResult
from neptune_bench.share.figures import LENGTHS, slow_downs
from neptune_bench.share.figures import Result as ShareResult
from neptune_bench.share.plan import ALONE as EACH_ALONE
from neptune_bench.share.plan import SIDES
from neptune_bench.sweep import points
from neptune_bench.sweep.workload import SHARE
from neptune_bench.unified.figures import Measured, costs, work
from neptune_bench.unified.result import Result, read
from neptune_bench.unified.schedulers import ALONE, BATCH_ALONE, SCHEDULERS

PERCENTILES: Final = (50, 99)


def figures(result: Mapping[str, Any]) -> list[Figure]:
    """Return the figures of a result.json whose values are positive.

    Raises:
        BenchmarkError: if its benchmark is unknown, or another version has written it.
    """
    with reader(result, _FIGURES, "compared") as read_figures:
        found = list(read_figures(result))
    return [figure for figure in found if figure.rounds and figure.value > 0]


def _latencies(
    what: str,
    rounds: Sequence[Values],
    is_one_process: bool = False,
    percentiles: Sequence[float] = PERCENTILES,
) -> Iterator[Figure]:
    known = [values for values in rounds if values]
    for q in percentiles:
        yield Figure(f"{what}: p{q:g}", known, q, is_one_process)


def _singles(what: str, values: Iterable[float]) -> Figure:
    """Return a figure of which each round has one value."""
    return Figure(what, [apart([value]) for value in values])


def _demo(result: Mapping[str, Any]) -> Iterator[Figure]:
    for name, run in result["runs"].items():
        latencies_s = [sample.latency_s for sample in counted(run)]
        yield from _latencies(NAMES[name], [apart(latencies_s)])
        if run["batch"]:
            begin, end = run["batch"]
            yield _singles(f"{NAMES[name]}: batch, s", [end - begin])


def _streams(result: Result, point: str = "") -> Iterator[Figure]:
    cost = costs(result.runs)
    by_name: dict[str, dict[int, Measured]] = {}
    for run in result.runs:
        by_name.setdefault(run.scheduler.name, {})[run.repeat] = run
    alone, batch = by_name.get(ALONE, {}), by_name.get(BATCH_ALONE, {})
    for name in filter(by_name.__contains__, SCHEDULERS):
        title, runs = f"{point}{SCHEDULERS[name].title}", by_name[name]
        yield from _latencies(f"{title}: latency, ms", [run.samples for run in runs.values()])
        pairs = [(runs[n].latencies_ms, alone[n].latencies_ms) for n in runs if n in alone]
        if name != ALONE:
            yield from _ratios(f"{title}: latency over alone", pairs)
        shares = [
            work(runs[n], cost) / base
            for n in runs
            if n in batch and name != BATCH_ALONE and (base := work(batch[n], cost)) > 0
        ]
        yield _singles(f"{title}: batch over alone", shares)


def _ratios(
    what: str, pairs: Sequence[tuple[Sequence[float], Sequence[float]]]
) -> Iterator[Figure]:
    """Yield figures whose rounds have one value: the ratio of both sides' percentiles."""
    for q in PERCENTILES:
        found = [percentile(a, q) / percentile(b, q) for a, b in pairs if a and b]
        yield _singles(f"{what}: p{q}", found)


def _unified(result: Mapping[str, Any]) -> Iterator[Figure]:
    return _streams(read(result))


def _sweep(result: Mapping[str, Any]) -> Iterator[Figure]:
    for one in points.read_all(result):
        yield from _streams(one, f"{one.plan.options[SHARE]:.0%}, ")


def _share(result: Mapping[str, Any]) -> Iterator[Figure]:
    found = decoded(ShareResult, result)
    for side in found.compared:
        title = SIDES[side].title
        pairs = list(zip(found.of(side), found.of(EACH_ALONE), strict=True))
        for length in LENGTHS:
            rounds = [apart(slow_downs(run, alone, length)) for run, alone in pairs]
            yield from _latencies(f"{title}: slow-down of {length}", rounds, percentiles=(50, 95))
        yield _singles(f"{title}: makespan, s", [run.makespan_s for run, _ in pairs])


def _realtime(result: Mapping[str, Any]) -> Iterator[Figure]:
    found = decoded(RealtimeResult, result)
    alone, batch = found.of(QUERIES_ALONE), found.of(JOBS_ALONE)
    for side in found.plan.sides:
        runs = found.of(side)
        yield from _latencies(f"{side}: latency, ms", [apart(run.latencies_ms) for run in runs])
        yield _singles(f"{side}: batch, jobs/s", [run.jobs_per_s for run in runs])
    for side in found.together:
        runs = found.of(side)
        pairs = [(a.latencies_ms, b.latencies_ms) for a, b in zip(runs, alone, strict=True)]
        yield from _ratios(f"{side}: latency over alone", pairs)
        rounds = zip(alone, batch, runs, strict=True)
        values = (kept(*each, found.processors) for each in rounds)
        yield _singles(f"{side}: batch kept", [value for value in values if value is not None])


def _policies(result: Mapping[str, Any]) -> Iterator[Figure]:
    found = decoded(PoliciesResult, result)
    for load in dict.fromkeys(cell.load for cell in found.cells):
        for policy, cells in found.of(load).items():
            yield Figure(
                f"{load}, {policy}: time over alone", [apart(cell.slow_downs) for cell in cells]
            )


def _scale(result: Mapping[str, Any]) -> Iterator[Figure]:
    found = decoded(ScaleResult, result)
    for row in found.decisions:
        for size in found.plan.decision_bursts:
            us = [us for pending, us in row["samples"] if pending == size]
            name = f"{row['executors']} executors, {row['policy']}: decision for {size}, us"
            yield Figure(name, [apart(us[found.plan.warm_decisions :])], is_one_process=True)
    for row in (*found.rounds, *found.shared_rounds):
        for kind, sides in row["rounds_us"].items():
            for side, us in sides.items():
                name = f"{row['executors']} executors, {kind}: round of {side}, us"
                yield Figure(name, [apart(us)], is_one_process=True)


def _mechanism(result: Mapping[str, Any]) -> Iterator[Figure]:
    found = decoded(MechanismResult, result)
    for row in found.latencies:
        name = f"{VARIANTS[row.variant]}, {KINDS[row.kind]} of {size_name(row.size_us)}"
        for what, values in row.samples_ms.items():
            yield from _latencies(f"{name}: {what}, ms", [apart(values)], True)
    for cost in found.job_costs:
        ratios = [with_it / without for without, with_it in cost.pairs]
        yield _singles(f"{JOBS[cost.name]}: over stock", ratios)


def _path(result: Mapping[str, Any]) -> Iterator[Figure]:
    for side in decoded(PathResult, result).sides:
        name = f"{TASKS[side.tasks]} tasks, {side.side}"
        for step in side.steps():
            rounds = [apart(path.steps_ms[step] for path in paths) for paths in side.rounds]
            yield from _latencies(f"{name}: {step}, ms", rounds)
        yield from _latencies(f"{name}: in all, ms", [apart(mine) for mine in side.totals()])


_FIGURES: Final[Mapping[str, Callable[[Mapping[str, Any]], Iterator[Figure]]]] = {
    "demo": _demo,
    **dict.fromkeys(("tpch", "ysb", "lda"), _unified),
    "sweep": _sweep,
    "share": _share,
    "realtime": _realtime,
    "policies": _policies,
    "scale": _scale,
    "mechanism": _mechanism,
    "path": _path,
}
