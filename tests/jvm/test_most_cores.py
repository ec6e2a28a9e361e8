"""How many cores an application has at most, while its executors come."""

from __future__ import annotations

from typing import Any

import pytest
from py4j.java_gateway import JavaGateway, JVMView

from tests.jvm.functions import Timer

CORE = 10**9
CHECK = "spark.scheduler.barrier.maxConcurrentTasksCheck"
#: As long as Spark waits for the slots of a barrier stage.
PATIENCE_MS = 40 * 15_000


class Cores:
    """Those of an application, in virtual time."""

    def __init__(
        self, gateway: JavaGateway, asked: int, is_local: bool = False, **check: str
    ) -> None:
        self.timer = Timer()
        self._jvm = gateway.jvm
        conf = self._jvm.org.apache.spark.SparkConf(False)
        for key, value in check.items():
            conf.set(f"{CHECK}.{key}", value)
        sharing: Any = self._jvm.org.apache.spark.neptune.driver.sharing
        self._most: Any = sharing.MostCores.of(conf, asked, is_local, self.timer)

    def sees(self, cores: int) -> int:
        """All executors have so many now; how many there are at most."""
        self._most.sees(self._jvm.java.lang.Long.valueOf(cores * CORE))
        return int(self._most.nanocores() // CORE)


def test_those_that_are_still_to_come_count(callbacks: JavaGateway) -> None:
    cores = Cores(callbacks, asked=8)
    assert [cores.sees(count) for count in (0, 2, 4)] == [8, 8, 8]
    # More than it has asked for may come, and may go again.
    assert [cores.sees(count) for count in (10, 6)] == [10, 10]


def test_they_do_not_for_ever(callbacks: JavaGateway) -> None:
    cores = Cores(callbacks, asked=8)
    assert cores.sees(4) == 8
    cores.timer.passes(PATIENCE_MS - 1)
    assert cores.sees(3) == 8
    cores.timer.passes(1)
    assert [cores.sees(count) for count in (3, 6, 2)] == [4, 6, 6]


def test_they_are_waited_for_as_long_as_spark_is_told_to_wait(callbacks: JavaGateway) -> None:
    cores = Cores(callbacks, asked=8, interval="2", maxFailures="3")
    cores.timer.passes(5_999)
    assert cores.sees(1) == 8
    cores.timer.passes(1)
    assert cores.sees(1) == 1


def test_a_driver_that_is_the_executor_has_its_cores_for_ever(callbacks: JavaGateway) -> None:
    """It offers them with a first job, however late that comes."""
    cores = Cores(callbacks, asked=4, is_local=True)
    cores.timer.passes(1000 * PATIENCE_MS)
    assert cores.sees(0) == 4


@pytest.mark.parametrize(
    ("master", "settings", "asked"),
    [
        ("local", {}, 1),
        ("local[4]", {"spark.cores.max": "2", "spark.executor.instances": "9"}, 4),
        ("local[3,2]", {}, 3),
        ("spark://a:1,b:1", {}, 0),
        ("spark://a:1", {"spark.cores.max": "12", "spark.executor.instances": "9"}, 12),
        ("local-cluster[2,3,512]", {}, 6),
        ("local-cluster[2,3,512]", {"spark.cores.max": "4"}, 4),
        ("yarn", {}, 0),
        ("yarn", {"spark.executor.instances": "5"}, 5),
        ("yarn", {"spark.executor.instances": "5", "spark.executor.cores": "4"}, 20),
        ("k8s://https://h", {"spark.executor.instances": "2", "spark.executor.cores": "3"}, 6),
    ],
)
def test_what_an_application_asks_for_is_in_its_settings(
    jvm: JVMView, master: str, settings: dict[str, str], asked: int
) -> None:
    conf = jvm.org.apache.spark.SparkConf(False)
    for key, value in settings.items():
        conf.set(key, value)
    start: Any = jvm.org.apache.spark.neptune.driver.start
    masters: Any = getattr(getattr(start, "MasterUrl$"), "MODULE$")
    assert masters.coresOf(masters.parse(master).get(), conf) == asked
