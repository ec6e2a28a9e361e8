"""Starts sessions that must not start, one after the other, and then a stock one.

Reads {name: {key: value}} from the file named second, prints {name: what was said}; the file named
first is the jar. The checks are the JVM's: nothing of neptune_spark's Python side is asked before.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pyspark import SparkContext
from pyspark.sql import SparkSession


def attempt(settings: dict[str, str]) -> str:
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    for key, value in settings.items():
        builder = builder.config(key, value)
    try:
        builder.getOrCreate().stop()
    except Exception as error:
        if SparkContext._active_spark_context is not None:
            return "a half-started session was left behind"
        return str(error)
    return "it started"


def main() -> None:
    jar, cases = sys.argv[1:]
    # The settings of the first session become the JVM's own: let them be harmless.
    said = {"stock before": attempt({"spark.jars": jar})}
    for name, settings in json.loads(Path(cases).read_text()).items():
        said[name] = attempt(settings)
    said["stock after"] = attempt({})
    print(json.dumps(said))


if __name__ == "__main__":
    main()
