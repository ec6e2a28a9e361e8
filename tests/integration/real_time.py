"""Queries in Spark's real-time mode, whose records arrive when a test says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from tests.integration.jobs import eventually

#: A batch of a query takes so long, so that a test sees some.
BATCH = "1 second"

_STATE_STORE = "spark.sql.streaming.stateStore."
_ROCKS_DB = "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider"
_SOURCE = "org.apache.spark.sql.execution.streaming.sources.LowLatencyMemoryStream"


class RealTimeQuery:
    """Tells words, or counts them, in real time; counts take a pipelined shuffle.

    An answer is a system property of the JVM.
    """

    def __init__(
        self,
        spark: SparkSession,
        directory: Path,
        name: str,
        *,
        counts: bool = False,
        partitions: int = 1,
        settings: dict[str, str] | None = None,
        batch: str = BATCH,
    ) -> None:
        self._name = name
        self._session = spark.newSession()
        conf = self._session.conf
        conf.set("spark.sql.streaming.realTimeMode.minBatchDuration", "1000")
        conf.set("spark.sql.streaming.realTimeMode.allowlistCheck", "false")
        conf.set("spark.sql.shuffle.partitions", "1")
        conf.set(f"{_STATE_STORE}providerClass", _ROCKS_DB)
        conf.set(f"{_STATE_STORE}checkpointFormatVersion", "2")
        for key, value in (settings or {}).items():
            conf.set(key, value)
        self._jvm = cast(Any, spark.sparkContext._jvm)
        sources = getattr(self._jvm, f"{_SOURCE}$")
        session: Any = self._session._jsparkSession
        string = self._jvm.org.apache.spark.sql.Encoders.STRING()
        self._source = getattr(sources, "MODULE$").apply(session, partitions, string)
        frame = DataFrame(self._source.toDF(), self._session)
        shaped = frame.groupBy("value").count() if counts else frame
        self._answers = f"neptune.test.{name}."
        system = "java_method('java.lang.System',"
        told = (
            f"{system} 'setProperty', concat('{self._answers}', value), "
            f"{system} 'currentTimeMillis'))"
        )
        writer: Any = shaped.selectExpr(told).writeStream.format("noop").outputMode("update")
        writer = writer.option("checkpointLocation", str(directory / f"checkpoint-{name}"))
        # PySpark has had the trigger since 4.2 only.
        trigger = self._jvm.org.apache.spark.sql.streaming.Trigger.RealTime(batch)
        writer._jwrite = writer._jwrite.trigger(trigger)
        self.query: StreamingQuery = writer.start()

    def arrive(self, *words: str) -> None:
        to_seq = self._jvm.org.apache.spark.api.python.PythonUtils.toSeq
        self._source.addData(to_seq(list(words)))

    def answers(self, *words: str) -> None:
        """Tells the query these words, and waits for its answers."""
        self.arrive(*words)
        eventually(
            lambda: all(map(self._has_answered, words)), f"{self._name} did not answer {words}"
        )

    def _has_answered(self, word: str) -> bool:
        assert self.query.isActive, self.query.exception()
        return self._jvm.java.lang.System.getProperty(f"{self._answers}{word}") is not None

    def wait_for_batch(self, number: int) -> None:
        """Waits until this batch is over."""

        def seen() -> bool:
            progress: Any = self.query.lastProgress
            assert self.query.isActive, self.query.exception()
            return progress is not None and progress["batchId"] >= number

        eventually(seen, f"batch {number} of {self._name} does not end")
