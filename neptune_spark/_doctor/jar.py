"""The Neptune jar: it fits exactly this Spark, and can be built where there is none yet."""

from __future__ import annotations

from pathlib import Path

from neptune_spark._doctor.checks import Failed, Skipped
from neptune_spark._doctor.installation import Installation
from neptune_spark._errors import ShimError
from neptune_spark._start.launch import JARS
from neptune_spark._start.lines import line_name
from neptune_spark._start.packages import (
    PACKAGES,
    is_our_jar,
    items,
    names_our_package,
    our_packages,
)
from neptune_spark._start.shim import built_for, find_jar, jar_place, ready_jar, serves_a_line
from neptune_spark._start.spark_install import find_java, is_jdk
from neptune_spark._version import __version__


def jar(installation: Installation) -> str:
    """Find a jar that fits, or build it now; one that the application names takes its place."""
    named = _named(installation)
    if named is not None:
        installation.jar = None
        return named
    spark = installation.spark
    ready = ready_jar(spark)
    if ready is None:
        installation.jar = _built_now(installation)
        return f"{installation.jar} (built now)"
    installation.jar = ready
    return f"{ready}"


def _built_now(installation: Installation) -> Path:
    if installation.quick:
        raise Skipped("there is none yet, and --quick builds none")
    spark = installation.spark
    java = find_java(spark)
    if not is_jdk(java):
        raise Failed(
            f"there is none for Spark {spark.version} yet, and {java} is a JRE, which cannot build "
            "it",
            f"Install a JDK {spark.supported_line.java} or later and set JAVA_HOME to it; or run "
            "`neptune-spark jar` on a machine that has one and the same Spark, and copy the jar to "
            f"{jar_place(spark)}",
        )
    try:
        return find_jar(spark.home)
    except ShimError as e:
        first, _, more = str(e).partition("\n")
        remedy = "`neptune-spark jar` prints the compiler's full output." if more else ""
        raise Failed(first, remedy) from e


def _named(installation: Installation) -> str | None:
    """Check the Neptune jars that the application would name itself, and say which."""
    properties, spark = installation.properties, installation.spark
    found = []
    if names_our_package(properties.get(PACKAGES), spark):
        found += [f"{each.coordinate} in {PACKAGES}" for each in our_packages(properties[PACKAGES])]
    for url in filter(is_our_jar, items(properties.get(JARS))):
        _check_file(url, installation)
        found.append(f"{url} in {JARS}")
    return ", ".join(found) or None


def _check_file(url: str, installation: Installation) -> None:
    # Of what is in some other file system, only the session can tell.
    path = Path(url[len("file:") :] if url.startswith("file:") else url)
    if "://" in url and not url.startswith("file:"):
        return
    spark = installation.spark
    remedy = f"Name the one that `neptune-spark jar` prints in {JARS}, or none."
    if not path.exists():
        raise Failed(f"{JARS} names {url}, which does not exist", remedy)
    built_spark, built_version = built_for(path)
    if built_version != __version__:
        raise Failed(
            f"{JARS} names {url}, which belongs to neptune-spark {built_version or '(unknown)'}, "
            f"but this is {__version__}",
            remedy,
        )
    # It looks at its start whether another release of its line will do.
    fits = line_name(built_spark) == spark.line and serves_a_line(path)
    if not fits and built_spark != spark.version:
        raise Failed(
            f"{JARS} names {url}, which is for Spark {built_spark}, but this is {spark.version}",
            remedy,
        )
