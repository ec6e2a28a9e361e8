"""Which jobs a latency target is for, and whose it is."""

from __future__ import annotations

from typing import Any

import pytest
from py4j.java_gateway import JVMView

import neptune_spark
from tests.jvm.functions import NS_PER_MS
from tests.jvm.job_settings import properties_of, settings_of

TARGET = "spark.neptune.target"
SETTINGS = {
    "rule.clicks.query": "clicks.*",
    "rule.clicks.target": "2s",
    "rule.fast.query": ".*fast",
    "rule.fast.target": "250",
    "rule.base.description": "database",
    "rule.base.target": "1m",
}


def asked(jvm: JVMView, properties: dict[str, str], settings: dict[str, str]) -> Any:
    read = settings_of(jvm, settings)
    room: Any = jvm.org.apache.spark.neptune.driver.priorities
    targets = room.JobTargets(read, room.JobPriorities(read, None, room.PriorityOverrides()))
    return targets.of(properties_of(jvm, properties))


def target(
    jvm: JVMView, properties: dict[str, str], settings: dict[str, str]
) -> tuple[str, str, int, float] | None:
    """The query's id and name, the batch, and the target in milliseconds."""
    found = asked(jvm, properties, settings)
    assert found.isRight(), found
    batch = found.toOption().get()
    if not batch.isDefined():
        return None
    of = batch.get()
    return of.queryId(), of.name(), of.batchId(), of.targetNs() / NS_PER_MS


def stream(name: str = "", **more: str) -> dict[str, str]:
    """Local properties of a batch as Spark has them."""
    description = f"{name}\n" if name else ""
    return {
        "sql.streaming.queryId": "an-id",
        "streaming.sql.batchId": "7",
        "spark.job.description": f"{description}id = an-id\nrunId = r\nbatch = 7",
        **more,
    }


@pytest.mark.parametrize(
    ("properties", "ms"),
    [
        (stream("other"), None),
        (stream("clicks"), 2000),
        (stream("clicks_fast"), 250),
        (stream("clicks", **{TARGET: " 3s"}), 3000),
        (stream("clicks", **{TARGET: "3s", "neptune.target": "4s"}), 4000),
        (stream("clicks", **{TARGET: "3s", "spark.job.tags": "neptune.block.target=5s"}), 5000),
    ],
)
def test_its_start_says_a_querys_target_or_else_the_shortest_of_its_rules(
    jvm: JVMView, properties: dict[str, str], ms: int | None
) -> None:
    found = target(jvm, properties, SETTINGS)
    name = properties["spark.job.description"].partition("\n")[0]
    assert found == (None if ms is None else ("an-id", name, 7, ms))


def test_a_query_without_a_name_has_its_id(jvm: JVMView) -> None:
    assert target(jvm, stream(**{TARGET: "1s"}), {}) == ("an-id", "an-id", 7, 1000)


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {TARGET: "3s"},
        {"spark.job.description": "into the database"},
        {TARGET: "3s", "spark.streaming.internal.batchTime": "1500000000000"},
    ],
)
def test_it_is_for_no_other_jobs(jvm: JVMView, properties: dict[str, str]) -> None:
    assert target(jvm, properties, SETTINGS) is None


def test_a_client_says_it_where_the_jvm_looks(jvm: JVMView) -> None:
    (said,) = neptune_spark.limit(target="750ms")._said
    for more in (
        {said.local_property: said.value},
        {"spark.job.tags": said.tag_start + said.value},
    ):
        assert target(jvm, stream(**more), {}) == ("an-id", "an-id", 7, 750)


@pytest.mark.parametrize("bad", ["soon", "0ms", "-1s", "1.5s", ""])
def test_what_is_no_duration_is_refused(jvm: JVMView, bad: str) -> None:
    for properties in (stream(**{TARGET: bad}), {TARGET: bad}):
        problem = asked(jvm, properties, {}).left().toOption().get()
        assert problem == (
            f"{TARGET} is '{bad}', but it must be a duration above 0 such as 100ms or 2s."
        )
