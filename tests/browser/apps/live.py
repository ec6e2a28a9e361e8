"""An application with the tab, and a browser that looks at it; prints what that has seen.

Usage: live.py DIRECTORY
"""

from __future__ import annotations

import dataclasses
import json
import re
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Dict

from pyspark.sql import SparkSession

import neptune_spark
from tests.browser.browsing import PAGES, Tab, tab_of
from tests.browser.gateway import gateway
from tests.integration.jobs import GatedJob, eventually

Answers = Dict[str, Any]

#: Where pages get their data.
JSON = re.compile("/json/")

#: A user's text that would be something else as HTML.
EVIL = "<img src=x onerror=\"document.title='stolen'\"> & <b>bold</b> </script>"


def evil_job(spark: SparkSession, directory: Path) -> GatedJob:
    sc = spark.sparkContext

    def source() -> Any:
        sc.setJobDescription(EVIL)
        return sc.parallelize([], 2)

    return GatedJob(spark, directory, "low", 2, source=source)


def by_hand(spark: SparkSession, tab: Tab, low: GatedJob) -> Answers:
    """A task is suspended manually, and resumed."""
    scheduler = neptune_spark.scheduler(spark)
    tab.open()
    task_id = low.suspend(0).task_id
    began = time.monotonic()
    tab.eventually("neptune-suspended", "Task", [str(task_id)])
    seen_s = time.monotonic() - began
    answers = {
        "hand_seen_s": seen_s,
        "hand_for": tab.column("neptune-suspended", "For whom"),
        "hand_executor": tab.column("neptune-suspended", "Executor"),
    }
    scheduler.resume(task_id)
    tab.eventually("neptune-suspended", "Task", [])
    return answers


def bypass(spark: SparkSession, tab: Tab, low: GatedJob, directory: Path) -> Answers:
    """A high job has the low one's cores, and another low one waits."""
    scheduler = neptune_spark.scheduler(spark)
    high = GatedJob(spark, directory / "high", "high", 2)
    high.wait_until_started(0, 1)
    waiting = GatedJob(spark, directory / "waiting", "low", 3)
    held = [str(low.wait_until("suspended", p).task_id) for p in (0, 1)]
    tab.eventually("neptune-suspended", "Task", held)
    tab.eventually("neptune-waiting", "Pending tasks", ["3"])
    statistics = scheduler.statistics()
    eventually(
        lambda: tab.text("neptune-suspensions") == str(statistics.suspensions),
        "the page has other figures",
    )
    answers = {
        "held_for": tab.column("neptune-suspended", "For whom"),
        "high_stage": max(task.stage_id for task in scheduler.tasks() if task.priority == 10),
        "reasons": tab.column("neptune-waiting", "Why"),
        "page": {
            name: tab.text(f"neptune-{name}")
            for name in (
                *("tasks-running", "tasks-suspended", "cores-lent"),
                *("suspensions", "resumptions", "rescues", "at-bound"),
            )
        },
        "scheduler": dataclasses.asdict(statistics),
        "levels": {
            row[0].split(" ")[0]: row[1:5] for row in tab.rows("neptune-levels") if "(" in row[0]
        },
    }
    tab.picture(directory, "now")
    tab.open("time")
    tab.page.wait_for_selector("#neptune-timeline rect", state="attached")
    tab.picture(directory, "time")
    high.finish()
    waiting.end(0, 1, 2)
    return answers


def stream(spark: SparkSession, directory: Path) -> None:
    """One micro-batch, for which low tasks are suspended."""
    (directory / "in").mkdir()
    (directory / "in" / "one.json").write_text('{"a": 1}\n{"a": 2}\n')
    lines = spark.readStream.schema("a int").json(str(directory / "in"))
    query = (
        lines.groupBy("a")
        .count()
        .writeStream.queryName("clicks")
        .format("noop")
        .outputMode("complete")
        .option("checkpointLocation", str(directory / "checkpoint"))
        .trigger(availableNow=True)
        .start()
    )
    query.awaitTermination(120)


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            code: int = answer.status
            return code
    except urllib.error.HTTPError as error:
        return error.code


def of_whom(ui: str, user: str) -> list[int]:
    """What a user gets who is shown by a proxy that Spark trusts."""
    return [
        status(f"{ui}/neptune/{path}{kind}?doAs={user}")
        for path in ("", "jobs/")
        for kind in ("", "json")
    ]


def all_pages(tab: Tab, directory: Path) -> Answers:
    answers: Answers = {}
    for path in PAGES:
        tab.open(path)
        if path not in ("", "time"):
            tab.picture(directory, path)
        if path == "suspensions":
            answers["suspensions"] = len(tab.rows("neptune-suspensions-table"))
        elif path == "jobs":
            answers["descriptions"] = tab.column("neptune-jobs", "Description")
            answers["elements"] = tab.page.evaluate(
                "document.querySelectorAll('#neptune-jobs img, #neptune-jobs b').length"
            )
        elif path == "decisions":
            answers["decisions"] = tab.rows("neptune-decisions")
        elif path == "streams":
            answers["batches"] = {
                name: tab.column("neptune-batches", name)
                for name in ("Query", "Batch", "Task sets", "Suspended for it")
            }
        elif path == "settings":
            answers["settings"] = dict(
                zip(tab.column("neptune-settings", "Setting"), tab.rows("neptune-settings"))
            )
    answers["title"] = tab.page.title()
    return answers


def broken(tab: Tab) -> str:
    """What the page says when the driver fails to answer, and whether it recovers."""
    tab.open()
    tab.page.route(JSON, lambda route: route.fulfill(status=500, body="no"))
    tab.page.wait_for_selector("#neptune-error:not(.d-none)")
    said = tab.text("neptune-error")
    tab.page.unroute(JSON)
    tab.page.wait_for_selector("#neptune-error.d-none", state="attached")
    return said


def main(directory: Path) -> None:
    (directory / "events").mkdir()
    spark = (
        neptune_spark.builder()
        .master("local[2]")
        .appName("Watched")
        .config("spark.ui.enabled", "true")
        .config("spark.ui.port", "0")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.acls.enable", "true")
        .config("spark.ui.view.acls", "alice")
        .config("spark.neptune.maxSuspensions", "77")
        .config("spark.eventLog.enabled", "true")
        .config("spark.eventLog.dir", (directory / "events").as_uri())
        .config("spark.eventLog.compress", "false")
        .config("spark.eventLog.rolling.enabled", "false")
        .getOrCreate()
    )
    sc = spark.sparkContext
    sc.setLogLevel("WARN")
    assert sc.uiWebUrl is not None
    port = int(sc.uiWebUrl.rpartition(":")[2])
    ui = f"http://127.0.0.1:{port}"
    scheduler = neptune_spark.scheduler(spark)
    with tab_of(ui) as tab:
        low = evil_job(spark, directory / "low")
        low.wait_until_started(0, 1)
        answers = {**by_hand(spark, tab, low), **bypass(spark, tab, low, directory)}
        scheduler.policy = "lb"
        stream(spark, directory)
        low.finish()
        eventually(lambda: not scheduler.tasks(), "a task was left behind")
        statistics = scheduler.statistics()
        sc._jsc.sc().taskScheduler().neptune().tellEventLog()
        sc._jsc.sc().listenerBus().waitUntilEmpty()
        answers.update(all_pages(tab, directory))
        answers["at_the_end"] = dataclasses.asdict(statistics)
        answers["allowed"], answers["forbidden"] = of_whom(ui, "alice"), of_whom(ui, "mallory")
        with gateway(port) as outside:
            tab.open("suspensions", outside)
            answers["through_gateway"] = len(tab.rows("neptune-suspensions-table"))
            answers["links"] = tab.page.evaluate(
                "[...document.querySelectorAll('.neptune a')].map(link => link.pathname)"
            )
        answers["problems"] = list(tab.problems)
        answers["broken"] = broken(tab)
    answers["id"] = sc.applicationId
    spark.stop()
    print(json.dumps(answers))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
