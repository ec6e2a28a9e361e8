"""How events get to the queries, and their answers back: by Spark's memory, or by Kafka.

Times are of the system's monotonic clock, in nanoseconds.
"""

from __future__ import annotations

import os
import threading
import time
import warnings
from pathlib import Path
from typing import Any, Final, cast

from pyspark.sql import DataFrame, SparkSession

from neptune_bench.ysb.services import make_topics

ANSWER: Final = "answer-"
SOURCE: Final = "org.apache.spark.sql.execution.streaming.sources.LowLatencyMemoryStream$"


class Memory:
    """By Spark's own source in memory. An answer is an empty file, with the time in its name.

    Executors of a cluster have no memory in common with the driver; and of the sinks that give a
    row at once, Kafka's is the only one to be had from Python (Spark 4.3.0).
    """

    def __init__(self, spark: SparkSession, queries: int, answers: Path) -> None:
        """Have a source for each query.

        Args:
            spark: a session with `answer_settings`.
            queries: how many there are.
            answers: the directory of these settings.
        """
        self._spark = spark
        self._answers = answers
        self._found: dict[str, int] = {}
        self._jvm = cast(Any, spark.sparkContext._jvm)
        make = getattr(getattr(self._jvm, SOURCE), "MODULE$")
        string = self._jvm.org.apache.spark.sql.Encoders.STRING()
        self._sources = [make.apply(spark._jsparkSession, 1, string) for _ in range(queries)]

    def events(self, query: int) -> DataFrame:
        """Return the events of a query, in the column `value`: what comes to its source."""
        return DataFrame(self._sources[query].toDF(), self._spark)

    def writer(self, answers: DataFrame, query: int) -> Any:
        """Return what writes a query's answers: a function of the row makes the file, no sink."""
        told = (
            f"java_method('java.io.File', 'createTempFile', concat('{ANSWER}', value, '-'), "
            # All processes of a machine have the same clock.
            "concat('.', java_method('java.lang.System', 'nanoTime')))"
        )
        return answers.selectExpr(told).writeStream.format("noop")

    def tell(self, event: str, query: int) -> None:
        """Tell one of the queries an event: put it into its source."""
        events = self._jvm.org.apache.spark.api.python.PythonUtils.toSeq([event])
        self._sources[query].addData(events)

    def answered_ns(self, event: str) -> int | None:
        """Return when the event was answered, if it was: look for the file."""
        if event not in self._found:
            self._look()
        return self._found.get(event)

    def _look(self) -> None:
        for name in os.listdir(self._answers):
            if name.startswith(ANSWER):
                # Java has put a number of its own between what it was told.
                front, _, at = name.rpartition(".")
                event, _, _ = front.removeprefix(ANSWER).rpartition("-")
                self._found[event] = int(at)

    def close(self) -> None:
        """Let go of what it holds: nothing that the end of the run does not."""


def answer_settings(answers: Path) -> dict[str, str]:
    """Return the settings by which executors put the answers of `Memory` into a directory."""
    option = f'-Djava.io.tmpdir="{answers}"'
    # In local mode the executor is in the driver's process.
    return {f"spark.{of}.extraJavaOptions": option for of in ("driver", "executor")}


class Kafka:
    """By a topic of events and one of answers for each query. An answer counts when it is read."""

    def __init__(self, spark: SparkSession, queries: int, broker: str, run: str) -> None:
        """Make the topics, and listen to answers.

        Args:
            spark: the session.
            queries: how many there are.
            broker: HOST:PORT.
            run: begins the names of the topics, which no other run may have.
        """
        with warnings.catch_warnings():
            # It reads its own resources in a deprecated way.
            warnings.simplefilter("ignore", DeprecationWarning)
            from kafka import KafkaConsumer, KafkaProducer
        self._spark = spark
        self._broker = broker
        self._events = [f"{run}-events-{query}" for query in range(queries)]
        self._answers = [f"{run}-answers-{query}" for query in range(queries)]
        make_topics(broker, [*self._events, *self._answers], partitions=1)
        self._producer = KafkaProducer(bootstrap_servers=broker, acks=1, linger_ms=0)
        self._consumer = KafkaConsumer(
            *self._answers, bootstrap_servers=broker, auto_offset_reset="earliest"
        )
        self._found: dict[str, int] = {}
        self._over = threading.Event()
        self._listening = threading.Thread(target=self._listen)
        self._listening.start()

    def events(self, query: int) -> DataFrame:
        """Return the topic's messages."""
        reader = self._spark.readStream.format("kafka")
        for key, value in self._options(self._events[query], "subscribe").items():
            reader = reader.option(key, value)
        return (
            reader.option("startingOffsets", "earliest")
            .load()
            .selectExpr("CAST(value AS STRING) AS value")
        )

    def writer(self, answers: DataFrame, query: int) -> Any:
        """Send each answer as a message."""
        writer = answers.select("value").writeStream.format("kafka")
        for key, value in self._options(self._answers[query], "topic").items():
            writer = writer.option(key, value)
        return writer

    def tell(self, event: str, query: int) -> None:
        """Send it, and do not wait until the broker has it."""
        self._producer.send(self._events[query], event.encode())

    def answered_ns(self, event: str) -> int | None:
        """Look among the answers that were read."""
        return self._found.get(event)

    def close(self) -> None:
        """End the connections."""
        self._over.set()
        self._listening.join()
        self._consumer.close()
        self._producer.close()

    def _options(self, topic: str, key: str) -> dict[str, str]:
        return {"kafka.bootstrap.servers": self._broker, key: topic}

    def _listen(self) -> None:
        while not self._over.is_set():
            for messages in self._consumer.poll(timeout_ms=100).values():
                now = time.monotonic_ns()
                for message in messages:
                    self._found.setdefault(message.value.decode(), now)


Exchange = Memory | Kafka
"""What stands between a run and its queries."""
