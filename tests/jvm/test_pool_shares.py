"""Weights and minimum shares that pools can't have, which Spark takes from the allocation file."""

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
