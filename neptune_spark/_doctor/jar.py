"""The Neptune jar: it fits exactly this Spark, and can be built where there is none yet."""

from __future__ import annotations

from pathlib import Path

from neptune_spark._doctor.checks import Failed, Skipped
from neptune_spark._doctor.installation import Installation
from neptune_spark._errors import ShimError
from neptune_spark._start.launch import JARS
from neptune_spark._start.shim import find_jar, is_ours, jar_fits, jar_place, ready_jar
from neptune_spark._start.spark_install import find_java, is_jdk


def jar(installation: Installation) -> str:
    """Find a jar that fits, or build it now."""
    _check_named(installation)
    spark = installation.spark
    ready = ready_jar(spark)
    if ready is not None:
        installation.jar = ready
        return f"{ready}"
    if installation.quick:
        raise Skipped("there is none yet, and --quick builds none")
    java = find_java(spark)
    if not is_jdk(java):
        raise Failed(
            f"there is none for Spark {spark.version} yet, and {java} is a JRE, which cannot build "
            "it",
            f"Install a JDK {spark.supported_line.java} or later and set JAVA_HOME to it; or run "
            "`neptune-spark jar` where there are one and the same Spark, and copy the jar to "
            f"{jar_place(spark)}",
        )
    try:
        installation.jar = find_jar(spark.home)
    except ShimError as e:
        first, _, more = str(e).partition("\n")
        remedy = "`neptune-spark jar` prints all that the compiler said." if more else ""
        raise Failed(first, remedy) from e
    return f"{installation.jar} (built now)"


def _check_named(installation: Installation) -> None:
    """Check the Neptune jars that the user's own spark.jars names: they would come first."""
    for name in installation.properties.get(JARS, "").split(","):
        named = Path(name.strip().replace("file://", "", 1))
        # Of what is in some other file system, nothing is known here.
        if not is_ours(name) or "://" in str(named):
            continue
        remedy = f"Name the one that `neptune-spark jar` prints in {JARS}, or remove it from there."
        if not named.exists():
            raise Failed(f"{JARS} names {named}, which is not there", remedy)
        if not jar_fits(named, installation.spark):
            raise Failed(
                f"{JARS} names {named}, which was built for another Spark than "
                f"{installation.spark.version}, or from another neptune-spark than this",
                remedy,
            )
