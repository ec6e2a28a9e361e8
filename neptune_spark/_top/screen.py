"""Draws what the tab says, as large as the terminal is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from neptune_spark._formats import (
    core_seconds_text,
    count_text,
    level_text,
    levels_shown,
    seconds_text,
)

_STYLES = {"high": "bold red", "normal": "blue", "low": "green"}
_DIM = "dim"
#: Lines that are there without rows: the names of the levels' columns, those of the tasks', and a
#: blank line with a title for the suspended tasks and for who waits.
_ABOVE = 6
#: A line for what is left out of each of these, and the one that the cursor is on.
_SPARE = 3
#: So many levels there is room for; on a high terminal for some more.
_LEVELS_SHOWN = 5


class Screen:
    """One answer of the tab, on so many lines as there are.

    Parameters
    ----------
    answer : Mapping[str, Any]
        What the tab said.
    ui : str
        Where.
    height : int | None
        The terminal's; None for a page as long as it gets.
    note : str, optional
        What there is to say beside.
    """

    def __init__(
        self, answer: Mapping[str, Any], ui: str, height: int | None, note: str = ""
    ) -> None:
        self._answer = answer
        self._ui = ui
        self._height = height
        self._note = note

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        suspended = self._answer.get("suspended") or {}
        rows: Sequence[Mapping[str, Any]] = suspended.get("rows", ()) if suspended else ()
        total = suspended.get("total", 0) if suspended else 0
        waits = [
            [line for text in _wait(one) for line in text.wrap(console, options.max_width)]
            for one in self._answer.get("waiting") or ()
        ]
        unseen = self._answer.get("waiting_left_out") or 0
        levels = self._answer.get("levels") or ()
        head = self._head(options.max_width)
        fixed = sum(len(text.wrap(console, options.max_width)) for text in head)
        levels_at_most, rows_shown, waits_shown = self._shares(fixed, len(levels), len(rows), waits)
        yield from head
        yield _levels(levels_shown(levels, levels_at_most, _tasks), len(levels) - levels_at_most)
        yield _suspended(rows[:rows_shown], total)
        yield Text(f"\nWho waits for what: {count_text(len(waits) + unseen, 'stage')}", "bold")
        for lines in waits[:waits_shown]:
            yield from lines
        yield from _more(len(waits) + unseen - waits_shown)

    def _shares(
        self, fixed: int, levels: int, rows: int, waits: Sequence[Sequence[Text]]
    ) -> tuple[int, int, int]:
        """Return how many levels, suspended tasks and waiting stages there is room for."""
        if self._height is None:
            return levels, rows, len(waits)
        some = min(levels, max(_LEVELS_SHOWN, self._height // 5))
        lines = self._height - fixed - _ABOVE - _SPARE - some - (levels > some)
        needed = sum(map(len, waits))
        # Half for each, and what one does not need for the other; of both at least one.
        first = len(waits[0]) if waits else 0
        for_waits = min(needed, lines - 1, max(lines // 2, lines - rows, first))
        waits_shown, used = 0, 0
        for one in waits:
            if used + len(one) > for_waits:
                break
            waits_shown, used = waits_shown + 1, used + len(one)
        return some, max(0, min(rows, lines - used)), waits_shown

    def _head(self, width: int) -> list[Text]:
        answer, figures = self._answer, self._answer.get("statistics") or {}
        at = datetime.fromtimestamp(answer["time"] / 1e3) if answer.get("time", -1) >= 0 else None
        policy = f"  policy {plain(answer['policy'])}" if answer.get("policy") else ""
        clock = f"  {at:%H:%M:%S}" if at else ""
        head = [Text.assemble(("Neptune", "bold"), f"  {plain(self._ui)}{policy}{clock}")]
        head[0].truncate(width, overflow="ellipsis")
        if not answer.get("live", True):
            head.append(Text("The application has ended: these are its last figures.", "yellow"))
        if self._note:
            head.append(Text(plain(self._note), "yellow"))
        if figures:
            head += map(Text, _totals(figures))
        return head


def plain(text: object) -> str:
    """Return a text without what a terminal would take for a command."""
    return "".join(c if c.isprintable() else " " for c in str(text))


def _totals(figures: Mapping[str, Any]) -> Iterator[str]:
    counts = {
        "suspension": "suspensions",
        "resumption": "resumptions",
        "rescue": "rescues",
        "kill": "kills",
        "policy fault": "policy_faults",
    }
    yield ", ".join(count_text(figures[key], what) for what, key in counts.items())
    lent, most = figures["cores_lent"], figures["cores_lent_max"]
    kept = core_seconds_text(figures["work_kept_core_s"])
    yield f"cores lent {lent:g} (at most {most:g}), work kept {kept}"
    ways = {
        "suspend": "suspend_round_trip",
        "resume": "resume_round_trip",
        "decide": "decision_time",
    }
    said = [
        f"to {name} {seconds_text(figures[key]['p50_s'])}"
        for name, key in ways.items()
        if figures[key]["count"]
    ]
    if said:
        yield f"median time: {', '.join(said)}"


def _tasks(level: Mapping[str, Any]) -> int:
    return sum(level[f"tasks_{what}"] for what in ("running", "pending", "suspended"))


def _levels(levels: Sequence[Mapping[str, Any]], more: int) -> RenderableType:
    table = _table("Level", "running", "pending", "suspended", "lent cores", "first task", "99%")
    for level in levels:
        latency = level["first_task_latency"]
        waits = ["p50_s", "p99_s"]
        table.add_row(
            _level(level["priority"]),
            f"{level['tasks_running']:,}",
            f"{level['tasks_pending']:,}",
            f"{level['tasks_suspended']:,}",
            f"{level['cores_lent']:g}",
            *(seconds_text(latency[wait]) if latency["count"] else "" for wait in waits),
        )
    return Group(table, *_more(more))


def _suspended(rows: Sequence[Mapping[str, Any]], total: int) -> RenderableType:
    title = Text(f"\nSuspended: {count_text(total, 'task')}", "bold")
    if not rows:
        return Group(title, *_more(total))
    table = _table("Task", "stage", "job", "since", "times", "bound")
    table.add_column("for whom", no_wrap=True)
    # What can be wrapped gives way where there is no room; its texts are cut short then.
    table.add_column("executor")
    for row in rows:
        host = row.get("host")
        executor = plain(f"{row['executor_id']} on {host}" if host else row["executor_id"])
        table.add_row(
            str(row["task_id"]),
            str(row["stage_id"]),
            "" if row.get("job_id") is None else str(row["job_id"]),
            seconds_text(row["since_s"]),
            f"{row['times_suspended']:,}",
            f"{row['bound_used']:.0%}",
            _for_whom(row),
            Text(executor, no_wrap=True, overflow="ellipsis"),
        )
    return Group(title, table, *_more(total - len(rows)))


def _for_whom(row: Mapping[str, Any]) -> Text:
    if row.get("manual"):
        return Text("by hand")
    if row.get("for_limit"):
        return Text(plain(f"limit of the {row['for_limit']}"))
    if row.get("for_priority") is None:
        return Text("")
    stage_id = row.get("for_stage_id")
    stage = "" if stage_id is None else f", stage {stage_id}"
    return Text.assemble(_level(row["for_priority"]), stage)


def _wait(one: Mapping[str, Any]) -> Iterator[Text]:
    """Yield a waiting stage, and below it why it waits."""
    job = "" if one.get("job_id") is None else f" (job {one['job_id']})"
    tasks = f"{one['tasks_pending']:,} pending, {one['tasks_running']:,} running"
    yield Text.assemble(f"stage {one['stage_id']}{job}, ", _level(one["priority"]), f": {tasks}")
    yield Text(plain(one["reason"]), _DIM)


def _level(priority: int) -> Text:
    text = level_text(priority)
    return Text(text, _STYLES.get(text.partition(" ")[0], ""))


def _more(count: int) -> list[Text]:
    """Say how many are left out, if there are any."""
    return [Text(f"and {count:,} more", _DIM)] if count > 0 else []


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style=_DIM)
    table.add_column(first, no_wrap=True)
    for name in others:
        table.add_column(name, no_wrap=True, justify="right")
    return table
