"""What the page shows of an application, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from neptune_spark._formats import count_text
from neptune_spark._report.application import Application, Span

BY_HAND = "by hand"
NOT_TOLD = "not told"


@dataclass
class Sums:
    """Suspensions together: how many, how long, and the work that they kept."""

    suspensions: int = 0
    suspended_s: float = 0.0
    kept_core_s: float = 0.0
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, app: Application, span: Span) -> None:
        """Count one more."""
        self.suspensions += 1
        self.suspended_s += app.suspended_s(span)
        self.kept_core_s += span.kept_core_s
        self.reasons[span.reason] += 1


@dataclass
class Level:
    """A level: what its task sets waited for their first task, and its suspensions."""

    priority: int | None
    waits_s: list[float] = field(default_factory=list)
    suffered: Sums = field(default_factory=Sums)

    def quantile_s(self, share: float) -> float:
        """Return the wait that a share of the task sets did not exceed."""
        ordered = sorted(self.waits_s)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass
class Row:
    """A job, the micro-batches of a query, or a stage.

    Attributes
    ----------
    suffered : Sums
        Suspensions of its tasks.
    gained : int
        Suspensions of other tasks for it.
    """

    key: tuple[str, str]
    name: str
    priorities: set[int] = field(default_factory=set)
    suffered: Sums = field(default_factory=Sums)
    gained: int = 0

    @property
    def matters(self) -> bool:
        """Whether suspensions had to do with it."""
        return self.suffered.suspensions > 0 or self.gained > 0


def total(app: Application) -> Sums:
    """Return the sums over all suspensions."""
    sums = Sums()
    for span in app.spans:
        sums.add(app, span)
    return sums


def levels(app: Application) -> list[Level]:
    """Return the levels, the highest first, what has none at the end."""
    found: dict[int | None, Level] = {}

    def level(priority: int | None) -> Level:
        return found.setdefault(priority, Level(priority))

    for stage_id, until_ms, wait_s in app.waits:
        level(app.priority_of(stage_id, until_ms)).waits_s.append(wait_s)
    for span in app.spans:
        level(span.priority).suffered.add(app, span)
    return sorted(found.values(), key=lambda one: (one.priority is None, -(one.priority or 0)))


def pairs(app: Application) -> list[tuple[Row, Row, Sums]]:
    """Return who was suspended for whom, the most time first.

    Jobs; those of a streaming query together.
    """
    found: dict[tuple[tuple[str, str], tuple[str, str]], tuple[Row, Row, Sums]] = {}
    for span in app.spans:
        victim = job_of(app, span.task.stage_id)
        if span.manual:
            for_whom = Row(("other", BY_HAND), BY_HAND)
        elif span.for_limit:
            limit = f"limit of the {span.for_limit}"
            for_whom = Row(("limit", limit), limit)
        elif span.for_stage_id is None:
            for_whom = Row(("other", NOT_TOLD), NOT_TOLD)
        else:
            for_whom = job_of(app, span.for_stage_id)
        pair = found.setdefault((victim.key, for_whom.key), (victim, for_whom, Sums()))
        pair[0].priorities.update(victim.priorities)
        pair[1].priorities.update(for_whom.priorities)
        pair[2].add(app, span)
    return sorted(found.values(), key=lambda pair: -pair[2].suspended_s)


def jobs(app: Application) -> list[Row]:
    """Return all jobs, those of a streaming query together, with what suspensions meant to them."""
    rows: dict[tuple[str, str], Row] = {}
    for stage_id in app.stages:
        row = job_of(app, stage_id)
        rows.setdefault(row.key, row).priorities.update(row.priorities)
    for stage_id, span, is_gain in _parts(app):
        row = job_of(app, stage_id)
        _count(app, rows.setdefault(row.key, row), span, is_gain)
    return sorted(rows.values(), key=_weight)


def stages(app: Application) -> list[Row]:
    """Return all stages, with what suspensions meant to them."""
    rows = {stage_id: _stage_row(app, stage_id) for stage_id in app.stages}
    for stage_id, span, is_gain in _parts(app):
        if stage_id not in rows:
            rows[stage_id] = _stage_row(app, stage_id)
        _count(app, rows[stage_id], span, is_gain)
    return sorted(rows.values(), key=_weight)


def job_of(app: Application, stage_id: int) -> Row:
    """Return an empty row of a stage's job, or of the query whose micro-batch that is."""
    stage = app.stages.get(stage_id)
    job = None if stage is None else app.jobs.get(stage.job_id)
    priorities = {priority for _, priority in app.levels_of(stage_id)}
    if job is None:
        return Row(("stage", str(stage_id)), f"stage {stage_id}, of an unknown job", priorities)
    if job.query_id is not None:
        name = app.queries.get(job.query_id) or job.query_id
        count = app.jobs_of_queries[job.query_id]
        return Row(
            ("query", job.query_id), f"stream {name} ({count_text(count, 'job')})", priorities
        )
    return Row(("job", str(job.job_id)), f"job {job.job_id}: {job.description}", priorities)


def _stage_row(app: Application, stage_id: int) -> Row:
    stage = app.stages.get(stage_id)
    name = "" if stage is None else f": {stage.name} (job {stage.job_id})"
    return Row(
        ("stage", str(stage_id)),
        f"stage {stage_id}{name}",
        {priority for _, priority in app.levels_of(stage_id)},
    )


def _parts(app: Application) -> Iterator[tuple[int, Span, bool]]:
    """Yield each stage that has a part in a suspension, and whether it was for it."""
    for span in app.spans:
        yield span.task.stage_id, span, False
        if span.for_stage_id is not None:
            yield span.for_stage_id, span, True


def _count(app: Application, row: Row, span: Span, is_gain: bool) -> None:
    if is_gain:
        row.gained += 1
    else:
        row.suffered.add(app, span)


def _weight(row: Row) -> tuple[float, int, str, int, str]:
    """Order rows by what suspensions meant to them, and by their ids."""
    kind, name = row.key
    return -row.suffered.suspended_s, -row.gained, kind, len(name), name
