"""A session of Spark Connect whose server PySpark starts itself; prints what is seen, as JSON.

Usage: own_connect_server.py builder | plain | spoilt, by `neptune_spark.builder()`, by Spark's own
with `spark.plugins.defaultList`, or with `spark.plugins`, which PySpark overwrites. Only with
SPARK_TESTING in the environment PySpark chooses a free port.
"""

from __future__ import annotations

import json
import sys
import warnings

from pyspark.sql import SparkSession

import neptune_spark

PLUGIN = "org.apache.spark.neptune.NeptunePlugin"


def main() -> None:
    (way,) = sys.argv[1:]
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        if way == "builder":
            builder = neptune_spark.builder(default_priority=3)
        else:
            key = "spark.plugins.defaultList" if way == "plain" else "spark.plugins"
            jar = str(neptune_spark.find_jar())
            builder = SparkSession.builder.config(key, PLUGIN).config("spark.jars", jar)
        spark = builder.remote("local[2]").getOrCreate()
        about_ours = [str(w.message) for w in warned if "neptune" in str(w.message)]
    from pyspark import SparkContext

    context = SparkContext._active_spark_context
    seen = {
        "warned": about_ours,
        "session": type(spark).__module__,
        "count": spark.range(10).count(),
        "scheduler": context._jsc.sc().taskScheduler().getClass().getSimpleName(),
    }
    if way == "builder":
        again = neptune_spark.builder().getOrCreate()
        seen["again"] = again.session_id == spark.session_id
        seen["levels"] = []
        scheduler = neptune_spark.scheduler(context)
        with neptune_spark.priority("low"):
            spark.range(10).count()
        for level in scheduler.statistics().levels:
            if level.first_task_latency.count:
                seen["levels"].append(level.priority)
    spark.stop()
    seen["stopped"] = SparkContext._active_spark_context is None
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
