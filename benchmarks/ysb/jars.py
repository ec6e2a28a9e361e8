"""Kafka's broker and Spark's connector: fetched from Maven Central once, by Spark's own Ivy."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from harness.drivers import tail
from harness.program import BenchmarkError

KAFKA: Final = "4.1.0"
OLDEST_CONNECTOR: Final = "3.5.0"
"""Spark's own version is taken where it can be had, else the newest between this and that."""
IN_SPARK: Final = (
    ("org.apache.spark", "spark-tags_.*"),
    ("org.apache.hadoop", "*"),
    ("org.slf4j", "*"),
    ("com.google.code.findbugs", "*"),
    ("org.scala-lang", "*"),
    ("org.scala-lang.modules", "*"),
    ("at.yawk.lz4", "*"),
    ("org.lz4", "*"),
    ("org.xerial.snappy", "*"),
    ("com.github.luben", "*"),
)
"""(organisation, module) of what the connector needs and Spark has already."""

_IVY: Final = """\
<ivy-module version="2.0">
  <info organisation="neptune" module="ysb"/>
  <dependencies>
    <dependency org="{organisation}" name="{name}" rev="{version}" conf="default->default"/>
    {excluded}
  </dependencies>
</ivy-module>
"""


def java() -> str:
    """Return the Java that Spark runs on."""
    from harness import toolchain

    return toolchain.find_java(toolchain.find_spark())


def broker() -> Path:
    """Return the directory of the broker's jars, fetched if need be.

    Raises:
        BenchmarkError: if they can't be fetched.
    """
    return _fetched(f"kafka-{KAFKA}", "org.apache.kafka", "kafka_2.13", KAFKA, ())


def connector() -> list[Path]:
    """Return the jars that Spark needs to read from Kafka, fetched if need be.

    Raises:
        BenchmarkError: if they can't be fetched.
    """
    from harness import toolchain

    spark = toolchain.find_spark()
    directory = _fetched(
        f"spark-sql-kafka-{spark.version}",
        "org.apache.spark",
        f"spark-sql-kafka-0-10_{spark.supported_line.scala}",
        f"[{OLDEST_CONNECTOR},{spark.version}]",
        IN_SPARK,
    )
    return sorted(directory.glob("*.jar"))


def _fetched(
    directory: str, organisation: str, name: str, version: str, excluded: Sequence[tuple[str, str]]
) -> Path:
    from harness import toolchain

    cache = toolchain.cache_directory() / "benchmarks"
    place = cache / directory
    if place.is_dir():
        return place
    cache.mkdir(parents=True, exist_ok=True)
    (ivy,) = toolchain.find_spark().jars.glob("ivy-*.jar")
    with tempfile.TemporaryDirectory(dir=cache) as work:
        module = Path(work) / "ivy.xml"
        excludes = "".join(f'<exclude org="{o}" module="{m}"/>' for o, m in excluded)
        module.write_text(
            _IVY.format(organisation=organisation, name=name, version=version, excluded=excludes)
        )
        made = Path(work) / "jars"
        command = [java(), "-jar", str(ivy), "-ivy", str(module), "-confs", "default", "-error"]
        command += ["-cache", str(cache / "ivy"), "-types", "jar", "bundle"]
        command += ["-retrieve", f"{made}/[artifact]-[revision].[ext]"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0 or not made.is_dir():
            raise BenchmarkError(
                f"--kafka needs the jars of {organisation}:{name}:{version}, which could not be "
                f"fetched from Maven Central: connect this machine to it, or put the jars into "
                f"{place}. Ivy said:\n{tail(done.stdout + done.stderr)}"
            )
        # All or nothing; whoever was faster has made the same.
        if not place.is_dir():
            os.rename(made, place)
    return place
