"""A local session whose JVM is told to end, as by Ctrl-C, while its task is suspended.

Usage: told_to_end.py DIRECTORY
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

from py4j.protocol import Py4JError

import neptune_spark
from tests.integration.jobs import GatedJob


def main() -> None:
    builder = neptune_spark.builder().master("local[2]").config("spark.ui.enabled", "false")
    # Somebody has something to say to the executor all the time.
    spark = builder.config("spark.neptune.chaos.suspendEvery", "1ms").getOrCreate()
    job = GatedJob(spark, Path(sys.argv[1]), "low", 2)
    job.wait_until_started(0)
    job.wait_until_started(1)
    print("running", flush=True)
    # The shutdown hooks run in Spark's order; the answer never comes.
    with contextlib.suppress(Py4JError, OSError):
        spark.sparkContext._jvm.java.lang.System.exit(0)


if __name__ == "__main__":
    main()
