"""A real session with Neptune on two cores, shared by the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession

import neptune_spark
from neptune_spark import Scheduler
from tests.integration.connect import ConnectServer, connect_server
from tests.integration.jobs import EventLog, eventually, log_of, with_event_log
from tests.integration.sessions import QUICK_CHECKPOINTS
from tests.integration.standalone import standalone


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    builder = (
        neptune_spark.builder()
        .master("local[2]")
        .config("spark.ui.port", "0")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config(*QUICK_CHECKPOINTS)
        .config("spark.neptune.python.noSuspendMax", "60s")
        .config("spark.neptune.policy.timeout", "5s")
        .config("spark.neptune.pool.etl.priority", "3")
        .config("spark.neptune.rule.described.description", "by a rule$")
        .config("spark.neptune.rule.described.priority", "4")
        .config("spark.neptune.rule.stream.query", "by_a_rule")
        .config("spark.neptune.rule.stream.priority", "6")
        .config("spark.sql.warehouse.dir", str(tmp_path_factory.mktemp("warehouse")))
    )
    session = with_event_log(builder, tmp_path_factory.mktemp("event-log")).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    # Starts the Python daemon and loads the classes that every job needs.
    session.sparkContext.parallelize(range(2), 2).map(lambda x: x).collect()
    yield session
    session.stop()


@pytest.fixture
def scheduler(spark: SparkSession) -> Iterator[Scheduler]:
    """The session's scheduler, which must hold no task after the test."""
    scheduler = neptune_spark.scheduler(spark)
    yield scheduler
    eventually(lambda: not scheduler.tasks(), "a task was left behind")
    eventually(lambda: scheduler.statistics().cores_lent == 0, "a core was left lent")


@pytest.fixture
def event_log(spark: SparkSession) -> EventLog:
    """What happens from now on."""
    return EventLog(spark.sparkContext, log_of(spark.sparkContext))


@pytest.fixture(scope="session")
def standalone_master(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real master with two workers of one core each, on loopback."""
    with standalone(tmp_path_factory.mktemp("standalone")) as url:
        yield url


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConnectServer]:
    """A real Spark Connect server with Neptune on two cores, shared by the tests of a file."""
    with connect_server(tmp_path_factory.mktemp("connect")) as running:
        yield running
