"""What is kept of limits that somebody has chosen, if they are very many."""

from __future__ import annotations

from typing import Any

from py4j.java_gateway import JVMView

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


def test_what_is_chosen_for_a_pool_stays_however_many_jobs_are_limited(jvm: JVMView) -> None:
    application = OftenLimited(jvm, {})
    application.choose("pool etl", tasks=2)
    application.choose_for_jobs(JOBS)
    in_pool = {"spark.scheduler.pool": "etl"}
    assert application.of(in_pool, job=JOBS) == {"pool etl": (None, None, "2")}
    assert application.of({}, job=JOBS - 1) == {f"job {JOBS - 1}": (None, None, "1")}
    # Nobody tells of the end of jobs: all that they have had would be kept for ever.
    assert application.of({}, job=0) == {}
