"""`neptune-spark doctor`: checks an installation from end to end."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys

from neptune_spark._doctor import configuration, jar, session, spark, workers
from neptune_spark._doctor.checks import Check, Printed, Status, outcomes, summary
from neptune_spark._doctor.installation import Installation

SUMMARY = "check an installation from end to end, and say how to fix what is missing"

#: What is checked, in this order.
CHECKS = (
    Check("Spark", spark.spark),
    Check("Scala", spark.scala, ["Spark"]),
    Check("Java", spark.java, ["Spark"]),
    Check("Python", spark.python, ["Spark"]),
    Check("PySpark", spark.pyspark, ["Spark"]),
    Check("settings", configuration.settings, ["Spark"]),
    Check("master", configuration.master, ["Spark"]),
    Check("local storage", configuration.local_storage, ["Spark"]),
    Check("jar", jar.jar, ["Spark", "Scala", "Java"]),
    Check("workers' Python", workers.python, ["Spark"]),
    Check("sockets", workers.sockets, ["workers' Python"]),
    Check("/proc", workers.permission("processes"), ["workers' Python"]),
    Check("signals", workers.permission("signals"), ["workers' Python"]),
    Check("niceness", workers.niceness, ["workers' Python"]),
    Check(
        "session",
        session.session,
        ["Python", "PySpark", "settings", "master", "local storage", "jar", "workers' Python"],
    ),
    Check("JVM task", session.suspension("JVM task"), ["session"]),
    Check("Python task", session.suspension("Python task"), ["session"]),
)


def run(words: list[str]) -> int:
    """Make all checks, and print a line for each as soon as it is known.

    Parameters
    ----------
    words : list[str]
        The words after the command's name.

    Returns
    -------
    int
        0 when no check failed, else 1; 130 after a Ctrl-C, 141 when nobody reads any more.
    """
    parser = argparse.ArgumentParser(
        prog="neptune-spark doctor",
        description="Check an installation of Neptune from end to end: one line for each check "
        "(ok, note, FAILED, skipped), with what to do. The exit code is 1 if any failed.",
        epilog="It looks where spark-submit would: SPARK_HOME, spark-env.sh, spark-defaults.conf, "
        "and the environment. Only the session looks at other machines, if the master has any.",
    )
    parser.add_argument(
        "--spark-home",
        metavar="DIR",
        help="root of the Spark (default: SPARK_HOME, or else the installed PySpark)",
    )
    parser.add_argument(
        "--master",
        metavar="URL",
        help="the master to run on (default: that of spark-defaults.conf, or else local[*])",
    )
    parser.add_argument(
        "--conf",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="a Spark property, as for spark-submit; may be given several times",
    )
    parser.add_argument(
        "--quick", action="store_true", help="neither build a jar nor start a session"
    )
    options = parser.parse_args(words)
    submitted = []
    for setting in options.conf:
        if "=" not in setting:
            parser.error(f"--conf takes KEY=VALUE, not {setting!r}")
        submitted += ["--conf", setting]
    if options.master is not None:
        submitted += ["--master", options.master]
    try:
        return _examine(Installation(submitted, options.spark_home, options.quick))
    except KeyboardInterrupt:
        print("neptune-spark doctor: interrupted", file=sys.stderr)
        return 128 + signal.SIGINT
    except BrokenPipeError:
        # Whoever reads has seen enough; Python would complain at its end once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE


def _examine(installation: Installation) -> int:
    printed = Printed((check.name for check in CHECKS), shutil.get_terminal_size((100, 24)).columns)
    statuses: list[Status] = []
    for outcome in outcomes(CHECKS, installation):
        statuses.append(outcome.status)
        print("\n".join(printed.lines(outcome)), flush=True)
    print(summary(statuses))
    return 1 if Status.FAILED in statuses else 0
