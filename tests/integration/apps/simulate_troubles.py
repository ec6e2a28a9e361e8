"""Simulates what happens to the scheduler in scenarios; prints what came of each, as JSON.

Usage: simulate_troubles.py JARS SCENARIO ...
"""

import json
import sys

from pyspark import SparkConf, SparkContext

jars, *scenarios = sys.argv[1:]
settings = {
    "spark.driver.extraClassPath": jars,
    "spark.ui.enabled": "false",
    "spark.driver.host": "localhost",
    "spark.driver.bindAddress": "127.0.0.1",
}
conf = SparkConf(loadDefaults=False).setAll(list(settings.items()))
context = SparkContext(master="local[1]", appName="troubles", conf=conf)
context.setLogLevel("OFF")
assert context._jvm is not None
troubles = context._jvm.org.apache.spark.neptune.simulation.Troubles(context._jsc)
print(json.dumps({name: json.loads(troubles.play(name)) for name in scenarios}))
context.stop()
