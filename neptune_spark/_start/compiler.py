"""Scala sources into a jar, with the Scala compiler that a Spark carries."""

from __future__ import annotations

import os
import subprocess
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from neptune_spark._errors import ShimError
from neptune_spark._start.lines import SparkLine
from neptune_spark._start.spark_install import SparkInstall, find_java

#: Our class whose main method writes down what all of them lean on.
RECORDER = "org.apache.spark.neptune.build.LinkageRecord"

# A compilation is over before the JVM's second compiler pays off: half the time without it.
_JAVA_FLAGS = ("-Xss8m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
# The smallest date that a zip can carry: equal sources make equal jars, byte by byte.
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def compiler_flags(line: SparkLine) -> tuple[str, ...]:
    """Return what all our Scala is compiled with for a line: it runs on the line's oldest Java."""
    # Every warning is an error.
    return ("-Xlint", "-deprecation", "-Xfatal-warnings", "-release", str(line.java))


def compile_scala(
    spark: SparkInstall, sources: Iterable[Path], classes: Path, jars: Sequence[Path] = ()
) -> str | None:
    """Compile sources with the Scala compiler and the Java of a Spark, against its jars.

    Parameters
    ----------
    spark : SparkInstall
        The Spark.
    sources : Iterable[Path]
        The Scala files.
    classes : Path
        Directory of the classes; made if need be.
    jars : Sequence[Path], optional
        More jars to compile against.

    Returns
    -------
    str | None
        What the compiler said if it failed, else None.

    Raises
    ------
    UnsupportedSpark
        When the Spark is of no supported line.
    JavaError
        When there is no Java for it.
    ShimError
        When the Spark has no Scala compiler.
    """
    java = find_java(spark)
    _require_compiler(spark)
    flags = compiler_flags(spark.supported_line)
    classes.mkdir(exist_ok=True)
    path = os.pathsep.join(map(str, [*jars, spark.jars / "*"]))
    options = ["-d", str(classes), "-classpath", path, *map(str, sources)]
    compiled = _run_java([java, "-cp", path, "scala.tools.nsc.Main", *flags, *options])
    return compiled.stdout.strip() if compiled.returncode != 0 else None


def linkage_record(spark: SparkInstall, classes: Path, reflected: Iterable[str]) -> bytes:
    """Return what our classes lean on in a Spark, and how that looks there (LinkageRecord.scala).

    Parameters
    ----------
    spark : SparkInstall
        The Spark that they were compiled for.
    classes : Path
        The directory of all our classes; a file beside it is written.
    reflected : Iterable[str]
        Names of Spark's classes that ours look into by reflection.

    Raises
    ------
    ShimError
        When it cannot be made.
    """
    java = find_java(spark)
    path = os.pathsep.join(map(str, [classes, spark.jars / "*"]))
    # Not from its output, where the JVM may put warnings of its own.
    record = classes.with_name("linkage.txt")
    ran = _run_java([java, "-cp", path, RECORDER, str(classes), str(record), *reflected])
    if ran.returncode != 0:
        raise ShimError(
            f"{java} cannot determine what the Neptune jar depends on in Spark {spark.version} in "
            f"{spark.home} (please report this):\n{ran.stdout.strip()}"
        )
    return record.read_bytes()


def _run_java(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [command[0], *_JAVA_FLAGS, *command[1:]],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def _require_compiler(spark: SparkInstall) -> None:
    """Look for what trimmed images of Spark leave out, as no application needs it."""
    parts = ("scala-compiler", "scala-reflect")
    missing = [part for part in parts if not any(spark.jars.glob(f"{part}-*.jar"))]
    if missing:
        library = next(spark.jars.glob("scala-library-*.jar"), None)
        version = "*" if library is None else library.stem.rpartition("-")[2]
        names = " and ".join(f"{part}-{version}.jar" for part in missing)
        raise ShimError(
            f"{spark.jars} has no {names}, with which the Neptune jar for Spark {spark.version} is "
            "compiled: put it there, or build the jar where that Spark is complete, with "
            "`neptune-spark jar --spark-home DIR -o FILE`, and name FILE in spark.jars."
        )


def classes_in(directory: Path) -> dict[str, bytes]:
    """Return all compiled classes below a directory, by their names in a jar."""
    files = directory.rglob("*.class")
    return {f.relative_to(directory).as_posix(): f.read_bytes() for f in files}


def pack(jar: Path, entries: dict[str, bytes]) -> None:
    """Write a jar with a manifest and these entries, and have it reach the disk."""
    manifest = b"Manifest-Version: 1.0\r\n\r\n"
    with open(jar, "wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            # Java looks for the manifest in the first entry.
            for name, content in [("META-INF/MANIFEST.MF", manifest), *sorted(entries.items())]:
                info = zipfile.ZipInfo(name, _ZIP_DATE)
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = 0o644 << 16
                archive.writestr(info, content)
        # A rename can reach the disk before the content does.
        file.flush()
        os.fsync(file.fileno())
