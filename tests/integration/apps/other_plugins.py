"""What other plugins and the application see of the configuration, without and with Neptune.

Usage: other_plugins.py JARS DIRECTORY; prints a line of JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

NEPTUNE = "org.apache.spark.neptune.NeptunePlugin"


def observe(plugins: list[str], jars: str, directory: Path) -> dict[str, Any]:
    log = directory / str(len(plugins))
    log.mkdir()
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.jars", jars)
        .config("spark.plugins", ",".join(plugins))
        .config("spark.ui.enabled", "false")
        .config("spark.eventLog.enabled", "true")
        .config("spark.eventLog.rolling.enabled", "false")
        .config("spark.eventLog.compress", "false")
        .config("spark.eventLog.dir", log.as_uri())
        .getOrCreate()
    )
    sc = spark.sparkContext
    jvm: Any = sc._jvm
    recorder = jvm.others.Recorder
    seen = {moment: dict(conf) for moment, conf in dict(recorder.SEEN).items()}
    seen["application"] = dict(sc.getConf().getAll())
    observed = {
        "seen": seen,
        "master": [sc.master, spark.conf.get("spark.master")],
        "page_bytes": recorder.pageBytes(),
        "scheduler": sc._jsc.sc().taskScheduler().getClass().getSimpleName(),
        "sum": sc.parallelize(range(10), 2).map(lambda n: n + 1).sum(),
    }
    observed["daemons"] = list(recorder.daemons())
    spark.stop()
    (file,) = log.iterdir()
    events = [json.loads(line) for line in file.read_text().splitlines()]
    (environment,) = (e for e in events if e["Event"] == "SparkListenerEnvironmentUpdate")
    seen["event log"] = environment["Spark Properties"]
    return observed


def main() -> None:
    jars, directory = sys.argv[1:]
    early, late = (f"others.Recorder${name}" for name in ("Early", "Late"))
    stock = observe([early, late], jars, Path(directory))
    neptune = observe([early, NEPTUNE, late], jars, Path(directory))
    print(json.dumps({"stock": stock, "neptune": neptune}))


if __name__ == "__main__":
    main()
