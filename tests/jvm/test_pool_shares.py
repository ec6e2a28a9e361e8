"""Weights and minimum shares that pools can't have, which Spark takes from the allocation file; and
minimums of limits that nothing comes of."""

from __future__ import annotations

from typing import Any

import pytest
from py4j.java_gateway import JVMView
from py4j.protocol import Py4JJavaError

CORE = 10**9


def long(jvm: JVMView, cores: int) -> Any:
    """What is a long to the JVM, whatever its size."""
    return jvm.java.lang.Long.valueOf(cores * CORE)


def check(jvm: JVMView, weight: int, min_share: int) -> None:
    apache: Any = jvm.org.apache
    fair = apache.spark.scheduler.SchedulingMode.FAIR()
    root = apache.spark.scheduler.Pool("", fair, 0, 0)
    root.addSchedulable(apache.spark.scheduler.Pool("default", fair, 0, 1))
    root.addSchedulable(apache.spark.scheduler.Pool("reports", fair, min_share, weight))
    apache.spark.neptune.driver.sharing.PoolShares.check(root)


@pytest.mark.parametrize(
    ("weight", "min_share", "said"),
    [
        (0, 2, "the weight 0, by which .*: set it to a positive integer"),
        (-1, 0, "the weight -1, by which .*: set it to a positive integer"),
        (1, -2, "the minShare -2, by which .*: set it to 0 or a positive integer"),
    ],
)
def test_what_cores_cannot_be_shared_by_is_refused(
    jvm: JVMView, weight: int, min_share: int, said: str
) -> None:
    start = r"The pool reports of spark\.scheduler\.allocation\.file has "
    with pytest.raises(Py4JJavaError, match=start + said):
        check(jvm, weight, min_share)


def test_other_pools_are_not(jvm: JVMView) -> None:
    check(jvm, 1, 0)
    check(jvm, 7, 10_000)


@pytest.mark.parametrize(("least", "cores", "short"), [(4, 4, False), (4, 0, False), (4, 3, True)])
def test_a_pool_may_be_assured_of_more_than_there_is(
    jvm: JVMView, least: int, cores: int, short: bool
) -> None:
    shares: Any = jvm.org.apache.spark.neptune.driver.sharing.PoolShares
    told = shares.shortage("pool reports", long(jvm, least), long(jvm, cores))
    assert told.isDefined() == short
    if short:
        start = "the pool reports has a minShare of 4 in spark.scheduler.allocation.file, but all "
        assert told.get().startswith(start + "executors together have 3.0 cores now: ")


def limiter(jvm: JVMView, name: str, least: str) -> Any:
    room: Any = jvm.org.apache.spark.neptune.settings
    none = jvm.scala.Option.empty()
    return room.Limiter(name, room.CoreCount.parse(least), none, none, False)


@pytest.mark.parametrize(
    ("name", "least", "cores", "said"),
    [
        ("rule a.b", "4.5", 4, "spark.neptune.rule.a.b.minCores is 4.5, but all executors toge"),
        ("SQL execution 7", "5", 4, "spark.neptune.minCores is 5, but all executors together have"),
        ("job 7", "4", 4, None),
        ("job 7", "4", 0, None),
        ("job 7", "100%", 4, None),
        ("job 7", "", 4, None),
    ],
)
def test_jobs_may_be_assured_of_more_than_there_is(
    jvm: JVMView, name: str, least: str, cores: int, said: str | None
) -> None:
    minimums: Any = jvm.org.apache.spark.neptune.driver.sharing.Minimums
    told = minimums.shortage(limiter(jvm, name, least), long(jvm, cores))
    assert told.isDefined() == (said is not None)
    assert said is None or told.get().startswith(said)


def test_a_least_needs_an_order(jvm: JVMView) -> None:
    minimums: Any = jvm.org.apache.spark.neptune.driver.sharing.Minimums
    assert not minimums.uselessness(limiter(jvm, "job 7", ""), 3).isDefined()
    said = minimums.uselessness(limiter(jvm, "rule a", "25%"), 3).get()
    assert said.startswith("spark.neptune.rule.a.minCores is 25%, which has no effect on jobs of ")
    assert "(or spark.neptune.level.3.order) to fair or feedback" in said
