"""What an application is told of keys that have a name in them, or lack one."""

from __future__ import annotations

import re
from typing import Any

import pytest
from py4j.java_gateway import JVMView
from py4j.protocol import Py4JJavaError

from tests.jvm.job_settings import settings_of

PREFIX = "spark.neptune."
NO_SETTING = "(set to 'x') is not a setting of Neptune: "


def refusal(jvm: JVMView, key: str) -> str:
    with pytest.raises(Py4JJavaError) as raised:
        settings_of(jvm, {key: "x"})
    return str(raised.value.java_exception.getMessage())


@pytest.mark.parametrize(
    ("wrong", "kind", "keys"),
    [
        ("pool.etl", "pool", ["pool.etl.maxCores", "pool.etl.priority"]),
        ("pool.*", "pool", ["pool.*.maxCores"]),
        ("user.anna", "user", [f"user.anna.{w}" for w in ("maxCores", "maxPriority", "priority")]),
        ("level.high", "level", ["level.high.order"]),
        ("level.etl", "level", ["level.<name>.order"]),
        ("pool", "pool", ["pool.<name>.maxCores", "pool.<name>.priority"]),
    ],
)
def test_what_lacks_a_setting_is_told_which_there_are_for_its_name(
    jvm: JVMView, wrong: str, kind: str, keys: list[str]
) -> None:
    listed = ", ".join(PREFIX + key for key in keys)
    assert refusal(jvm, wrong) == (
        f"{PREFIX}{wrong} {NO_SETTING}the settings of a {kind} are {listed}; use one of these, or "
        "remove it."
    )


def test_also_of_a_rule(jvm: JVMView) -> None:
    said = refusal(jvm, "rule.db")
    assert said.startswith(f"{PREFIX}rule.db {NO_SETTING}the settings of a rule are {PREFIX}rule.")
    assert f"{PREFIX}rule.db.maxTasks, " in said


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("pool.maxcores", "pool.<name>.maxCores"),
        ("user.max_priority", "user.<name>.maxPriority"),
        ("pool. etl.maxcores", "pool.etl.maxCores"),
        ("pool.*.maxcore", "pool.*.maxCores"),
        ("level.urgent.ordr", "level.<name>.order"),
    ],
)
def test_a_misspelling_gets_a_key_that_is_accepted(jvm: JVMView, wrong: str, meant: str) -> None:
    said = f"{PREFIX}{wrong} {NO_SETTING}did you mean {PREFIX}{meant}? Otherwise remove it."
    assert refusal(jvm, wrong) == said


@pytest.mark.parametrize("wrong", ["user.*.maxTasks", "user.*.maxPrioritys"])
def test_what_a_star_cannot_have_is_not_listed_for_it(jvm: JVMView, wrong: str) -> None:
    assert refusal(jvm, wrong).endswith(f"; remove it or use one of: {PREFIX}user.*.maxCores.")


@pytest.mark.parametrize("kind", ["pool", "user", "rule"])
def test_a_name_is_not_blank_and_has_no_blanks_around_it(jvm: JVMView, kind: str) -> None:
    start = f"{PREFIX}{kind}."
    assert refusal(jvm, f"{kind}. .maxCores") == (
        f"{start} .maxCores has ' ' in the place of the name of a {kind}: put one there."
    )
    for name in (" a", "a\t", "a b "):
        assert refusal(jvm, f"{kind}.{name}.maxCores") == (
            f"{start}{name}.maxCores names the {kind} '{name}', with blanks around it: remove "
            "these."
        )
    settings_of(
        jvm, {f"{kind}.a b.maxCores": "1", "rule.a b.query": "a", "rule.a b.priority": "low"}
    )


@pytest.mark.parametrize("start", ["spark.Neptune.", "SPARK.neptune."])
def test_a_key_in_another_case_is_no_key(jvm: JVMView, start: str) -> None:
    """Nothing else would look at it."""
    conf = jvm.org.apache.spark.SparkConf(False).set(f"{start}order", "fair")
    with pytest.raises(Py4JJavaError, match=re.escape(f"did you mean {PREFIX}order?")):
        getattr(jvm.org.apache.spark.neptune.settings.Settings, "from")(conf)


def test_a_session_is_told_to_do_without_what_is_the_applications(jvm: JVMView) -> None:
    settings: Any = getattr(jvm.org.apache.spark.neptune.settings, "Settings$")
    assert getattr(settings, "MODULE$").problemForJobs(f"{PREFIX}order", "fair").get() == (
        f"{PREFIX}order can't be set to 'fair' for a session or a job, because it belongs to the "
        "application: remove it from the session, and set it before the application starts, with "
        "--conf or in spark-defaults.conf."
    )
