"""Neptune's jar among what an application names itself: in `spark.jars`, or as a Maven artifact."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import NamedTuple

from neptune_spark._errors import SessionError
from neptune_spark._start.spark_install import SparkInstall
from neptune_spark._version import __version__

#: The setting of `--packages`: coordinates, group:artifact:version, separated by commas.
PACKAGES = "spark.jars.packages"

_ARTIFACT = re.compile(r"neptune-spark-(\d+\.\d+)_\d+\.\d+")
# Ivy puts the group before the name of a file that it fetched.
_JAR = re.compile(r"(.*_)?neptune-spark-[^/]*\.jar")


def items(comma_list: str | None) -> list[str]:
    """Return the items of a comma-separated list."""
    return [part.strip() for part in (comma_list or "").split(",") if part.strip()]


def artifact_id(line: str, scala: str) -> str:
    """Return the name of the artifact for a Spark line, e.g. neptune-spark-4.3_2.13."""
    return f"neptune-spark-{line}_{scala}"


class Package(NamedTuple):
    """An artifact of ours as an application names it.

    Attributes
    ----------
    coordinate : str
        Its words: group:artifact:version.
    line : str
        The Spark line that it is for.
    version : str
        That of neptune-spark.
    """

    coordinate: str
    line: str
    version: str


def our_packages(packages: str | None) -> list[Package]:
    """Return the artifacts of ours among coordinates."""
    # Spark takes group/artifact:version too.
    named = [(each, re.split("[:/]", each)) for each in items(packages)]
    return [
        Package(coordinate, found[1], parts[2])
        for coordinate, parts in named
        if len(parts) == 3 and (found := _ARTIFACT.fullmatch(parts[1]))
    ]


def names_our_package(packages: str | None, spark: SparkInstall) -> bool:
    """Return whether an artifact of ours is among coordinates, checked to be the right one.

    Raises
    ------
    SessionError
        When it is for another Spark line, or of another version than this package.
    """
    ours = our_packages(packages)
    for found in ours:
        if found.line != spark.line:
            raise SessionError(
                f"{PACKAGES} has {found.coordinate}, which is for Spark {found.line}, but "
                f"{spark.home} is Spark {spark.version}: name the artifact "
                f"neptune-spark-{spark.line}_..., or none, and neptune-spark brings its own jar."
            )
        if found.version != __version__:
            raise SessionError(
                f"{PACKAGES} has {found.coordinate}, but this Python has neptune-spark "
                f"{__version__}: install the same version of both."
            )
    return bool(ours)


def is_our_jar(name: str) -> bool:
    """Return whether a path or URL is that of a jar of ours, as it is named when it is built."""
    return _JAR.fullmatch(PurePath(name).name) is not None


def names_our_jar(jars: str | None) -> bool:
    """Return whether a jar of ours is among paths and URLs."""
    return any(map(is_our_jar, items(jars)))


def without_our_jar(jars: str | None) -> str:
    """Return paths and URLs without those of jars of ours."""
    return ",".join(jar for jar in items(jars) if not is_our_jar(jar))
