"""A mixed load in three priorities, while everything fails that can; all answers must be right.

Usage: python -m tests.chaos [--seconds N] [--seed N]

The seed tells which jobs run, and what happens to them in which order; when it happens to them,
and hence what comes of it, is different each time. Prints what it did as one line of JSON. What is
wrong goes to standard error, with the seed, and makes the exit status 1; a run that hangs tells
where each thread is, and ends with 3.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from pathlib import Path

from pyspark.sql import SparkSession

import neptune_spark
from tests.chaos.leftovers import leftovers
from tests.chaos.load import Load
from tests.chaos.streams import Streams
from tests.chaos.troubles import Troubles
from tests.chaos.watchdog import Watchdog
from tests.integration.jobs import QUICK_EXECUTORS

#: For how long nothing may change: no task starts or ends.
PATIENCE_S = 120


def session(seed: int, directory: Path) -> SparkSession:
    """Two executors of two cores, with messages that get lost, and no limit on retries."""
    builder = neptune_spark.builder(
        chaos_seed=seed,
        chaos_drop_messages=0.1,
        chaos_double_messages=0.1,
        chaos_delay_messages="30ms",
        metrics_interval="500ms",
    ).master("local-cluster[2,2,1024]")
    for key, value in {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "3",
        "spark.sql.warehouse.dir": str(directory / "warehouse"),
        "spark.locality.wait": "100ms",
        "spark.task.maxFailures": "10000",
        "spark.stage.maxConsecutiveAttempts": "10000",
        "spark.stage.maxAttempts": "10000",
        "spark.deploy.maxExecutorRetries": "-1",
        **dict([QUICK_EXECUTORS]),
    }.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    return spark


def tell(sentence: str) -> None:
    """Which part of the run has begun, for who looks for one that hangs or takes long."""
    print(f"{time.strftime('%H:%M:%S')} {sentence}", file=sys.stderr)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="how long troubles come")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    args = parser.parse_args()
    again = (
        f"run it again with: python -m tests.chaos --seconds {args.seconds:g} --seed {args.seed}"
    )
    print(again, file=sys.stderr)

    with tempfile.TemporaryDirectory(prefix="neptune-chaos-") as name:
        directory = Path(name)
        spark = session(args.seed, directory)
        watchdog = Watchdog(spark, PATIENCE_S, again)
        streams = Streams(spark, directory)
        load = Load(spark, args.seed)
        troubles = Troubles(spark, args.seed, load)
        tell("troubles begin")
        streams.start()
        load.start()
        troubles.cause(args.seconds)
        tell("troubles are over")
        load.finish()
        tell("all jobs have ended")
        # What is wrong with the load was told at once.
        untold = streams.finish()
        tell("the streams are done")
        figures = {
            "seed": args.seed,
            "jobs": load.counts,
            "batches": streams.batches,
            "troubles": troubles.counts,
        }
        statistics = neptune_spark.scheduler(spark).statistics()
        figures["suspensions"], figures["rescues"] = statistics.suspensions, statistics.rescues
        untold += leftovers(spark)
        spark.stop()
        watchdog.stop()
    print(json.dumps(figures))
    for sentence in untold:
        print(f"WRONG: {sentence}", file=sys.stderr)
    wrong = bool(load.wrong or untold)
    if wrong:
        print(again, file=sys.stderr)
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
