"""Prints what a driver serves for Prometheus while a task is suspended, and the statistics of then.

And, of each executor, what its sink has written of Neptune's metrics.
"""

import csv
import dataclasses
import json
import sys
import urllib.request
from pathlib import Path

import neptune_spark
from tests.integration.jobs import QUICK_EXECUTORS, GatedJob, eventually

master, where = sys.argv[1], Path(sys.argv[2])
SINK = "spark.metrics.conf.*.sink.prometheusServlet"
CSV = "spark.metrics.conf.executor.sink.csv"
spark = (
    neptune_spark.builder()
    .master(master)
    .config("spark.ui.port", "0")
    .config("spark.ui.showConsoleProgress", "false")
    .config("spark.metrics.namespace", "reports")
    .config(f"{SINK}.class", "org.apache.spark.metrics.sink.PrometheusServlet")
    .config(f"{SINK}.path", "/metrics/prometheus")
    .config(f"{CSV}.class", "org.apache.spark.metrics.sink.CsvSink")
    .config(f"{CSV}.period", "1")
    .config(f"{CSV}.directory", str(where))
    .config("spark.neptune.metricsInterval", "200ms")
    .config(*QUICK_EXECUTORS)
    .getOrCreate()
)
scheduler = neptune_spark.scheduler(spark)
SUSPENDED = "neptune_executors_{}_tasks_suspended_Value"


def scrape() -> str:
    url = f"{spark.sparkContext.uiWebUrl}/metrics/prometheus"
    with urllib.request.urlopen(url) as answer:
        return answer.read().decode()


def shows(text: str, name: str) -> float:
    """A value of the driver's; -1 if there is none yet."""
    found = (line.split()[-1] for line in text.splitlines() if f"driver_{name}{{" in line)
    return float(next(found, -1))


def written() -> dict[str, float]:
    """The last value of each of Neptune's metrics that executors have written, by file."""
    last = {}
    for path in where.glob("reports.*.neptune.*.csv"):
        rows = list(csv.reader(path.read_text().splitlines()))[1:]
        if rows:
            last[path.name] = float(rows[-1][1])
    return last


low = GatedJob(spark, where / "low", "low", 4)
low.wait_until_started(0, 1)
high = GatedJob(spark, where / "high", "high", 1)
high.wait_until_started(0)
(victim,) = (task for task in scheduler.tasks() if task.state == "suspended")
eventually(
    lambda: sum(bool(executor.python_workers) for executor in scheduler.executors()) == 2,
    "Python workers were not measured",
)
first = scheduler.statistics()
eventually(
    lambda: (
        shows(text := scrape(), "neptune_lent_core_s_Value") >= first.lent_core_s
        and shows(text, SUSPENDED.format(victim.executor_id)) == 1
    ),
    "the driver does not tell",
)
text = scrape()
last = scheduler.statistics()


def executors_tell() -> bool:
    """Whether each of them has written what it has: each does so once a second, at its own time."""
    found = written()
    own = "reports.{}.neptune.executor.{}.csv".format
    return found.get(own(victim.executor_id, "tasks_suspended")) == 1 and all(
        found.get(own(executor.executor_id, "python_workers"), 0) >= 1
        for executor in scheduler.executors()
    )


eventually(executors_tell, "an executor does not tell")
seen = {
    "scrape": text,
    "first": dataclasses.asdict(first),
    "last": dataclasses.asdict(last),
    "victim": victim.executor_id,
    "executors": written(),
}
high.finish()
low.finish()
print(json.dumps(seen))
spark.stop()
