"""Settings that a job has and that are none of a job's."""

from __future__ import annotations

import re
from typing import Any

import pytest
from py4j.java_gateway import JVMView

from tests.jvm.job_settings import properties_of, settings_of, text_of

SETTINGS = {
    "order": "fair",
    "pool.etl.maxCores": "25%",
    "rule.clicks.query": "clicks",
    "rule.clicks.maxCores": "4.5",
}
NO_SETTING = r"\(set to '7'\) is not a setting of Neptune"


class Application:
    """One with these settings, by their keys without what all begin with."""

    def __init__(self, jvm: JVMView, settings: dict[str, str]) -> None:
        self._jvm = jvm
        self._settings: Any = settings_of(jvm, settings)
        room: Any = jvm.org.apache.spark.neptune.driver.priorities
        self._misplaced: Any = room.MisplacedSettings(self._settings)

    def problem(self, properties: dict[str, str]) -> str | None:
        """Why a job with these is refused, if it is."""
        return text_of(self._misplaced.problemOf(properties_of(self._jvm, properties)))

    def ignored(self, key: str, value: str) -> str | None:
        """What is told of one that has no effect."""
        return text_of(self._settings.ignoredForJobs(key, value))


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("maxtasks", rf"{NO_SETTING}: did you mean spark\.neptune\.maxTasks\? Otherwise remove it"),
        ("elephants", rf"{NO_SETTING}; remove it or use one of: spark\.neptune\..*"),
        ("pool.etl.maxcores", rf"{NO_SETTING}: did you mean spark\.neptune\.pool\.etl\.maxCores.*"),
    ],
)
def test_a_job_is_told_what_is_no_setting_and_how_to_be_rid_of_it(
    jvm: JVMView, setting: str, said: str
) -> None:
    key = f"spark.neptune.{setting}"
    problem = Application(jvm, SETTINGS).problem({"spark.neptune.maxTasks": "3", key: "7"})
    assert problem is not None
    remedy = rf"In a session, spark\.conf\.unset\('{re.escape(key)}'\) removes it\."
    assert re.fullmatch(rf"{re.escape(key)} {said}\. {remedy}", problem)
    assert Application(jvm, SETTINGS).ignored(key, "7") is None


@pytest.mark.parametrize(
    ("setting", "own", "later"),
    [
        ("order", "is 'fair'", ""),
        ("order.quantum", "is not set", ""),
        ("policy", "is not set", ", or put another policy in force with neptune_set_policy()"),
        ("pool.etl.maxCores", "is '25%'", ", or change the limit with neptune_set_limit()"),
        ("pool.crawl.maxCores", "is not set", ", or change the limit with neptune_set_limit()"),
    ],
)
def test_another_value_than_the_applications_is_ignored(
    jvm: JVMView, setting: str, own: str, later: str
) -> None:
    """A notebook's session has one after a cell has been run again with another builder."""
    application, key = Application(jvm, SETTINGS), f"spark.neptune.{setting}"
    assert application.problem({key: "7"}) is None
    assert application.ignored(key, "7") == (
        f"{key} is set to '7' for a session or a job, where it is ignored: it belongs to the "
        f"application, where it {own}; set it before the application starts, with --conf or in "
        f"spark-defaults.conf{later}."
    )


def test_a_job_may_have_what_the_application_has(jvm: JVMView) -> None:
    """Jobs of SQL have all of that; and an executor adds where its control socket is."""
    properties = {f"spark.neptune.{key}": value for key, value in SETTINGS.items()}
    properties["spark.neptune.python.socket"] = "somewhere"
    properties["spark.neptune.maxCores"] = "3"
    application = Application(jvm, SETTINGS)
    assert application.problem(properties) is None
    assert [application.ignored(*each) for each in properties.items()] == [None] * len(properties)
