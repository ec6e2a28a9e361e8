"""Metrics say what the scheduler says; dashboard, alerts and the page ask for what there is."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyspark.sql import SparkSession

from neptune_spark import Scheduler
from tests.conftest import PROGRAM_S, started_program
from tests.integration.jobs import eventually
from tests.integration.prometheus import MONITORING, Scrape, selectors

ROOT = Path(__file__).parents[2]
APP = Path(__file__).parent / "apps" / "metrics.py"
LEVELS = {-10: "low", 0: "normal", 10: "high"}


@pytest.fixture(scope="module")
def seen(standalone_master: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What an application on two executors has seen of its own metrics."""
    where = tmp_path_factory.mktemp("metrics")
    with started_program(
        [sys.executable, APP, standalone_master, where], env={"PYTHONPATH": str(ROOT)}
    ) as program:
        out, err = program.communicate(timeout=PROGRAM_S)
        assert program.returncode == 0, f"{out}\n{err}"
    answer: dict[str, Any] = json.loads(out.splitlines()[-1])
    return answer


@pytest.fixture(scope="module")
def scrape(seen: dict[str, Any]) -> Scrape:
    return Scrape(seen["scrape"])


def test_counters_and_timers_are_those_of_the_statistics(
    seen: dict[str, Any], scrape: Scrape
) -> None:
    statistics = seen["last"]
    assert statistics["suspensions"] == 1
    for name in (
        *("suspensions", "overdue", "memory_releases", "released_bytes", "resumed_at_bound"),
        *("kills", "policy_faults"),
    ):
        assert scrape.value(f"neptune_{name}_total", application="reports") == statistics[name]
    assert scrape.value("neptune_wasted_task_ms_total") == 1e3 * statistics["wasted_task_s"]
    for name, reasons in (
        ("resumptions", statistics["resumptions_by_reason"]),
        ("rescues", statistics["rescues_by_cause"]),
    ):
        assert len(scrape.matching(f"neptune_{name}_total", {})) == len(reasons)
        for reason, count in reasons.items():
            assert scrape.value(f"neptune_{name}_total", reason=reason) == count
    for name in (
        *("suspend_latency", "resume_latency", "suspend_round_trip", "resume_round_trip"),
        "decision_time",
    ):
        assert_same_latency(scrape, name, statistics[name])


def test_gauges_are_those_of_a_moment(seen: dict[str, Any], scrape: Scrape) -> None:
    first, last = seen["first"], seen["last"]
    for name in ("lent_core_s", "work_kept_core_s", "bound_used_max"):
        assert 0 < first[name] <= scrape.value(f"neptune_{name}") <= last[name]
    assert [level["priority"] for level in last["levels"]] == [10, 0, -10]
    for level in last["levels"]:
        name = LEVELS[level["priority"]]
        for figure in ("tasks_running", "tasks_pending", "tasks_suspended", "cores_lent"):
            assert scrape.value(f"neptune_{figure}", level=name) == level[figure]
        assert_same_latency(scrape, "first_task_latency", level["first_task_latency"], level=name)
    assert scrape.value("neptune_tasks_suspended", level="low") == 1
    assert scrape.value("neptune_tasks_pending", level="low") == 2


def assert_same_latency(
    scrape: Scrape, name: str, latency: dict[str, float], **labels: str
) -> None:
    assert scrape.value(f"neptune_{name}_count", **labels) == latency["count"]
    assert scrape.value(f"neptune_{name}_max_ns", **labels) / 1e9 == latency["max_s"]
    percentile = scrape.value(f"neptune_{name}_ns", quantile="0.99", **labels)
    assert percentile / 1e9 == pytest.approx(latency["p99_s"])


def test_executors_are_told_of_by_the_driver_and_by_themselves(
    seen: dict[str, Any], scrape: Scrape
) -> None:
    for executor in ("0", "1"):
        suspended = float(executor == seen["victim"])
        assert scrape.value("neptune_executor_tasks_suspended", executor=executor) == suspended
        assert scrape.value("neptune_executor_python_workers", executor=executor) >= 1
        assert scrape.value("neptune_executor_python_bytes", executor=executor) > 1 << 20
        assert scrape.value("neptune_executor_suspended_bytes", executor=executor) == 0
        own = f"reports.{executor}.neptune.executor"
        assert seen["executors"][f"{own}.tasks_suspended.csv"] == suspended
        assert seen["executors"][f"{own}.python_workers.csv"] >= 1
        for name in ("suspended_bytes", "memory_releases", "released_bytes"):
            assert seen["executors"][f"{own}.{name}.csv"] == 0


def expressions() -> Iterator[str]:
    """Of all panels and alerts, with Grafana's variables filled in."""
    dashboard = json.loads((MONITORING / "dashboard.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            text = re.sub(r"\$__(rate_interval|range)", "5m", target["expr"])
            yield text.replace("$application", ".*")
    for group in yaml.safe_load((MONITORING / "alerts.yaml").read_text())["groups"]:
        yield from (rule["expr"] for rule in group["rules"])


def test_dashboard_and_alerts_ask_for_what_there_is(scrape: Scrape) -> None:
    asked = [(text, found) for text in expressions() for found in selectors(text)]
    assert len(asked) > 30
    assert [text for text, found in asked if not scrape.answers(found)] == []
    # And would be told of anything else.
    (unknown,) = selectors("neptune_tasks_suspendd")
    (none_such,) = selectors('neptune_tasks_suspended{level="lowest"}')
    assert not scrape.answers(unknown) and not scrape.answers(none_such)


def sources(spark: SparkSession) -> list[Any]:
    """Ours in Spark's metrics system.

    By a method handle: to list the methods of SparkEnv, as py4j does, takes classes that Spark 4.3
    does not bring.
    """
    jvm: Any = spark.sparkContext._jvm

    def class_of(name: str) -> Any:
        return jvm.org.apache.spark.util.Utils.classForName(f"org.apache.spark.{name}", True, False)

    invoke = jvm.java.lang.invoke
    kind = invoke.MethodType.methodType(class_of("metrics.MetricsSystem"))
    find = invoke.MethodHandles.publicLookup().findVirtual
    arguments = jvm.java.util.ArrayList()
    arguments.add(spark.sparkContext._jsc.sc().env())
    system = find(class_of("SparkEnv"), "metricsSystem", kind).invokeWithArguments(arguments)
    found = system.getSourcesByName("neptune")
    return [found.apply(i) for i in range(found.size())]


def registered(spark: SparkSession) -> dict[str, str]:
    """The type of each metric of ours in a local session, by its name in docs/metrics.md."""
    found = {}
    for source in sources(spark):
        registry = source.metricRegistry()
        for kind, metrics in (
            ("gauge", registry.getGauges()),
            ("counter", registry.getCounters()),
            ("timer", registry.getTimers()),
        ):
            for name in metrics:
                name = re.sub(r"^level\.[a-z0-9]+\.", "level.LEVEL.", name)
                found[re.sub(r"^executors\.[a-z0-9]+\.", "executors.ID.", name)] = kind
    return found


@pytest.mark.smoke
def test_the_page_has_a_row_for_each_metric(spark: SparkSession, scheduler: Scheduler) -> None:
    page = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([\w.]+)` \| (gauge|counter|timer) \| ", page, re.MULTILINE))
    # An executor has metrics on the driver as soon as any have been read there.
    gauges = spark.sparkContext._jsc.sc().taskScheduler().metrics().metricRegistry().getGauges()
    eventually(
        lambda: (
            gauges["lent_core_s"].getValue() >= 0
            and "executors.ID.python_bytes" in registered(spark)
        ),
        "no executor is known",
    )
    assert rows == registered(spark)
