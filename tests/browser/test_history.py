"""The tab in a real History Server, and a server that has not got our jar."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from neptune_spark._events import JOB_SUSPENSIONS, SUMMARY, SUSPENDED, single_events
from neptune_spark._start.shim import find_jar
from tests.browser.browsing import PAGES, Tab, tab_of
from tests.browser.conftest import Watched
from tests.browser.history import (
    Event,
    HistoryServer,
    events_of,
    history_server,
    write_log,
)

pytestmark = pytest.mark.slow

MANY = 10_500
#: A level that no job of the application has.
RAISED = 99
#: What the store keeps of each kind.
KEPT = 10_000


def many(event: Event) -> Event:
    """A summary that tells of a great many suspensions."""
    suspended: dict[str, list[Any]] = {
        "taskId": [100_000 + i for i in range(MANY)],
        "stageId": [0] * MANY,
        "executorId": ["driver"] * MANY,
        "priority": [-10] * MANY,
        "agoMs": [MANY - i for i in range(MANY)],
        "manual": [False] * MANY,
        "times": [1] * MANY,
        "forPriority": [10] * MANY,
        "forStageId": [1] * MANY,
        "cores": [1.0] * MANY,
        "ranCoreMs": [1000] * MANY,
    }
    resumed: dict[str, list[Any]] = {
        "taskId": suspended["taskId"],
        "agoMs": [0] * MANY,
        "times": [1] * MANY,
        "reason": ["core"] * MANY,
        "waitedFor": [""] * MANY,
    }
    return {**event, "suspended": suspended, "resumed": resumed}


def raised(summary: Event, told: Event) -> Event:
    """A summary that tells of a stage's other level, from a task's suspension on."""
    suspended = told["suspended"]
    at_ms = told["time"] - suspended["agoMs"][0]
    levels = {"stageId": [suspended["stageId"][0]], "stagePriority": [RAISED]}
    return {**summary, **levels, "stageAgoMs": [summary["time"] - at_ms]}


def of_earlier_version(events: list[Event]) -> list[Event]:
    """The log as it was when each suspension was an event."""
    fields = ("Event", "taskId", "stageId", "executorId", "priority", "time", "manual", "times")
    ends = (*fields[:-1], "reason", "waitedFor")
    found = []
    for event in events:
        if event["Event"] == JOB_SUSPENSIONS:
            for single in single_events(event):
                if single["Event"] == SUSPENDED:
                    found.append({name: single[name] for name in fields})
                else:
                    row = {"stageId": 0, "executorId": "driver", "priority": -10, "manual": False}
                    found.append({name: {**row, **single}[name] for name in ends})
        elif "spark.neptune" not in event["Event"]:
            found.append(event)
    return found


@pytest.fixture(scope="module")
def logs(watched: Watched, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("logs")
    events = events_of(watched.log)
    write_log(directory, "app-watched", events)
    told = [event for event in events if event["Event"] == JOB_SUSPENSIONS]
    last = max(i for i, event in enumerate(events) if event["Event"] == SUMMARY)
    write_log(directory, "app-many", [*events[:last], many(told[0]), *events[last:]])
    changed = raised(events[last], told[0])
    write_log(directory, "app-raised", [*events[:last], changed, *events[last:]])
    write_log(directory, "app-earlier", of_earlier_version(events))
    ours = "spark.neptune"
    write_log(directory, "app-plain", [event for event in events if ours not in event["Event"]])
    wrong = [{**e, "statistics": "{"} if e["Event"] == SUMMARY else e for e in events]
    write_log(directory, "app-wrong", wrong)
    return directory


@pytest.fixture(scope="module")
def server(logs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HistoryServer]:
    jar = find_jar()
    with history_server(tmp_path_factory.mktemp("with-jar"), logs, jar) as server:
        yield server


@pytest.fixture(scope="module")
def tab(server: HistoryServer) -> Iterator[Tab]:
    with tab_of(server.ui("app-watched")) as tab:
        yield tab


def test_it_shows_what_the_application_had_at_its_end(watched: Watched, tab: Tab) -> None:
    tab.open()
    end = watched.answers["at_the_end"]
    for name in ("suspensions", "resumptions", "rescues"):
        assert tab.text(f"neptune-{name}") == str(end[name]), name
    for path in PAGES:
        tab.open(path)
    assert tab.problems == []


def test_its_pages_tell_the_same_as_when_it_was_live(watched: Watched, tab: Tab) -> None:
    seen = watched.answers
    tab.open("suspensions")
    assert len(tab.rows("neptune-suspensions-table")) == seen["suspensions"]
    assert "still suspended" not in tab.column("neptune-suspensions-table", "Ended because")
    tab.open("jobs")
    assert tab.column("neptune-jobs", "Description") == seen["descriptions"]
    tab.open("decisions")
    assert tab.rows("neptune-decisions") == seen["decisions"]
    tab.open("streams")
    assert tab.column("neptune-batches", "Suspended for it") == seen["batches"]["Suspended for it"]
    tab.open("settings")
    settings = tab.rows("neptune-settings")
    assert next(row for row in settings if row[0] == "spark.neptune.policy")[1] == "lb"
    tab.open("time")
    assert tab.page.locator("#neptune-timeline rect").count() > 5


def test_the_log_has_a_summary_a_second_at_most(watched: Watched) -> None:
    events = events_of(watched.log)
    times = [event["time"] for event in events if event["Event"] == SUMMARY]
    # The last two were asked for. Each is told by a timer that is never early.
    gaps = [after - before for before, after in zip(times, times[1:-2])]
    assert len(times) > 3
    assert all(gap > 900 for gap in gaps)
    ours = [event for event in events if "spark.neptune" in event["Event"]]
    assert not any("SparkListenerTask" in event["Event"] for event in ours)


def test_ten_thousand_rows_come_page_by_page(server: HistoryServer, tab: Tab) -> None:
    ui = server.ui("app-many")
    tab.open("suspensions", ui)
    newest = tab.column("neptune-suspensions-table", "Task")
    assert len(newest) == 50
    total = int(tab.page.inner_text(".neptune-pager > span").split(" of ")[1].split(",")[0] + "000")
    assert total <= KEPT
    tab.page.click("a[title=older]")
    tab.page.wait_for_function(
        "first => !document.querySelector('#neptune-suspensions-table').innerText.includes(first)",
        arg=newest[0],
    )
    older = tab.column("neptune-suspensions-table", "Task")
    assert len(older) == 50 and set(older).isdisjoint(newest)
    tab.page.click("a[title=oldest]")
    tab.page.wait_for_function(
        "first => !document.querySelector('#neptune-suspensions-table').innerText.includes(first)",
        arg=older[0],
    )
    assert tab.problems == []


def test_a_task_has_the_colour_of_its_other_level_from_then_on(
    server: HistoryServer, tab: Tab
) -> None:
    tab.open("time", server.ui("app-raised"))
    titles: list[str] = tab.page.evaluate(
        "[...document.querySelectorAll('#neptune-timeline rect title')].map(t => t.textContent)"
    )
    levels: dict[str, list[str]] = {}
    for title in titles:
        task, _, level, *_ = title.split(", ")
        levels.setdefault(task, []).append(level)
    assert any({"priority low (-10)", f"priority {RAISED}"} <= {*of} for of in levels.values())
    assert tab.problems == []


def test_logs_of_earlier_versions_have_their_suspensions(
    watched: Watched, tab: Tab, server: HistoryServer
) -> None:
    tab.open("suspensions", server.ui("app-earlier"))
    assert len(tab.rows("neptune-suspensions-table")) == watched.answers["suspensions"]


def test_an_application_without_neptune_has_no_such_tab(server: HistoryServer) -> None:
    assert "neptune" not in server.get("/history/app-plain/jobs/")
    assert "/history/app-watched/neptune/" in server.get("/history/app-watched/jobs/")


def test_a_page_that_fails_breaks_no_other(server: HistoryServer, tab: Tab) -> None:
    ui = server.ui("app-wrong")
    tab.page.goto(f"{ui}/neptune/")
    tab.page.wait_for_selector("#neptune-error:not(.d-none)")
    assert "The page 'Now' of Neptune's tab can't be shown" in tab.text("neptune-error")
    assert server.said().count("The page 'Now' of Neptune's tab can't be shown") == 1
    tab.open("suspensions", ui)
    assert "Watched" in server.get("/history/app-wrong/jobs/")


def test_without_our_jar_the_server_shows_the_application_as_ever(
    watched: Watched, logs: Path, tmp_path: Path
) -> None:
    with history_server(tmp_path, logs, None) as server:
        jobs = server.get("/history/app-watched/jobs/")
        assert "Watched" in jobs and "neptune" not in jobs
        for page in ("stages", "storage", "environment", "executors", "SQL"):
            assert "Watched" in server.get(f"/history/app-watched/{page}/"), page
        assert server.get("/api/v1/applications/app-watched/jobs").count("jobId") == len(
            watched.answers["descriptions"]
        )
        assert "ERROR" not in server.said()
        # As docs/watching.md has it.
        dropped = [line for line in server.said().splitlines() if "Drop unrecognized" in line]
        assert sorted(line.rpartition(".")[2] for line in dropped) == [
            *("SparkListenerJobSuspensions", "SparkListenerNeptuneSettings"),
            "SparkListenerNeptuneSummary",
        ]
