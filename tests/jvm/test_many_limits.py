"""What is kept and told of limits that somebody chooses, where there are very many."""

from __future__ import annotations

from typing import Any

import pytest
from py4j.java_gateway import JavaGateway, JVMView
from py4j.protocol import Py4JJavaError

from tests.jvm.functions import Function, scala_seq
from tests.jvm.test_limits import Limited

JOBS = 10_001


class OftenLimited(Limited):
    def choose_for_jobs(self, count: int) -> None:
        """Somebody limits one job after the other: so many, from job 0 on."""
        none = self._jvm.scala.Option.empty()
        priorities: Any = self._jvm.org.apache.spark.neptune.driver.priorities
        make = getattr(priorities, "LimitOverrides$Chosen")
        chosen = make(none, self._jvm.scala.Option.apply(1))
        for job in range(count):
            self._chosen.setForWork(f"job {job}", chosen, none)

    def refusal(self, kind: str, name: str, pools: list[str]) -> str:
        """Why nobody can change these limits, where there are such pools."""
        spark: Any = self._jvm.org.apache.spark
        driver, option = spark.neptune.driver, self._jvm.scala.Option
        known = option.apply(scala_seq(self._jvm, pools))
        changes = driver.priorities.LimitChanges(
            self.settings, self.jobs, self._chosen, self._live,
            spark.scheduler.neptune.StageJobs(option.apply(None)),
            Function(0, lambda: known), Function(0, lambda: None),
        )  # fmt: skip
        with pytest.raises(Py4JJavaError) as raised:
            changes.set(kind, name, "2", "", option.apply(None))
        return str(raised.value.java_exception.getMessage())


def test_what_is_chosen_for_a_pool_stays_however_many_jobs_are_limited(jvm: JVMView) -> None:
    application = OftenLimited(jvm, {})
    application.choose("pool etl", tasks=2)
    application.choose_for_jobs(JOBS)
    in_pool = {"spark.scheduler.pool": "etl"}
    assert application.of(in_pool, job=JOBS) == {"pool etl": (None, None, "2")}
    assert application.of({}, job=JOBS - 1) == {f"job {JOBS - 1}": (None, None, "1")}
    # Nobody tells of the end of jobs: all that they have had would be kept for ever.
    assert application.of({}, job=0) == {}


def test_of_many_pools_the_likeliest_are_told(callbacks: JavaGateway) -> None:
    application = OftenLimited(callbacks.jvm, {})
    said = "There is no pool Elt (spark.scheduler.allocation.file and jobs have created: "
    assert application.refusal("pool", "Elt", ["default", "etl"]) == f"{said}etl, default)."
    many = ["default", "zeta", *(f"user-{i}" for i in range(40)), "etl"]
    likeliest = "etl, zeta, default, user-0, user-1, user-10, user-11, user-12, user-13, user-14"
    assert application.refusal("pool", "Elt", many) == f"{said}{likeliest} and 33 more)."
