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
from tests.browser.browsing import PAGES
from tests.integration.jobs import GatedJob, tell_event_log

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
        ("core", True)
    ]
    jobs = {row["job_id"]: row["suspensions"] for row in data(spark, "jobs/")["jobs"]["rows"]}
    assert jobs[task.job_id] == 1


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
