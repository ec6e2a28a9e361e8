"""Runs Spark applications, each in a fresh driver process, and ends them whatever happens."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from harness.program import BenchmarkError

STOP_S = 5.0
LOG_LINES = 25

State = dict[str, object]


def environment() -> dict[str, str]:
    """Return the environment of an application: this interpreter, and our packages, everywhere."""
    paths = [str(Path(__file__).resolve().parent.parent)]
    paths += filter(None, [os.environ.get("PYTHONPATH")])
    neptune = importlib.util.find_spec("neptune_spark")
    if neptune is not None and neptune.origin is not None:
        # It may have been found in the current directory, which is not the application's.
        paths.append(str(Path(neptune.origin).resolve().parent.parent))
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "PYTHONWARNINGS": "ignore",
    }


def drive(
    title: str, module: str, words: Sequence[str], directory: Path, show: Callable[[State], None]
) -> None:
    """Run ``python -m MODULE WORDS... FD`` to its end; it tells its progress on descriptor FD.

    Args:
        title: what this is, for the error.
        module, words: the application and its arguments.
        directory: where it works and leaves its log; should be empty.
        show: called with each state that it reports, a line of JSON.

    Raises:
        BenchmarkError: if it fails, with the end of its log.
    """
    log = directory / "driver.log"
    source, sink = os.pipe()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *words, str(sink)],
            env=environment(),
            # Whatever has a benchmark's name where the user is must not be taken for its package.
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=(sink,),
            start_new_session=True,
        )
    try:
        os.close(sink)
        with os.fdopen(source) as reports:
            for line in reports:
                show(json.loads(line))
        status = process.wait()
    finally:
        stop(process)
    if status != 0:
        raise BenchmarkError(
            f"The {title} run failed with status {status}; its log ends with:\n"
            + tail(log.read_text(errors="replace"))
        )


def stop(process: subprocess.Popen[bytes]) -> None:
    """End `process` and its group (the JVM, the feeder), first gently; wait until it is gone.

    The Python workers leave by themselves when the JVM that forked them has gone.
    """
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, signal_number)
        except ProcessLookupError:
            break
        limit = time.monotonic() + STOP_S
        while time.monotonic() < limit and group_alive(process):
            time.sleep(0.05)
    process.wait()


def group_alive(process: subprocess.Popen[bytes]) -> bool:
    """Return whether any process of `process`'s group is left."""
    process.poll()
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return False
    return True


def tail(text: str) -> str:
    """Return the last lines of `text`."""
    return "\n".join(text.strip().splitlines()[-LOG_LINES:])
