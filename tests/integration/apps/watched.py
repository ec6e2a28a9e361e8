"""Suspends a task by hand, and looks at that with `neptune-spark top`; then ends while it looks.

The first word is a directory, in which it leaves what was shown.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import neptune_spark
from neptune_spark import cli
from tests.integration.jobs import PATIENCE_S, GatedJob


def main(directory: Path) -> None:
    logs = directory / "logs"
    logs.mkdir()
    # All else of the log is as Spark has it by default.
    spark = (
        neptune_spark.builder()
        .master("local[2]")
        .appName("watched <by> a test")
        .config("spark.ui.port", "0")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.eventLog.enabled", "true")
        .config("spark.eventLog.dir", logs.as_uri())
        .getOrCreate()
    )
    port = re.findall(r"\d+", str(spark.sparkContext.uiWebUrl))[-1]
    words = ["top", "--ui", f"http://127.0.0.1:{port}"]
    job = GatedJob(spark, directory / "job", "low", 2)
    suspended = job.suspend(0).task_id
    shown = io.StringIO()
    with redirect_stdout(shown):
        assert cli.main([*words, "--once"]) == 0
    (directory / "once").write_text(shown.getvalue())
    neptune_spark.scheduler(spark).resume(suspended)
    job.finish()
    watching = subprocess.Popen(
        [sys.executable, "-m", "neptune_spark.cli", *words, "--every", "0.2"],
        stdout=subprocess.PIPE,
        text=True,
    )
    with watching:
        assert watching.stdout is not None
        first = watching.stdout.readline()
        spark.stop()
        (directory / "live").write_text(first + watching.stdout.read())
        watching.wait(PATIENCE_S)
    print(suspended, watching.returncode)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
