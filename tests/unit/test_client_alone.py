"""What is left of the package where `pyspark-client` is: no py4j, no psutil, no SparkContext."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

_PROGRAM = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("py4j", "psutil") or name == "pyspark.core":
            raise ImportError(f"No module named {name!r}")

sys.meta_path.insert(0, Missing())
import neptune_spark

with neptune_spark.no_suspend():
    neptune_spark.yield_point()
for call in (neptune_spark.builder, neptune_spark.priority("low").__enter__):
    try:
        call()
    except neptune_spark.SessionError as e:
        print(e)
"""


@pytest.mark.since_spark("4.0", "the package pyspark-client")
def test_it_is_imported_and_says_what_it_needs() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _PROGRAM], cwd=ROOT, check=True, capture_output=True, text=True
    )
    builder, priority = ran.stdout.splitlines()
    assert "pyspark-client creates no others" in builder
    assert "needs a running Spark session" in priority
