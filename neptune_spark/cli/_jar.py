"""`neptune-spark jar`: the path of the jar that fits a Spark."""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from pathlib import Path

from neptune_spark._errors import ShimError
from neptune_spark._start.shim import build_jar, find_jar

SUMMARY = "print the path of the jar that fits your Spark (built on first use)"


def run(words: list[str]) -> int:
    """Print the path of a jar that fits, and nothing else, on stdout.

    Parameters
    ----------
    words : list[str]
        The words after the command's name.

    Returns
    -------
    int
        0.

    Raises
    ------
    UnsupportedSpark, JavaError, ShimError
        As `neptune_spark.find_jar()` does, or when the jar cannot be copied.
    """
    parser = argparse.ArgumentParser(prog="neptune-spark jar", description=SUMMARY)
    parser.add_argument(
        "--spark-home",
        metavar="DIR",
        help="root of the Spark (default: SPARK_HOME, or else the installed PySpark)",
    )
    parser.add_argument(
        "--build",
        action="store_true",
        help="build it against the installed Spark, and from now on prefer it, for this exact "
        "build of Spark, to any ready-made jar for the same version",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="copy the jar to FILE (or into it, if it is a directory or ends with /) and print "
        "that path",
    )
    options = parser.parse_args(words)
    jar = build_jar(options.spark_home) if options.build else find_jar(options.spark_home)
    print(jar if options.output is None else _copy(jar, options.output))
    return 0


def _copy(jar: Path, output: str) -> Path:
    """Copy by way of a rename, so that nobody ever sees half a jar."""
    target = Path(output).absolute()
    if output.endswith("/") or target.is_dir():
        target = target / jar.name
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".neptune-") as work:
            copied = shutil.copyfile(jar, Path(work) / target.name)
            os.replace(copied, target)
    except OSError as e:
        raise ShimError(
            f"the jar cannot be written to {target} ({e}): name another place with -o."
        ) from e
    return target
