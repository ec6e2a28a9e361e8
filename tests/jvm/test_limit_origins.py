"""What has set a limit, as the sentence about one that is too low has it."""

from __future__ import annotations

import pytest
from py4j.java_gateway import JVMView

from tests.jvm.job_settings import properties_of
from tests.jvm.test_limits import ANNAS, MAX_TASKS, Limited, named

SETTINGS = {
    "pool.etl.maxCores": "50%",
    "pool.*.maxCores": "3",
    "user.*.maxCores": "6",
    "rule.base.description": "database",
    "rule.base.maxTasks": "2",
}


def origins(jvm: JVMView, application: Limited, properties: dict[str, str]) -> list[str]:
    raw = properties_of(jvm, properties)
    limiters = application.jobs.of(17, raw).toOption().get()
    return [
        application.jobs.originOf(limiter, what, raw)
        for limiter in map(limiters.apply, range(limiters.size()))
        for what in ("maxCores", "maxTasks")
        if limiter.textOf(what).isDefined()
    ]


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({}, ["spark.neptune.pool.*.maxCores=3 (for the pool default)"]),
        (named(pool="etl"), ["spark.neptune.pool.etl.maxCores=50%"]),
        (
            named(pool="etl", description="database", **ANNAS),
            [
                "spark.neptune.rule.base.maxTasks=2",
                "spark.neptune.pool.etl.maxCores=50%",
                "spark.neptune.user.*.maxCores=6 (for the user anna)",
            ],
        ),
        (
            named(pool="etl", **{MAX_TASKS: "4", "neptune.maxCores": "1.5"}),
            [
                "maxCores=1.5 of a limit() block",
                "spark.neptune.maxTasks=4 of the session (SET) or of a local property",
                "spark.neptune.pool.etl.maxCores=50%",
            ],
        ),
        (
            named(pool="etl", **{"spark.job.tags": "neptune.block.maxTasks=4"}),
            ["maxTasks=4 of a limit() block", "spark.neptune.pool.etl.maxCores=50%"],
        ),
    ],
)
def test_a_limit_is_named_by_where_it_can_be_changed(
    jvm: JVMView, properties: dict[str, str], said: list[str]
) -> None:
    assert origins(jvm, Limited(jvm, SETTINGS), properties) == said


def test_what_set_limit_has_changed_is_its_own(jvm: JVMView) -> None:
    application = Limited(jvm, SETTINGS)
    application.choose("pool etl", tasks=2)
    application.choose("job 17", tasks=1)
    assert origins(jvm, application, named(pool="etl", **{MAX_TASKS: "4"})) == [
        "the limit maxTasks=1 that set_limit() has given to the job 17",
        "spark.neptune.pool.etl.maxCores=50%",
        "the limit maxTasks=2 that set_limit() has given to the pool etl",
    ]
