"""The benchmark's pipeline as a streaming query: JSON in, views by campaign and window out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.functions import pandas_udf

from neptune_bench.ysb.events import COUNTED, SCHEMA, campaign_table
from neptune_bench.ysb.lookup import look_up
from neptune_bench.ysb.services import Services


def source(spark: SparkSession, services: Services, sink: str) -> DataFrame:
    """Return the stream of events as text, from the feeder's `sink` (see `feeder`)."""
    if services.kafka is None:
        # Otherwise each small file would be a task of its own.
        spark.conf.set("spark.sql.files.openCostInBytes", "16384")
        return spark.readStream.text(sink)
    messages = (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", services.kafka)
        .option("subscribe", sink.partition("@")[0])
        .option("startingOffsets", "earliest")
        .load()
    )
    return messages.select(F.col("value").cast("string"))


def counted(
    spark: SparkSession, text: DataFrame, services: Services, campaigns: int, window_s: int
) -> DataFrame:
    """Return (campaign, begin of the window in epoch ms, views).

    Args:
        spark: the query's session.
        text: the events, see `source`.
        services: where the campaigns are, if in Redis.
        campaigns: how many there are.
        window_s: length of the windows.
    """
    parsed = text.select(F.from_json("value", SCHEMA).alias("event")).select("event.*")
    views = parsed.where(F.col("event_type") == COUNTED).select(
        "ad_id", F.timestamp_millis("event_time").alias("at")
    )
    # State of windows that are over is dropped; events come in order, so none is late.
    views = views.withWatermark("at", f"{window_s} seconds")
    if services.redis is None:
        table = spark.createDataFrame(campaign_table(campaigns), "ad_id string, campaign string")
        # Every micro-batch broadcasts it anew: in one task, of rows that are ready.
        joined = views.join(F.broadcast(table.coalesce(1).cache()), "ad_id")
    else:
        campaign = campaign_in_redis(services.redis, F.col("ad_id"))
        joined = views.select(campaign.alias("campaign"), "at")
    windows = joined.groupBy(F.window("at", f"{window_s} seconds"), "campaign").count()
    begin_ms = F.unix_millis("window.start").alias("begin_ms")
    return windows.select("campaign", begin_ms, F.col("count").alias("views"))


def campaign_in_redis(port: int, ad: Column) -> Column:
    """Return the campaign of the column `ad`, looked up in Redis by Python tasks."""

    def campaigns(batches: Iterator[pd.Series]) -> Iterator[pd.Series]:
        for ads in batches:
            yield look_up(port, ads)

    # Its overloads have none for what the documentation recommends.
    udf: Any = pandas_udf
    made: Column = udf(campaigns, "string")(ad)
    return made
