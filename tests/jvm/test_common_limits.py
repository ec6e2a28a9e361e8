"""A limit for every pool, or every user, that has none of its own."""

from __future__ import annotations

import re

import pytest
from py4j.java_gateway import JavaGateway, JVMView
from py4j.protocol import Py4JJavaError

from tests.jvm.job_settings import settings_of
from tests.jvm.test_limits import Limited, named
from tests.jvm.test_many_limits import OftenLimited

SETTINGS = {
    "user.*.maxCores": "25%",
    "user.anna.maxCores": "6",
    "pool.*.maxCores": "2",
    "pool.etl.maxCores": "50%",
}


def of_user(name: str, pool: str = "etl") -> dict[str, str]:
    """A job of a user, in a pool."""
    tag = f"SparkConnect_OperationTag_User_{name}_Session_s_Operation_o"
    return named(pool=pool, **{"spark.job.tags": tag})


@pytest.mark.parametrize(
    ("properties", "limited"),
    [
        ({}, {"pool default": "2"}),
        (named(pool="crawl"), {"pool crawl": "2"}),
        (named(pool="etl"), {"pool etl": "50%"}),
        (of_user("bob", pool="crawl"), {"pool crawl": "2", "user bob": "25%"}),
        (of_user("carl"), {"pool etl": "50%", "user carl": "25%"}),
        (of_user("anna"), {"pool etl": "50%", "user anna": "6"}),
    ],
)
def test_a_names_own_limit_replaces_that_of_all(
    jvm: JVMView, properties: dict[str, str], limited: dict[str, str]
) -> None:
    found = Limited(jvm, SETTINGS).of(properties)
    assert found == {name: (None, cores, None) for name, cores in limited.items()}


def test_it_is_not_for_rules_whose_names_are_but_labels(jvm: JVMView) -> None:
    rules = {"rule.*.query": "a", "rule.*.maxCores": "1", "rule.b.query": "b"}
    application = Limited(jvm, {**rules, "rule.b.priority": "low"})
    assert application.of(named(query="b")) == {}
    assert application.of(named(query="a")) == {"rule *": (None, "1", None)}


def test_what_somebody_chooses_replaces_both_and_is_withdrawn_to_them(jvm: JVMView) -> None:
    application = Limited(jvm, SETTINGS)
    for name, own in (("bob", "25%"), ("anna", "6")):
        application.choose(f"user {name}", cores="1", tasks=3)
        assert application.of(of_user(name))[f"user {name}"] == (None, "1", "3")
        application.choose(f"user {name}")
        assert application.of(of_user(name))[f"user {name}"] == (None, own, None)


@pytest.mark.parametrize(
    ("key", "only", "name"),
    [
        ("user.*.priority", "user.*.maxCores", "*"),
        ("user.*.maxPriority", "user.*.maxCores", "*"),
        ("user.an*.maxCores", "user.*.maxCores", "an*"),
        ("pool.*.priority", "pool.*.maxCores", "*"),
        ("pool.a.*.maxCores", "pool.*.maxCores", "a.*"),
    ],
)
def test_no_other_setting_is_for_all(jvm: JVMView, key: str, only: str, name: str) -> None:
    said = f"spark.neptune.{key} has a * in it, which only spark.neptune.{only} may have, for every"
    remedy = f"put the name of a {key[:4]} instead of '{name}'."
    with pytest.raises(Py4JJavaError, match=f"{re.escape(said)}.*{re.escape(remedy)}"):
        settings_of(jvm, {key: "low" if "riority" in key else "2"})


@pytest.mark.parametrize("kind", ["user", "pool"])
def test_what_is_for_all_does_not_change_while_jobs_run(callbacks: JavaGateway, kind: str) -> None:
    application = OftenLimited(callbacks.jvm, SETTINGS)
    assert application.refusal(kind, "*", ["default", "etl"]) == (
        f"'*' is not the name of a {kind}: pass the name of one. What is for every {kind}, "
        f"spark.neptune.{kind}.*.maxCores, is set before the application starts."
    )


def test_it_makes_no_pool_known(callbacks: JavaGateway) -> None:
    """Nor is one missing that it would be for."""
    application = OftenLimited(callbacks.jvm, SETTINGS)
    assert application.refusal("pool", "elt", ["default"]).startswith("There is no pool elt (")
    keys = application.settings.keysOfPools()
    assert [keys.contains(name) for name in ("etl", "*")] == [True, False]
