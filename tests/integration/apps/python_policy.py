"""An application whose policy is its own class, turned on by the builder alone.

Prints what the scheduler says of the policy, and what was said of a wrong one.
"""

from __future__ import annotations

import json
import threading

from pyspark import SparkContext
from pyspark.sql.functions import expr

import neptune_spark
from neptune_spark import Decision, Policy, SettingError


class Mine(Policy):
    """Suspends nobody, unlike any policy of Neptune's."""

    asked = threading.Event()

    def decide(self, snapshot):
        Mine.asked.set()
        return Decision()


def main() -> None:
    said = {}
    try:
        neptune_spark.builder(policy="python:__main__:Other")
    except SettingError as error:
        said["wrong"] = str(error)
    said["a JVM was started"] = SparkContext._gateway is not None

    builder = neptune_spark.builder(policy="python:__main__:Mine", policy_timeout="30s")
    spark = builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    scheduler = neptune_spark.scheduler(spark)
    said["policy"] = scheduler.policy

    # A task that ends when the policy has been asked about the one that waits for its core.
    jvm = spark.sparkContext._jvm
    jvm.java.lang.System.setProperty("asked", "no")

    def watch():
        Mine.asked.wait()
        jvm.java.lang.System.setProperty("asked", "yes")

    threading.Thread(target=watch, daemon=True).start()

    held = expr("java_method('java.lang.System', 'getProperty', 'asked')")
    waits = spark.range(0, 1 << 40, 1, 1).select(held.alias("asked")).where("asked = 'yes'")
    low = threading.Thread(target=neptune_spark.priority("low")(lambda: waits.take(1)))
    low.start()
    while not scheduler.tasks():
        pass
    with neptune_spark.priority("high"):
        said["high"] = spark.range(10).count()
    low.join()
    decision = scheduler.decisions(1)[0]
    said["decided"] = decision.policy
    said["fallback"] = decision.fallback
    said["suspensions"] = scheduler.statistics().suspensions

    # The session that runs keeps the policy that it was given since.
    scheduler.policy = "lb"
    builder.getOrCreate()
    said["later"] = scheduler.policy
    spark.stop()
    print(json.dumps(said))


if __name__ == "__main__":
    main()
