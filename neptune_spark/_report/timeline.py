"""The picture of all tasks: a line for each seat on an executor, and pale where it is suspended."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import List

from neptune_spark._formats import Html, count_text, level_text, seconds_text
from neptune_spark._report.application import Application, LoggedTask
from neptune_spark._report.elements import colour, element, join, swatch

#: However long the log is, the picture has no more bars than this.
BARS_AT_MOST = 4000
_EXECUTORS_AT_MOST = 16
_LINES_AT_MOST = 32
_WIDTH, _LEFT, _RIGHT = 1080, 130, 12
_LINE, _GAP, _AXIS = 9, 3, 26
#: The width that a label of the axis has at most.
_LABEL = 70
_TICKS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400)
_TICKS_AT_MOST = 10


@dataclass(frozen=True)
class _Bar:
    began_ms: int
    ended_ms: int
    priority: int | None
    suspended: bool
    title: str = ""

    def goes_on_with(self, other: _Bar, least_ms: float) -> bool:
        """Whether nobody can see where this ends and the other, later one, of its kind begins."""
        is_of_kind = (self.priority, self.suspended) == (other.priority, other.suspended)
        return is_of_kind and other.began_ms - self.ended_ms < least_ms


_Line = List[_Bar]


def timeline(app: Application) -> Html:
    """Return the picture, and what its colours mean."""
    rows, notes = _rows(app)
    width_ms = max(1, app.until_ms - app.started_ms)
    scale = (_WIDTH - _LEFT - _RIGHT) / width_ms
    pixels = 0.75
    drawn = _merged(rows, pixels / scale)
    while sum(len(line) for _, lines in drawn for line in lines) > BARS_AT_MOST:
        pixels *= 2
        drawn = _merged(rows, pixels / scale)
    shapes: list[Html] = []
    y = _AXIS
    for label, lines in drawn:
        name = element("text", label, x=_LEFT - 8, y=y + _LINE, text_anchor="end")
        shapes.append(name)
        for line in lines:
            shapes += [_shape(bar, y, app.started_ms, scale) for bar in line]
            y += _LINE + _GAP
        y += 2 * _GAP
    picture = element(
        "svg",
        join([_HATCH, *_ticks(width_ms / 1e3, scale * 1e3, y), *shapes], "\n"),
        viewBox=f"0 0 {_WIDTH} {y + _GAP}",
        role="img",
        aria_label="tasks over time, by executor",
    )
    scrolled = element("div", picture, class_="scroll")
    return join([_legend(app), scrolled, *(element("p", n, class_="note") for n in notes)], "\n")


def _legend(app: Application) -> Html:
    levels = [app.levels_of(stage_id) for stage_id in {t.stage_id for t in app.tasks.values()}]
    told = sorted({priority for of in levels for _, priority in of}, reverse=True)
    swatches = [swatch(p, level_text(p)) for p in told]
    if not all(levels):
        swatches.append(swatch(None, "level not told"))
    hatched = element("i", "", class_="dot hatched")
    swatches.append(element("span", join([hatched, "suspended"]), class_="level"))
    return element("p", join(swatches), class_="legend")


def _rows(app: Application) -> tuple[list[tuple[str, list[_Line]]], list[str]]:
    """Return a label and lines for each executor, and what is left out."""
    tasks: dict[str, list[LoggedTask]] = {}
    for task in app.tasks.values():
        tasks.setdefault(task.executor_id, []).append(task)
    suspended = {e: sum(len(task.spans) for task in of) for e, of in tasks.items()}
    chosen = sorted(tasks, key=lambda e: (-suspended[e], len(e), e))[:_EXECUTORS_AT_MOST]
    notes = []
    if len(tasks) > len(chosen):
        more = count_text(len(tasks) - len(chosen), "executor")
        notes.append(f"Those with the most suspensions; {more} are left out.")
    rows = []
    for executor_id in sorted(chosen, key=lambda e: (len(e), e)):
        lines = _lines(app, tasks[executor_id])
        if len(lines) > _LINES_AT_MOST:
            more = count_text(len(lines) - _LINES_AT_MOST, "line")
            notes.append(f"Executor {executor_id}: {more} more are left out.")
        executor = app.executors.get(executor_id)
        cores = "" if executor is None else f", {count_text(executor.cores, 'core')}"
        # Spark calls a local master's only executor so.
        name = "driver" if executor_id == "driver" else f"executor {executor_id}"
        rows.append((f"{name}{cores}", lines[:_LINES_AT_MOST]))
    return rows, notes


def _lines(app: Application, tasks: list[LoggedTask]) -> list[_Line]:
    """Return the tasks' bars, with each task in the first line that is free."""
    lines: list[list[_Bar]] = []
    busy: list[tuple[int, int]] = []
    free: list[int] = []
    for task in sorted(tasks, key=lambda one: (one.launched_ms, one.task_id)):
        while busy and busy[0][0] <= task.launched_ms:
            heapq.heappush(free, heapq.heappop(busy)[1])
        if not free:
            free.append(len(lines))
            lines.append([])
        number = heapq.heappop(free)
        ended_ms = app.until_ms if task.ended_ms is None else task.ended_ms
        heapq.heappush(busy, (max(ended_ms, task.launched_ms + 1), number))
        lines[number] += _bars(app, task, ended_ms)
    return list(lines)


def _bars(app: Application, task: LoggedTask, ended_ms: int) -> list[_Bar]:
    levels = app.levels_of(task.stage_id)
    bars: list[_Bar] = []

    def draw(began_ms: int, until_ms: int, suspended: bool, how: str = "") -> None:
        """Add a bar for each level that the stage had meanwhile."""
        changes = [since_ms for since_ms, _ in levels[1:] if began_ms < since_ms < until_ms]
        for since_ms, to_ms in zip([began_ms, *changes], [*changes, until_ms]):
            priority = app.priority_of(task.stage_id, since_ms)
            level = "" if priority is None else f", {level_text(priority)}"
            what = f"task {task.task_id}, stage {task.stage_id}{level}{how}"
            bars.append(_Bar(since_ms, to_ms, priority, suspended, what))

    at = task.launched_ms
    for span in task.spans:
        until_ms = app.until_ms if span.ended_ms is None else span.ended_ms
        whom = f" for stage {span.for_stage_id}" if span.for_stage_id is not None else ""
        whom = f" by the limit of the {span.for_limit}" if span.for_limit else whom
        how = (
            f"suspended{' by hand' if span.manual else whom}, {seconds_text(app.suspended_s(span))}"
        )
        draw(at, span.began_ms, False)
        draw(span.began_ms, until_ms, True, f": {how}")
        at = until_ms
    if ended_ms > at:
        draw(at, ended_ms, False)
    return bars


def _merged(
    rows: Sequence[tuple[str, Sequence[_Line]]], least_ms: float
) -> list[tuple[str, list[list[_Bar]]]]:
    """Return bars of which none is too short to see."""
    return [(label, [_merged_line(line, least_ms) for line in lines]) for label, lines in rows]


def _merged_line(line: _Line, least_ms: float) -> list[_Bar]:
    """Return one bar for all short ones in a cell: of the kind that most of its time is."""
    merged: list[_Bar] = []
    # Those that are long enough to be seen are in no cell.
    for cell, found in groupby(line, lambda bar: _cell(bar, least_ms)):
        bars = list(found)
        for bar in bars if cell is None else [_most_of(bars)]:
            last = merged[-1] if merged else None
            if last is not None and last.goes_on_with(bar, least_ms):
                merged[-1] = replace(last, ended_ms=bar.ended_ms, title="")
            else:
                merged.append(bar)
    return merged


def _cell(bar: _Bar, least_ms: float) -> int | None:
    is_long = bar.ended_ms - bar.began_ms >= 2 * least_ms
    return None if is_long else int((bar.began_ms + bar.ended_ms) / 2 / least_ms)


def _most_of(bars: Sequence[_Bar]) -> _Bar:
    if len(bars) == 1:
        return bars[0]
    times: Counter[tuple[int | None, bool]] = Counter()
    for bar in bars:
        times[bar.priority, bar.suspended] += bar.ended_ms - bar.began_ms
    (priority, suspended), _ = times.most_common(1)[0]
    return _Bar(bars[0].began_ms, bars[-1].ended_ms, priority, suspended)


def _shape(bar: _Bar, y: int, from_ms: int, scale: float) -> Html:
    left = _LEFT + (bar.began_ms - from_ms) * scale
    width = max(0.6, (bar.ended_ms - bar.began_ms) * scale)
    place = {"x": f"{left:.1f}", "y": y, "width": f"{width:.1f}", "height": _LINE}
    title = element("title", bar.title) if bar.title else ""
    return element(
        "rect", title, **place, fill="url(#suspended)" if bar.suspended else colour(bar.priority)
    )


def _ticks(seconds: float, scale: float, height: int) -> list[Html]:
    fitting = (step for step in _TICKS_S if seconds / step <= _TICKS_AT_MOST)
    step = next(fitting, seconds / _TICKS_AT_MOST)
    ticks = []
    for number in range(int(seconds / step) + 1):
        at = _LEFT + number * step * scale
        x = f"{at:.1f}"
        # The last one must not be cut off.
        anchor = "end" if at + _LABEL / 2 > _WIDTH else "middle"
        label = seconds_text(number * step) if number else "0"
        ticks.append(element("line", "", x1=x, x2=x, y1=_AXIS - 8, y2=height, stroke="#e4e7eb"))
        ticks.append(element("text", label, x=x, y=_AXIS - 12, text_anchor=anchor))
    return ticks


_HATCH = Html(
    '<defs><pattern id="suspended" width="5" height="5" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect width="5" height="5" fill="#e9edf1"/>'
    '<rect width="2" height="5" fill="#9aa5b1"/></pattern></defs>'
)
