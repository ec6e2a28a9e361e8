"""Spark and what it runs on: its line, Scala, Java, and this interpreter with its PySpark."""

from __future__ import annotations

import re
import sys
from importlib.util import find_spec

from neptune_spark._doctor.checks import Failed, Note
from neptune_spark._doctor.installation import THIS_PYTHON, Installation
from neptune_spark._start.spark_install import find_java, find_spark, is_jdk, java_version

# Not compared in place: a type checker would know the answer.
_HERE: tuple[int, ...] = sys.version_info[:2]
_SCALA_JAR = re.compile(r"scala-library-(\d+\.\d+)(\S*)\.jar")


def spark(installation: Installation) -> str:
    """Find the Spark, of a supported line."""
    found = find_spark(installation.spark_home)
    line = found.supported_line
    installation.spark = found
    return f"{found.version} in {found.home} (line {line.name})"


def scala(installation: Installation) -> str:
    """Check that its Scala is the line's."""
    spark = installation.spark
    line = spark.supported_line
    found = sorted(
        match.groups()
        for file in spark.jars.iterdir()
        if (match := _SCALA_JAR.fullmatch(file.name))
    )
    if len(found) != 1:
        versions = ", ".join("".join(parts) for parts in found) or "none"
        raise Failed(
            f"{spark.jars} must have one scala-library-{line.scala}.*.jar, but has {versions}",
            f"Reinstall Spark {spark.version}.",
        )
    ((binary, rest),) = found
    if binary != line.scala:
        raise Failed(
            f"{binary}{rest}: this Spark {spark.version} is built for another Scala than "
            f"{line.scala}, which the Neptune jar needs",
            f"Use the Spark {spark.version} that is built for Scala {line.scala}.",
        )
    return f"{binary}{rest}"


def java(installation: Installation) -> str:
    """Find a Java that is new enough, where Spark's own scripts look for it."""
    found = find_java(installation.spark)
    line = installation.spark.supported_line
    kind = "JDK" if is_jdk(found) else "JRE"
    return f"{java_version(found)} ({kind}), {found} (Spark {line.name} needs {line.java} or later)"


def python(installation: Installation) -> str | Note:
    """Check that this interpreter is new enough, and has what PySpark needs of it."""
    line = installation.spark.supported_line
    if not line.runs_on(_HERE):
        raise Failed(
            f"{sys.executable} is Python {THIS_PYTHON}, but Spark {line.name} needs {line.python} "
            "or later",
            "Install neptune-spark with a newer Python, and run its `neptune-spark doctor`.",
        )
    # PySpark 3.5 imports it where it meets pandas; Python has it up to 3.11.
    if line.name == "3.5" and find_spec("distutils") is None:
        return Note(
            f"{THIS_PYTHON}, {sys.executable}, which has no distutils: PySpark 3.5 needs it for "
            "pandas and Arrow",
            "Use Python 3.11 or earlier, or try pip install setuptools, which includes it.",
        )
    return f"{THIS_PYTHON}, {sys.executable} (Spark {line.name} needs {line.python} or later)"


def pyspark(installation: Installation) -> str | Note:
    """Compare the PySpark that this interpreter imports with the Spark."""
    spark = installation.spark
    try:
        from pyspark import __version__ as version
    except ImportError as e:
        raise Failed(
            f"{sys.executable} cannot import pyspark ({e})",
            f"Install it there: pip install pyspark=={spark.version}",
        ) from e
    if version == spark.version:
        return f"{version}, that of this Spark"
    return Note(
        f"{version}, but this Spark is {spark.version}: spark-submit uses the Spark's own PySpark "
        "anyway, but a script that starts its session itself fails or misbehaves",
        f"For such scripts: pip install pyspark=={spark.version}, or unset SPARK_HOME.",
    )
