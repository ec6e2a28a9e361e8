"""The tab in Spark's UI as a program sees it; tests/browser looks at it with a browser."""

from __future__ import annotations

import json
import re
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from neptune_spark import Scheduler
from neptune_spark._event_log import logged_events
from neptune_spark._report.application import read
from tests.browser.browsing import PAGES
from tests.integration.jobs import (
    GatedJob,
    PythonJob,
    eventually,
    log_of,
    made,
    tell_event_log,
)
from tests.integration.replaying import Replayed

pytestmark = pytest.mark.smoke


def get(spark: SparkSession, path: str) -> tuple[str, str]:
    """What is at a path of the UI, and the policy that the browser gets with it."""
    url = spark.sparkContext.uiWebUrl
    assert url is not None
    port = url.rpartition(":")[2]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=60) as answer:
        return answer.read().decode(), answer.headers.get("Content-Security-Policy") or ""


def data(spark: SparkSession, path: str = "") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(get(spark, f"neptune/{path}json/")[0])
    assert "error" not in found
    return found


def test_a_suspended_task_is_told_of(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    low = GatedJob(spark, tmp_path / "low", "low", 1)
    task = low.suspend(0)
    now = data(spark)
    (row,) = now["suspended"]["rows"]
    assert (row["task_id"], row["manual"], row["for_priority"]) == (task.task_id, True, None)
    assert now["statistics"]["tasks_suspended"] == 1
    scheduler.resume(task.task_id)
    low.finish()
    tell_event_log(spark.sparkContext)
    rows = data(spark, "suspensions/")["suspensions"]["rows"]
    assert [(row["reason"], row["manual"]) for row in rows if row["task_id"] == task.task_id] == [
        ("manual", True)
    ]
    jobs = {row["job_id"]: row["suspensions"] for row in data(spark, "jobs/")["jobs"]["rows"]}
    assert jobs[task.job_id] == 1


def test_what_a_limit_holds_is_told_of(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    sc = spark.sparkContext
    job = PythonJob(sc, made(tmp_path, "first"), None, 2, pool="crawl")
    job.wait_until_running(2)
    scheduler.set_limit(pool="crawl", max_tasks=1)
    eventually(lambda: data(spark)["suspended"]["rows"], "nobody was suspended")
    (row,) = data(spark)["suspended"]["rows"]
    assert (row["for_limit"], row["for_priority"], row["manual"]) == ("pool crawl", None, False)
    # Of the same pool, and a core is free.
    other = PythonJob(sc, made(tmp_path, "other"), None, 1, pool="crawl")
    reason = "Held: the limit of the pool crawl allows no more of its tasks at the same time."
    eventually(
        lambda: [stage["reason"] for stage in data(spark)["waiting"]] == [reason],
        "the limit is not the reason",
    )
    scheduler.set_limit(pool="crawl")
    job.finish()
    other.finish()
    tell_event_log(sc)

    def told(rows: list[dict[str, Any]]) -> list[tuple[str, None]]:
        task_id = row["task_id"]
        return [(r["for_limit"], r["for_priority"]) for r in rows if r["task_id"] == task_id]

    assert told(data(spark, "suspensions/")["suspensions"]["rows"]) == [("pool crawl", None)]
    later = Replayed(spark, log_of(sc))
    assert told(later.suspensions()) == [("pool crawl", None)]
    spans = read(logged_events(str(log_of(sc)))).tasks[row["task_id"]].spans
    assert [span.for_limit for span in spans] == ["pool crawl"]


def test_another_priority_is_told_of_at_once_and_with_its_time(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    low = GatedJob(spark, tmp_path / "low", "low", 1)
    job_id, stage_id = low.task(0).job_id, low.task(0).stage_id

    def told(rows: list[dict[str, Any]]) -> Any:
        return next((row["priority"] for row in rows if row["stage_id"] == stage_id), None)

    def shown() -> Any:
        return told(data(spark, "stages/")["stages"]["rows"])

    def over_time(page: dict[str, Any]) -> list[tuple[int, int]]:
        (stage,) = (row for row in page["stages"] if row["stage_id"] == stage_id)
        return [(change["from"], change["to"]) for change in stage["changes"]]

    eventually(lambda: shown() == -10, "the stage has no priority")
    assert scheduler.set_priority("high", job_id=job_id) == 1
    eventually(lambda: shown() == 10, "it has not got the other priority")
    scheduler.set_priority("normal", job_id=job_id)
    eventually(lambda: shown() == 0, "it has not got the third priority")
    assert over_time(data(spark, "time/")) == [(-10, 10), (10, 0)]
    low.finish()
    tell_event_log(spark.sparkContext)
    later = Replayed(spark, log_of(spark.sparkContext))
    assert told(later.stages()) == 0
    page = later.over_time()
    assert over_time(page) == [(-10, 10), (10, 0)]
    (stage,) = (row for row in page["stages"] if row["stage_id"] == stage_id)
    (began, ended) = next((task[3], task[4]) for task in page["tasks"] if task[2] == stage_id)
    times = [change["time"] for change in stage["changes"]]
    assert [began, *times, ended] == sorted([began, *times, ended])
    reported = read(logged_events(str(log_of(spark.sparkContext)))).stages[stage_id].levels
    assert [level for _, level in reported] == [-10, 10, 0]
    assert [since_ms for since_ms, _ in reported[1:]] == times


def test_a_suspension_that_lasts_counts_up_to_now(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    low = GatedJob(spark, tmp_path / "low", "low", 1)
    task = low.suspend(0)
    tell_event_log(spark.sparkContext)

    def suspended_s(table: str, key: str, number: int | None) -> float:
        rows = data(spark, f"{table}/")[table]["rows"]
        (found,) = (row["suspended_s"] for row in rows if row[key] == number)
        return float(found)

    first = suspended_s("jobs", "job_id", task.job_id)
    eventually(lambda: suspended_s("jobs", "job_id", task.job_id) > first, "it stands still")
    assert suspended_s("stages", "stage_id", task.stage_id) > first
    eventually(lambda: scheduler.tasks()[0].suspended_s > 1, "it is not suspended")
    # As in the log of a driver that was killed: up to what was told last.
    tell_event_log(spark.sparkContext)
    (row,) = (
        row
        for row in Replayed(spark, log_of(spark.sparkContext)).stages()
        if row["stage_id"] == task.stage_id
    )
    assert row["suspended_s"] > 0.9
    scheduler.resume(task.task_id)
    low.finish()


def test_what_is_told_later_has_the_shape_of_what_is_told_now(
    spark: SparkSession, scheduler: Scheduler
) -> None:
    tell_event_log(spark.sparkContext)
    now, later = data(spark), Replayed(spark, log_of(spark.sparkContext)).now()
    assert set(later) == set(now)
    assert {name: type(later[name]) for name in later} == {name: type(now[name]) for name in now}
    assert set(later["suspended"]) == set(now["suspended"])
    assert (now["live"], later["live"]) == (True, False)
    assert later["policy"] == now["policy"] == scheduler.policy


def test_a_browser_may_run_the_pages_scripts(spark: SparkSession) -> None:
    for page in PAGES:
        path = f"{page}/" if page else ""
        html, policy = get(spark, f"neptune/{path}")
        # Each of ours begins with a comment.
        nonces = re.findall(r'<script(?: nonce="([^"]+)")?>/\*', html)
        assert len(nonces) == 4, page
        # Spark 4.2 has nonces, and names them in a policy only if it is told to have one.
        if "-src" in policy:
            assert {f"'nonce-{nonce}'" for nonce in nonces} <= {*policy.replace(";", " ").split()}
        data(spark, path)
