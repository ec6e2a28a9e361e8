"""The whole page: everything is in it, and nothing is loaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from neptune_spark._formats import Html, core_seconds_text, count_text, level_text, seconds_text
from neptune_spark._report import figures
from neptune_spark._report.application import Application
from neptune_spark._report.elements import (
    STYLE,
    bar,
    cards,
    element,
    folded,
    join,
    section,
    short,
    swatch,
    table,
)
from neptune_spark._report.timeline import timeline
from neptune_spark._version import __version__

#: Why suspensions ended, by what the log calls it.
REASONS = {
    "core": "its core was free again",
    "rescue": "a task of higher priority waited for something that it held",
    "resource": "tasks of higher priority needed what it held besides its core",
    "bound": "it had been suspended for the maximum time",
    "decommission": "its executor was being decommissioned",
    "manual": "it was resumed by hand",
    "end": "it ended while it was suspended",
    "again": "its core was free, but needed again at once",
    "": "it was still suspended at the end of the log",
}

_VICTIMS_SHOWN = 5


def page(app: Application) -> str:
    """Return the page, as a file's text."""
    title = f"{app.name or app.app_id or 'An application'}: Neptune's report"
    body = join(
        [
            element("h1", app.name or app.app_id),
            *_about(app),
            _totals(app),
            _pairs(app),
            _latencies(app),
            section(
                "Tasks over time",
                "Each line shows one task after another. A task is hatched while it is suspended: "
                "it has lent its core to a task of higher priority, and continues later where it "
                "stopped. It keeps its line meanwhile, so an executor may have more lines than "
                "cores.",
                timeline(app) if app.tasks else element("p", "No tasks have run.", class_="note"),
            ),
            _work(app),
            _reasons(app),
            _decisions(app),
            _settings(app),
            element(
                "p", f"Made by neptune-spark {__version__} from Spark's event log.", class_="note"
            ),
        ],
        "\n",
    )
    head = join(
        [
            Html('<meta charset="utf-8">'),
            Html('<meta name="viewport" content="width=device-width">'),
            element("title", title),
            element("style", Html(STYLE)),
        ],
        "\n",
    )
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n{head}\n</head>\n'
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def _about(app: Application) -> Iterator[Html]:
    ran = seconds_text((app.until_ms - app.started_ms) / 1e3)
    began, until = _moment(app.started_ms), _moment(app.until_ms)
    ended = (
        f"to {until}" if app.ended_ms is not None else f"until at least {until}, where the log ends"
    )
    cores = sum(executor.cores for executor in app.executors.values())
    facts = [
        f"{app.app_id}, of {app.user or 'an unknown user'}, on Spark {app.spark_version}.",
        f"It ran from {began} {ended}: {ran}, {count_text(len(app.tasks), 'task')} of "
        f"{count_text(len(app.jobs), 'job')}, on {count_text(len(app.executors), 'executor')} with "
        f"{count_text(cores, 'core')}.",
    ]
    yield from (element("p", fact, class_="facts") for fact in facts)
    if app.ended_ms is None:
        yield element(
            "p",
            "The log does not say that the application has ended: it is still running, or was "
            "killed.",
            class_="facts",
        )


def _totals(app: Application) -> Html:
    sums = figures.total(app)
    told = app.statistics
    shown = [
        (f"{sums.suspensions:,}", "suspensions", "How often a task was suspended."),
        (
            f"{len({span.task.task_id for span in app.spans}):,}",
            "tasks were suspended",
            "Some of them more than once.",
        ),
        (seconds_text(sums.suspended_s), "suspended, in all", "The sum over all tasks."),
        (
            core_seconds_text(sums.kept_core_s),
            "work kept",
            "What the tasks had computed before they were suspended.",
        ),
        (
            f"{sums.reasons['rescue']:,}",
            "rescues",
            "Tasks resumed because one of higher priority waited for what they held.",
        ),
    ]
    if told:
        shown.append((f"{told.get('cores_lent_max', 0):g}", "cores lent at most", "At one time."))
        shown.append((f"{told.get('kills', 0):,}", "tasks killed", "Instead of being suspended."))
        faults = told.get("policy_faults", 0)
        if faults:
            shown.append((f"{faults:,}", "faults of the policy", "Its answers were not used."))
    meaning = (
        "Work kept is what suspended tasks had computed by then. A scheduler that kills tasks "
        "instead of suspending them would have thrown it away, and computed it again."
    )
    return join([cards(shown), element("p", meaning, class_="help", style="margin-top:.8em")])


def _pairs(app: Application) -> Html:
    found = figures.pairs(app)
    longest = max((sums.suspended_s for _, _, sums in found), default=0.0)
    rows = (
        (
            _named(victim),
            _named(for_whom),
            f"{sums.suspensions:,}",
            seconds_text(sums.suspended_s),
            bar(sums.suspended_s / longest if longest else 0),
            core_seconds_text(sums.kept_core_s),
        )
        for victim, for_whom, sums in found
    )
    titles = ("Tasks of", "were suspended for", "times", "for", "", "work kept")
    return section(
        "Who was suspended for whom",
        "A row for each pair of jobs; the jobs of a stream are counted together. The job that got "
        "the core is that of the first stage that waited for it.",
        table(titles, rows, words=2),
    )


def _latencies(app: Application) -> Html:
    found = figures.levels(app)
    longest = max((max(level.waits_s) for level in found if level.waits_s), default=0.0)

    def row(level: figures.Level) -> tuple[object, ...]:
        waited: tuple[object, ...] = ("", "", "", "")
        if level.waits_s:
            median_s = level.quantile_s(0.5)
            waited = (
                seconds_text(median_s),
                bar(median_s / longest if longest else 0),
                seconds_text(level.quantile_s(0.99)),
                seconds_text(max(level.waits_s)),
            )
        return (
            _level(level.priority),
            f"{len(level.waits_s):,}",
            *waited,
            f"{level.suffered.suspensions:,}",
            seconds_text(level.suffered.suspended_s),
        )

    percentile = "99th percentile"
    titles = (
        "Level",
        "stages",
        "median",
        "",
        percentile,
        "longest",
        "suspensions",
        "suspended for",
    )
    return section(
        "How long stages waited for their first task",
        "From a stage's submission to the start of its first task, by level of priority; a higher "
        "number is more urgent. 99% of a level's stages waited no longer than its 99th percentile.",
        table(titles, map(row, found)),
    )


def _work(app: Application) -> Html:
    titles = ("", "level", "times suspended", "for", "work kept", "others suspended for it")

    def rows(found: Iterable[figures.Row]) -> Iterator[tuple[object, ...]]:
        for row in found:
            yield (
                short(row.name),
                join(_level(p) for p in sorted(row.priorities, reverse=True)),
                f"{row.suffered.suspensions:,}",
                seconds_text(row.suffered.suspended_s),
                core_seconds_text(row.suffered.kept_core_s),
                f"{row.gained:,}",
            )

    jobs = [row for row in figures.jobs(app) if row.matters]
    stages = [row for row in figures.stages(app) if row.matters]
    return section(
        "Jobs and stages",
        "Those affected by suspensions, longest suspended first.",
        table(("Job", *titles[1:]), rows(jobs), words=2),
        folded(count_text(len(stages), "stage"), table(("Stage", *titles[1:]), rows(stages), 2)),
    )


def _reasons(app: Application) -> Html:
    reasons = figures.total(app).reasons
    rows = ((REASONS.get(reason, reason), f"{count:,}") for reason, count in reasons.most_common())
    return section(
        "Why suspensions ended", "", table(("A task resumed, or ended, because", "times"), rows)
    )


def _decisions(app: Application) -> Html:
    if not app.decisions and not app.decisions_left_out:
        return section("Decisions", "The log has no decisions.")
    known = len(app.decisions)
    note = f"What was decided, and why; {count_text(known, 'decision')}, latest first."
    if app.decisions_left_out:
        note += f" {app.decisions_left_out:,} more were made."
    rows = (_decision(one) for one in reversed(app.decisions))
    titles = ("Time", "policy", "for", "chosen to be suspended, and why")
    return section("Decisions", note, folded("Show them", table(titles, rows, words=4)))


def _decision(one: Mapping[str, Any]) -> tuple[object, ...]:
    if one.get("target"):
        for_whom = f"a stream at {level_text(one['priority'])}"
        return _moment(one["time"], with_ms=True), one["policy"], for_whom, one["target"]
    stages = ", ".join(map(str, one["stageId"][:_VICTIMS_SHOWN]))
    for_whom = (
        f"{count_text(one['pendingTasks'], 'task')} at {level_text(one['priority'])}"
        f"{', of stage ' + stages if stages else ''}"
    )
    chosen = [
        f"task {task_id} on {executor_id}: {reason}"
        if reason
        else f"task {task_id} on {executor_id}"
        for task_id, executor_id, reason in zip(one["taskId"], one["executorId"], one["reason"])
    ][:_VICTIMS_SHOWN]
    if one["victims"] > len(chosen):
        chosen.append(f"and {one['victims'] - len(chosen):,} more")
    if one["fallback"]:
        chosen.append(f"the policy's answer was not used: {one['fallback']}")
    said = join(element("div", line) for line in chosen or ["nobody"])
    return _moment(one["time"], with_ms=True), one["policy"], for_whom, said


def _settings(app: Application) -> Html:
    if not app.settings:
        return Html("")
    given = [(key, value) for key, value, is_set in app.settings if is_set]
    others = [(key, value) for key, value, is_set in app.settings if not is_set]
    return section(
        "Settings in force",
        "Those that the application set; all others have their defaults.",
        table(("Setting", "value"), given, words=2),
        folded(f"{len(others)} defaults", table(("Setting", "value"), others, words=2)),
    )


def _named(row: figures.Row) -> Html:
    return join([short(row.name), *(_level(p) for p in sorted(row.priorities, reverse=True))], " ")


def _level(priority: int | None) -> Html:
    return swatch(priority, "not told" if priority is None else level_text(priority))


def _moment(time_ms: int, with_ms: bool = False) -> str:
    """Return a time as the reader's clock has it."""
    at = datetime.fromtimestamp(time_ms / 1e3).astimezone()
    if with_ms:
        return at.strftime("%H:%M:%S.%f")[:-3]
    return at.strftime("%Y-%m-%d %H:%M:%S %Z")
