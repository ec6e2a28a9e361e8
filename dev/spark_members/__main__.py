"""`python -m dev.spark_members`: what a new Spark changes of what Neptune leans on."""

from __future__ import annotations

import argparse
import sys
import zipfile
from collections.abc import Sequence

from dev.spark_members.comparison import compare
from dev.spark_members.jvm import add_jvm
from dev.spark_members.listing import RECORDED, Listing, read
from dev.spark_members.pyspark_side import PySpark, add_python, add_sparks_names
from dev.spark_members.releases import spark_home
from neptune_spark import find_jar
from neptune_spark._start.lines import line_name
from neptune_spark._start.spark_classes import SparkClasses
from neptune_spark._start.spark_install import SparkInstall, find_spark

_EPILOG = """\
Without --record it compares each SPARK with the list that was recorded for its line, or for the
newest line before it, and ends with 1 if a member is missing, has another signature, or is new in
what we extend. That a method does something else is told, and no more."""


def main(words: Sequence[str] | None = None) -> int:
    """Run the command, and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m dev.spark_members", description=__doc__, epilog=_EPILOG
    )
    parser.add_argument(
        "spark",
        metavar="SPARK",
        nargs="*",
        help="root of a Spark, or a version of PySpark on PyPI (default: the installed one)",
    )
    parser.add_argument("--line", help="compare with the list of this line")
    parser.add_argument(
        "--record", action="store_true", help="write the list anew for the line of each SPARK"
    )
    options = parser.parse_args(words)
    fine = True
    for named in options.spark or [str(find_spark().home)]:
        with spark_home(named) as home:
            spark = find_spark(home)
            fine &= _record(spark) if options.record else _compare(spark, options.line)
    return 0 if fine else 1


def leaned_on(spark: SparkInstall) -> Listing:
    """Return what our sources lean on in a Spark that they compile for."""
    listing = Listing(spark.version)
    with zipfile.ZipFile(find_jar(spark.home)) as jar:
        classes = [jar.read(name) for name in jar.namelist() if name.endswith(".class")]
    of_jvm = SparkClasses(spark.jars)
    add_jvm(listing, classes, of_jvm)
    add_python(listing, PySpark(spark.home))
    add_sparks_names(listing, of_jvm)
    return listing


def _record(spark: SparkInstall) -> bool:
    file = RECORDED / f"{line_name(spark.version)}.txt"
    file.write_text(leaned_on(spark).text(), encoding="utf-8")
    print(f"wrote {file}")
    return True


def _compare(spark: SparkInstall, line: str | None) -> bool:
    line = line or _line_before(spark.version)
    recorded = read((RECORDED / f"{line}.txt").read_text(encoding="utf-8"))
    comparison = compare(recorded, SparkClasses(spark.jars), PySpark(spark.home))
    print(f"Spark {spark.version}, compared with {recorded.release}\n{comparison.text()}")
    return comparison.is_fine


def _line_before(version: str) -> str:
    """The line of a version if there is a list of it, or else the newest before it."""

    def numbers(line: str) -> list[int]:
        return [int(part) for part in line.split(".")]

    lines = sorted((file.stem for file in RECORDED.glob("*.txt")), key=numbers)
    wanted = line_name(version)
    before = [each for each in lines if numbers(each) <= numbers(wanted)]
    return (before or lines)[-1]


if __name__ == "__main__":
    sys.exit(main())
