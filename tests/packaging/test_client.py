"""The wheel beside `pyspark-client`, which has neither py4j nor a JVM, and a real server."""

from __future__ import annotations

import os
import subprocess
import venv
from pathlib import Path

import pyspark
import pytest

from tests.conftest import RunProgram
from tests.integration.connect import connect_server
from tests.packaging.conftest import CleanEnvironment

pytestmark = [
    pytest.mark.beyond_ci,
    pytest.mark.since_spark("4.0", "the package pyspark-client"),
]

_PROGRAM = """
import importlib.util, sys
from pyspark.sql import SparkSession
import neptune_spark

assert importlib.util.find_spec("py4j") is None
spark = SparkSession.builder.remote(sys.argv[1]).getOrCreate()

@neptune_spark.priority("low")
def count():
    return spark.range(10).repartition(2).count()

print(count())
for level in neptune_spark.scheduler(spark).statistics().levels:
    if level.first_task_latency.count:
        print(level.priority)
try:
    neptune_spark.builder()
except neptune_spark.SessionError as e:
    print(e)
"""


@pytest.fixture(scope="module")
def client(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> CleanEnvironment:
    """The wheel without its dependencies, and the newest client that is not newer than Spark."""
    directory = tmp_path_factory.mktemp("client")
    venv.create(directory, with_pip=True)
    clean = CleanEnvironment(directory)
    for words in ([f"pyspark-client<={pyspark.__version__}"], ["--no-deps", str(wheel)]):
        subprocess.run(
            [clean.python, "-m", "pip", "install", "--quiet", *words],
            check=True,
            env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
        )
    return clean


def test_a_client_alone_says_priorities(
    client: CleanEnvironment, run_program: RunProgram, tmp_path: Path
) -> None:
    with connect_server(tmp_path) as server:
        # The client of 4.2.0 ends its process where it finds no Spark, of which it uses nothing.
        env = {**client.environment, "SPARK_HOME": str(tmp_path)}
        ran = run_program([client.python, "-c", _PROGRAM, server.url], cwd=tmp_path, env=env)
    count, level, refusal = ran.stdout.splitlines()
    assert (count, level) == ("10", "-10")
    assert "install pyspark instead of pyspark-client" in refusal
