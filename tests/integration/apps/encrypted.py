"""A high job beside low Python tasks whose data Spark sends about, spills, caches and broadcasts.

Prints as one line of JSON what came of both, whether the directory that executors write to has a
piece of the data in clear, and the certificate of the driver: encrypted.py DIRECTORY LOCAL
"""

from __future__ import annotations

import json
import ssl
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pyspark import Broadcast, SparkContext, StorageLevel
from pyspark.sql import DataFrame, Row, SparkSession

import neptune_spark
from tests.integration.jobs import PATIENCE_S, eventually, in_background

CORES = 2
ROWS = 2000
#: In each row, so that it is on the disk wherever rows are.
PLAIN_TEXT = "a piece of the data"


def sorted_rows(spark: SparkSession) -> DataFrame:
    """Rows that are shuffled and sorted, and so spilled on the way."""
    rows = spark.range(0, ROWS, 1, CORES)
    return rows.selectExpr("id", f"concat('{PLAIN_TEXT} ', id) AS text").sort("text")


def look_up(
    partition: int, rows: Iterable[Row], known: Broadcast[dict[str, int]], directory: str
) -> Iterator[int]:
    """Reads some rows, stays at work until it is told to go on, and reads the others."""
    for number, row in enumerate(rows):
        if number == 10:
            Path(directory, f"started-{partition}").touch()
            while not Path(directory, "stop").exists():
                pass
        yield known.value[row.text]


def has_plain_text(local: Path) -> bool:
    files = [path for path in local.rglob("*") if path.is_file() and "blockmgr" in str(path)]
    assert files, f"there are no blocks below {local}"
    return any(PLAIN_TEXT.encode() in path.read_bytes() for path in files)


def certificate_of(sc: SparkContext) -> str | None:
    """What the driver's port for RPC shows to whoever connects, if it has TLS."""
    conf = sc.getConf()
    if conf.get("spark.ssl.rpc.enabled") is None:
        return None
    host, port = conf.get("spark.driver.host"), conf.get("spark.driver.port")
    assert host is not None and port is not None
    return ssl.get_server_certificate((host, int(port)))


def main(directory: str, local: str) -> None:
    spark = SparkSession.builder.getOrCreate()
    sc = spark.sparkContext
    scheduler = neptune_spark.scheduler(spark)
    known = sc.broadcast({f"{PLAIN_TEXT} {number}": number for number in range(ROWS)})
    rows = sorted_rows(spark).rdd.persist(StorageLevel.DISK_ONLY)
    assert rows.count() == ROWS
    numbers = rows.mapPartitionsWithIndex(lambda i, part: look_up(i, part, known, directory))
    low = in_background(neptune_spark.priority("low")(numbers.sum))
    started = Path(directory).glob
    eventually(lambda: len(list(started("started-*"))) == CORES, "the low job got no cores")
    with neptune_spark.priority("high"):
        high = sc.parallelize(range(100), CORES).map(lambda n: (n % 3, n)).countByKey()
        high_found = rows.filter(lambda row: known.value[row.text] % 100 == 0).count()
    answers: dict[str, Any] = {"high": [dict(high), high_found], "low had ended": low.done()}
    answers["plain text"] = has_plain_text(Path(local))
    Path(directory, "stop").touch()
    answers["low"] = low.result(PATIENCE_S)
    eventually(lambda: not scheduler.tasks(), "a task was left behind")
    answers["suspensions"] = scheduler.statistics().suspensions
    answers["certificate"] = certificate_of(sc)
    print(json.dumps(answers), flush=True)
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
