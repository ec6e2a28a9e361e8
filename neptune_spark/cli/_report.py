"""`neptune-spark report`: one HTML page of a finished application."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from neptune_spark._errors import NeptuneError
from neptune_spark._event_log import logged_events
from neptune_spark._report.application import read
from neptune_spark._report.page import page

SUMMARY = "make one HTML page of an event log: who was suspended for whom, latencies, work kept"


def run(words: list[str]) -> int:
    """Write the page, and print its path.

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
    NeptuneError
        If the log can't be read, tells nothing of Neptune, or the page can't be written.
    """
    parser = argparse.ArgumentParser(
        prog="neptune-spark report",
        description="Make one HTML page of a finished application from Spark's event log "
        "(spark.eventLog.enabled=true): who was suspended for whom, how long stages waited, the "
        "work that was kept, and the reasons for decisions. The page is self-contained.",
    )
    parser.add_argument(
        "log", metavar="EVENTLOG", help="the log: a file, or the directory of a rolling log"
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="the page; - for stdout (default: neptune-APPLICATION.html in the current directory)",
    )
    options = parser.parse_args(words)
    app = read(logged_events(options.log))
    if not app.is_of_neptune:
        raise NeptuneError(
            f"The event log {options.log} has no Neptune events: the application "
            f"{app.app_id or app.name!r} ran without it, or ended before it suspended a task."
        )
    text = page(app)
    if options.output == "-":
        sys.stdout.write(text)
        return 0
    # An application's id is a part of a path here.
    fitting = re.sub(r"[^\w.-]", "_", app.app_id or "application")
    path = Path(options.output or f"neptune-{fitting}.html")
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as e:
        raise NeptuneError(
            f"The page can't be written to {path} ({e}): name another place with -o."
        ) from e
    print(path)
    return 0
