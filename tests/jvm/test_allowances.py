"""What a limit leaves to jobs, which may share it."""

from __future__ import annotations

from typing import Any

import pytest
from py4j.java_gateway import JVMView

from tests.jvm.job_settings import properties_of
from tests.jvm.test_limits import MAX_CORES, MAX_TASKS, Limited

CORE = 10**9
EXECUTION = {"spark.sql.execution.id": "7"}


class Allowances:
    """Those of an application, whose jobs have stages of tasks of a core each."""

    def __init__(self, jvm: JVMView) -> None:
        self._jvm = jvm
        self.limits = Limited(jvm, {})
        sharing: Any = jvm.org.apache.spark.neptune.driver.sharing
        self._allowances: Any = sharing.Allowances(
            self.limits.jobs, sharing.Orders(self.limits.settings, self.limits.jobs)
        )

    def launch(self, most: int, job: int, **own: str) -> int:
        """A stage of a job of the execution comes, and launches so many tasks at most.

        Return how many it may launch.
        """
        properties = properties_of(self._jvm, {**EXECUTION, **own})
        found = self._allowances.of(job, properties)
        each = [found.apply(i) for i in range(found.size())]
        count = min([most, *(int(allowance.roomFor(CORE)) for allowance in each)])
        for allowance in each:
            for _ in range(count):
                allowance.launched(CORE)
        return count


@pytest.fixture
def allowances(jvm: JVMView) -> Allowances:
    return Allowances(jvm)


def test_jobs_of_an_execution_share_its_limit(allowances: Allowances) -> None:
    assert [allowances.launch(2, job, **{MAX_TASKS: "3"}) for job in (1, 2)] == [2, 1]


def test_jobs_of_an_execution_have_different_limits_in_whatever_order(
    allowances: Allowances,
) -> None:
    wide, narrow = {MAX_TASKS: "4"}, {MAX_TASKS: "2"}
    assert allowances.launch(1, 1, **wide) == 1
    assert allowances.launch(9, 2, **narrow) == 2
    # Another stage of each, and another job.
    assert allowances.launch(2, 1, **wide) == 2
    assert allowances.launch(9, 2, **narrow) == 0
    assert [allowances.launch(9, 3, **wide), allowances.launch(9, 4, **narrow)] == [1, 0]


def test_what_is_chosen_for_one_of_them_they_share(allowances: Allowances) -> None:
    allowances.limits.choose("job 1", tasks=3)
    allowances.limits.began(EXECUTION, job=1)
    wide, narrow = {MAX_CORES: "4"}, {MAX_CORES: "1"}
    assert allowances.launch(9, 2, **narrow) == 1
    assert [allowances.launch(1, 1, **wide), allowances.launch(9, 3)] == [1, 1]
    assert allowances.launch(9, 1, **wide) == 0
