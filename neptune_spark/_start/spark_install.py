"""The Spark and the Java that will be used, found without starting a JVM."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from neptune_spark._errors import JavaError, UnsupportedSpark
from neptune_spark._start.lines import SparkLine, line_name, line_of

_CORE_JAR = re.compile(r"spark-core_(2\.\d+)-(\d+\.\d+.*)\.jar")
_JAVA_VERSION = re.compile(r'version "(?:1\.)?(\d+)')


@dataclass(frozen=True)
class SparkInstall:
    """One installation of Spark.

    Attributes
    ----------
    home : Path
        Its root directory.
    jars : Path
        The directory of its jars, the Scala compiler among them.
    version : str
        Exactly as its jars are named, e.g. "4.3.0".
    scala : str
        The Scala version that its jars are named by, e.g. "2.13"; "" if that is not known.
    """

    home: Path
    jars: Path
    version: str
    scala: str = ""

    @property
    def line(self) -> str:
        """The first two parts of the version, e.g. "4.3"."""
        return line_name(self.version)

    @property
    def supported_line(self) -> SparkLine:
        """What is known of its line.

        Raises
        ------
        UnsupportedSpark
            When this package does not support it.
        """
        return line_of(self.version, self.home)

    def build(self) -> str:
        """Return a digest of Spark's own jars, in which two builds of one version differ."""
        digest = hashlib.sha256()
        for jar in sorted(self.jars.glob(f"spark-*-{self.version}.jar")):
            content = jar.read_bytes()
            digest.update(f"{jar.name}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()

    @property
    def conf(self) -> Path:
        """The directory of spark-defaults.conf and spark-env.sh (they need not exist)."""
        return Path(os.environ.get("SPARK_CONF_DIR") or self.home / "conf")


def find_spark(home: str | Path | None = None) -> SparkInstall:
    """Return the Spark at `home`, or else the one that PySpark itself would start.

    Parameters
    ----------
    home : str | Path | None, optional
        A Spark home; None for SPARK_HOME, and without that the installed PySpark's own.

    Raises
    ------
    UnsupportedSpark
        When there is no Spark there, or its version cannot be told.
    """
    root = Path(home if home is not None else _default_home()).absolute()
    # A checkout of Spark that was built in place keeps its jars under assembly/.
    places = [root / "jars", *sorted(root.glob("assembly/target/scala-*/jars"))]
    for jars in places:
        if jars.is_dir():
            found = {m.groups() for f in jars.iterdir() if (m := _CORE_JAR.fullmatch(f.name))}
            if len(found) == 1:
                scala, version = found.pop()
                return SparkInstall(root, jars, version, scala)
    remedy = (
        "set SPARK_HOME to the root of a Spark, or unset it to use the installed PySpark (pyspark, "
        "not pyspark-client, which has no jars)."
        if home is None
        else "give the root of a Spark, or none and set SPARK_HOME to one."
    )
    raise UnsupportedSpark(
        f"{root} is no Spark home (it has no jars/spark-core_2.13-<version>.jar): {remedy}"
    )


def _default_home() -> str:
    try:
        from pyspark.find_spark_home import _find_spark_home

        return _find_spark_home()
    # SystemExit is PySpark's way of saying so, with its own explanation on stderr.
    except (ImportError, SystemExit) as e:
        raise UnsupportedSpark(
            "no Spark was found: install PySpark with `pip install pyspark`, or set SPARK_HOME."
        ) from e


def check_python(spark: SparkInstall) -> None:
    """Check that this Python is new enough for a Spark, which would fail without saying why.

    Raises
    ------
    UnsupportedSpark
        When it is not, or when the Spark is of no supported line.
    """
    line = spark.supported_line
    if not line.runs_on(sys.version_info[:2]):
        found = ".".join(map(str, sys.version_info[:2]))
        raise UnsupportedSpark(
            f"Spark {spark.version} in {spark.home} needs Python {line.python} or later, and "
            f"{sys.executable} is Python {found}: use a newer Python, or set SPARK_HOME to an "
            "older Spark."
        )


def find_java(spark: SparkInstall) -> str:
    """Return the java that this Spark's own scripts would start, checked to be new enough.

    Raises
    ------
    UnsupportedSpark
        When the Spark is of no supported line.
    JavaError
        When there is none or it is older than this Spark needs.
    """
    line = spark.supported_line
    install = f"JDK {line.java} or later"
    java_home = script_variable(spark, "JAVA_HOME")
    if java_home:
        java = os.path.join(java_home, "bin", "java")
        if not os.access(java, os.X_OK):
            raise JavaError(
                f"JAVA_HOME is {java_home}, but {java} is not an executable: set JAVA_HOME to a "
                f"{install}."
            )
    else:
        found = shutil.which("java")
        if found is None:
            raise JavaError(
                f"Spark needs Java, but there is none: install a {install}, and put its java on "
                "the PATH or set JAVA_HOME."
            )
        java = found
    try:
        version = java_version(java)
    except JavaError as e:
        raise JavaError(f"{e}: set JAVA_HOME to a {install}.") from e
    if version < line.java:
        raise JavaError(
            f"{java} is Java {version}, but Spark {line.name} needs {line.java} or later: install "
            "a newer JDK and set JAVA_HOME to it."
        )
    return java


def is_jdk(java: str) -> bool:
    """Return whether a java is a JDK's, which Scala can be compiled with, and not a JRE's."""
    home = Path(java).resolve().parents[1]
    # In a JDK 8, java may be that of the JRE inside.
    return any((place / "bin" / "javac").exists() for place in (home, home.parent))


def script_variable(spark: SparkInstall, name: str) -> str | None:
    """Return a variable of the environment as Spark's own scripts have it; None if it is unset.

    They source spark-env.sh first, and on many clusters only that knows JAVA_HOME, for example.
    """
    script = spark.conf / "spark-env.sh"
    if script.is_file():
        sourced = subprocess.run(
            ["bash", "-c", '. "$1" >&2; printf %s "${!2-}"', "bash", str(script), name],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "SPARK_HOME": str(spark.home)},
        )
        return sourced.stdout or None
    return os.environ.get(name) or None


@functools.lru_cache(maxsize=None)
def java_version(java: str) -> int:
    """Return which Java a program is, e.g. 17.

    Raises
    ------
    JavaError
        When it does not say.
    """
    try:
        asked = subprocess.run([java, "-version"], capture_output=True, text=True, check=True)
        match = _JAVA_VERSION.search(asked.stderr + asked.stdout)
    except (OSError, subprocess.CalledProcessError) as e:
        raise JavaError(f"{java} does not start ({e})") from e
    if match is None:
        raise JavaError(f"`{java} -version` names no version")
    return int(match[1])
