"""What a job has of the stream whose foreachBatch function has had another thread submit it."""

from __future__ import annotations

from typing import Any

import pytest
from py4j.java_gateway import JVMView

from tests.jvm.job_settings import properties_of, settings_of
from tests.jvm.test_limits import MAX_TASKS, Limited

PRIORITY = "spark.neptune.priority"
#: Those of the thread that runs a query's batches, as Spark has them.
STREAM = {
    "sql.streaming.queryId": "an-id",
    "streaming.sql.batchId": "7",
    "spark.sql.execution.id": "3",
    "spark.job.description": "clicks\nid = an-id\nbatch = 7",
}
#: Those of a query in a thread that has inherited nothing.
OWN = {"spark.sql.execution.id": "4", "spark.sql.execution.root.id": "4"}
SETTINGS = {
    "rule.clicks.query": "clicks",
    "rule.clicks.maxTasks": "2",
    "rule.clicks.target": "2s",
    "rule.compact.description": "compact",
    "rule.compact.maxTasks": "1",
    "pool.etl.maxCores": "3",
    "pool.etl.priority": "4",
    "pool.crawl.priority": "5",
}


class Judged:
    """A job, and what is made of it."""

    def __init__(self, jvm: JVMView, own: dict[str, str], stream: dict[str, str]) -> None:
        room: Any = jvm.org.apache.spark.neptune.driver.priorities
        inheriting = room.EffectiveProperties.inheriting
        found: Any = inheriting(
            properties_of(jvm, {**OWN, **own}), properties_of(jvm, {**STREAM, **stream})
        )
        self.properties = {str(key): str(found[key]) for key in found}
        self.limits = Limited(jvm, SETTINGS).of(self.properties)
        priorities = room.JobPriorities(settings_of(jvm, SETTINGS), None, room.PriorityOverrides())
        self.priority = priorities.of(found).toOption().get()
        targets = room.JobTargets(settings_of(jvm, SETTINGS), priorities)
        self.batch = targets.of(found).toOption().get().get()


def test_it_is_a_part_of_the_batch_with_all_that_holds_for_that(jvm: JVMView) -> None:
    job = Judged(jvm, {}, {"neptune.maxTasks": "3", "spark.scheduler.pool": "etl"})
    assert job.limits == {
        "SQL execution 3": (None, None, "3"),
        "rule clicks": (None, None, "2"),
        "pool etl": (None, "3", None),
    }
    assert job.priority == 4
    assert (job.batch.queryId(), job.batch.name(), job.batch.batchId()) == ("an-id", "clicks", 7)
    assert job.properties["spark.sql.execution.id"] == "4"


def test_the_batch_may_be_a_part_of_another_execution(jvm: JVMView) -> None:
    job = Judged(jvm, {MAX_TASKS: "1"}, {"spark.sql.execution.root.id": "2"})
    assert job.limits["SQL execution 2"] == (None, None, "1")


def test_a_description_of_its_own_is_for_rules_beside_the_querys_name(jvm: JVMView) -> None:
    """A Connect server describes what it runs itself."""
    job = Judged(jvm, {"spark.job.description": "compact"}, {})
    assert [*job.limits] == ["rule clicks", "rule compact"]
    assert job.batch.name() == "clicks"


@pytest.mark.parametrize(
    ("own", "stream", "priority", "tasks"),
    [
        ({}, {"neptune.priority": "1", "neptune.maxTasks": "4"}, 1, "4"),
        (
            {"neptune.priority": "2", "neptune.maxTasks": "5"},
            {"neptune.priority": "1", "neptune.maxTasks": "4"},
            2,
            "5",
        ),
        # The stream's block comes before its session, which is the job's, too.
        (
            {PRIORITY: "2", MAX_TASKS: "5"},
            {"neptune.priority": "1", PRIORITY: "3", MAX_TASKS: "4"},
            1,
            "5",
        ),
        (
            {"spark.job.tags": "neptune.block=2,neptune.block.maxTasks=5,mine"},
            {"neptune.priority": "9", "neptune.maxTasks": "4"},
            2,
            "5",
        ),
        (
            {"spark.job.tags": "neptune.priority=2,neptune.block.maxTasks=5,mine"},
            {"spark.job.tags": "neptune.block=9,neptune.block.maxTasks=4,theirs"},
            2,
            "5",
        ),
        ({"spark.scheduler.pool": "crawl"}, {"spark.scheduler.pool": "etl"}, 5, None),
        ({}, {}, 10, None),
    ],
)
def test_what_it_says_itself_comes_first(
    jvm: JVMView,
    own: dict[str, str],
    stream: dict[str, str],
    priority: int,
    tasks: str | None,
) -> None:
    job = Judged(jvm, own, stream)
    limit = job.limits.get("SQL execution 3", (None, None, None))
    assert (job.priority, limit[2]) == (priority, tasks)


def test_it_has_the_tags_of_both(jvm: JVMView) -> None:
    job = Judged(
        jvm,
        {"spark.job.tags": "mine,neptune.block=2"},
        {"spark.job.tags": "theirs,neptune.block=9,neptune.block.maxTasks=4,mine"},
    )
    assert job.properties["spark.job.tags"] == (
        "mine,neptune.block=2,theirs,neptune.block.maxTasks=4"
    )
