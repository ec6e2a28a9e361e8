"""How SparkConf uses its map, in whose place `MasterStandIn` stands while a session starts."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from neptune_spark._start.spark_install import find_java, find_spark

#: What MasterStandIn overrides; any other method would act on its own, empty map.
OVERRIDDEN = {"containsKey", "entrySet", "get", "put", "putIfAbsent", "remove"}


def test_spark_calls_only_what_is_handed_on() -> None:
    spark = find_spark()
    javap = Path(find_java(spark)).resolve().with_name("javap")
    core = next(spark.jars.glob("spark-core_*.jar"))
    code = subprocess.run(
        [javap, "-p", "-c", "-cp", core, "org.apache.spark.SparkConf"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    called = set(re.findall(r"Method java/util/concurrent/ConcurrentHashMap\.(\w+):", code))
    assert called and called <= OVERRIDDEN
    # No other map type's methods are called on it.
    assert not re.findall(r"Method java/util/(?:Abstract)?Map\.(?!Entry)\w+", code)
