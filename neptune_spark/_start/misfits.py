"""What of a Spark does not fit our sources, told as one short error when the jar is built.

Vendors change Spark's internals and keep its version. So the jar is compiled against the very Spark
that it is for, and what that has not got is named before any task runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from neptune_spark._errors import ShimError
from neptune_spark._start.lines import SparkLine
from neptune_spark._start.reflected import absent, reflected_in
from neptune_spark._start.spark_classes import SparkClasses
from neptune_spark._start.spark_install import SparkInstall

#: How many of the findings an error shows; the others are in the file that it names.
SHOWN = 5

_HEADER = re.compile(r"(?:.*/)?([^/\s]+\.scala):(\d+): (error|warning): (.*)")
# Scala 2.12 counts in words.
_SUMMARY = re.compile(r"(?:\w+ (?:errors?|warnings?)(?: found)?|(?:error|warning): .*)")
# What only follows from another finding.
_FOLLOWS = "not found: "


def of_compiler(output: str) -> list[str]:
    """Return what the Scala compiler did not like, one sentence each with its place.

    Parameters
    ----------
    output : str
        All that it wrote; of a compiler that did not get to our sources there is nothing to tell.
    """
    blocks: list[list[str]] = []
    for line in output.splitlines():
        if _HEADER.fullmatch(line):
            blocks.append([line])
        elif blocks and not _SUMMARY.fullmatch(line):
            blocks[-1].append(line)
    errors = [_told(block) for block in blocks if " error: " in block[0]]
    # Every warning is an error, too.
    found = errors or [_told(block) for block in blocks]
    return list(dict.fromkeys([f for f in found if _FOLLOWS not in f] or found))


def _told(block: list[str]) -> str:
    message, code = block, ""
    # The line of our source, and a caret below the place in it.
    if len(block) > 2 and block[-1].strip() == "^":
        message, code = block[:-2], f"\n      {block[-2].strip()}"
    header = _HEADER.fullmatch(message[0])
    place = "" if header is None else f"{header[1]}:{header[2]}: {header[3]}: "
    words = ("" if header is None else header[4], *message[1:])
    return place + " ".join(" ".join(words).split()) + code


def of_reflection(classes: Iterable[bytes], spark: SparkInstall) -> list[str]:
    """Return what our classes use by reflection and a Spark has not got, one sentence each.

    Parameters
    ----------
    classes : Iterable[bytes]
        The contents of our class files.
    spark : SparkInstall
        The Spark that they are compiled for.
    """
    missing = absent(reflected_in(classes), SparkClasses(spark.jars))
    return [f"{each.user.rpartition('.')[2]}.scala: there is no {each}" for each in missing]


def misfit(
    spark: SparkInstall, line: SparkLine, findings: Sequence[str], all_of_it: Path
) -> ShimError:
    """Return the error of a Spark that our sources do not fit.

    Parameters
    ----------
    spark : SparkInstall
        The Spark.
    line : SparkLine
        Its line.
    findings : Sequence[str]
        What it lacks.
    all_of_it : Path
        The file that has all that there is to know.
    """
    shown = "".join(f"\n  {finding}" for finding in findings[:SHOWN])
    more = f"\n  and {len(findings) - SHOWN} more" if len(findings) > SHOWN else ""
    return ShimError(
        f"Neptune does not fit the build of Spark {spark.version} in {spark.home}, which lacks "
        "some of Spark's internals that Neptune needs, or has them in another form:"
        f"{shown}{more}\n"
        f"Set SPARK_HOME to Apache's own Spark {line.newest}, which Neptune was tested with; "
        "or report this with the file "
        f"{all_of_it}, so that Neptune can support this build (docs/vendor-builds.md)."
    )
