"""Which priority a job has by rules, its pool and its user; and what can be no rule."""

from __future__ import annotations

from typing import Any

import pytest
from py4j.java_gateway import JVMView
from py4j.protocol import Py4JJavaError

LOW, NORMAL, HIGH = -10, 0, 10
SETTINGS = {
    "pool.etl.priority": "low",
    "pool.bi.v2.priority": "high",
    "user.anna.priority": "5",
    "rule.reports.description": "(?i)report",
    "rule.reports.priority": "-3",
    "rule.urgent.description": "^URGENT",
    "rule.urgent.priority": "high",
    "rule.clicks.query": "clicks-[0-9]+",
    "rule.clicks.priority": "7",
    "rule.both.query": "views",
    "rule.both.description": "batch = 0",
    "rule.both.priority": "8",
    "rule.limited.description": "load",
    "rule.limited.maxCores": "4",
}


def rules_of(jvm: JVMView, settings: dict[str, str]) -> Any:
    rules: Any = jvm.org.apache.spark.neptune.settings.PriorityRules
    found: Any = getattr(jvm.scala.collection.immutable, "Map$")
    made = getattr(found, "MODULE$").empty()
    for key, value in settings.items():
        made = made.updated(key, value)
    return getattr(rules, "from")(made)


def level(jvm: JVMView, settings: dict[str, str], **job: str) -> int | None:
    option: Any = jvm.scala.Option
    ways = [option.apply(job.get(way)) for way in ("description", "query", "pool", "user")]
    looked_at = getattr(jvm.org.apache.spark.neptune.settings, "PriorityRules$Job")(*ways)
    found = rules_of(jvm, settings).of(looked_at)
    return found.get() if found.isDefined() else None


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        ({}, None),
        ({"pool": "default", "user": "bert"}, None),
        ({"pool": "etl"}, LOW),
        ({"pool": "bi.v2"}, HIGH),
        ({"user": "anna"}, 5),
        ({"pool": "etl", "user": "anna"}, LOW),
        ({"description": "The Report of May", "pool": "etl"}, -3),
        ({"description": "URGENT report"}, HIGH),
        ({"query": "clicks-12"}, 7),
        ({"query": "all-clicks-12"}, None),
        ({"query": "views", "description": "views batch = 0"}, 8),
        ({"query": "views", "description": "views batch = 1"}, None),
        ({"description": "load", "pool": "etl"}, LOW),
    ],
)
def test_rules_come_before_pools_and_these_before_users(
    jvm: JVMView, job: dict[str, str], expected: int | None
) -> None:
    assert level(jvm, SETTINGS, **job) == expected


@pytest.mark.parametrize("way", ["description", "query"])
@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (r"(\s|.)*report", "x" * 100_000),  # takes all of the stack
        ("(x+x+)+y", "x" * 100),  # takes for ever
    ],
)
def test_an_expression_that_gets_nowhere_does_not_match(
    jvm: JVMView, way: str, expression: str, text: str
) -> None:
    settings = {f"rule.odd.{way}": expression, "rule.odd.priority": "low", "pool.etl.priority": "3"}
    assert level(jvm, settings, **{way: text, "pool": "etl"}) == 3
    assert level(jvm, settings, **{way: "xxxy report", "pool": "etl"}) in (LOW, 3)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"rule.a.priority": "low"}, r"rule\.a\.priority is set, but not which jobs"),
        ({"rule.a.maxTasks": "2"}, r"rule\.a\.maxTasks is set, but not which jobs"),
        ({"rule.a.target": "2s"}, r"rule\.a\.target is set, but not which jobs"),
        (
            {"rule.a.query": "x"},
            r"The rule a says .* not their priority or a limit: set spark\S+rule\.a\.pri",
        ),
        (
            {
                "rule.a.query": "x",
                "rule.a.priority": "low",
                "rule.b.query": "x",
                "rule.b.priority": "high",
            },
            "The rules a and b are for the same jobs",
        ),
        (
            {"user.anna.priority": "high", "user.anna.maxPriority": "low"},
            r"user\.anna\.priority is 10, above spark\S+\.anna\.maxPriority, which is -10",
        ),
    ],
)
def test_what_can_be_no_rule_is_refused(jvm: JVMView, settings: dict[str, str], said: str) -> None:
    with pytest.raises(Py4JJavaError, match=said):
        rules_of(jvm, settings)


def test_a_user_may_have_a_limit(jvm: JVMView) -> None:
    rules = rules_of(jvm, {"user.anna.maxPriority": "5", "user.bert.priority": "high"})
    assert (rules.limitOf("anna").get(), rules.limitOf("bert").isDefined()) == (5, False)
