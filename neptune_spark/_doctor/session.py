"""A small session with Neptune from end to end: it starts, and suspends a task of each kind."""

from __future__ import annotations

import json
import os
import pwd
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from neptune_spark._doctor import submission
from neptune_spark._doctor.application import MARK
from neptune_spark._doctor.checks import Failed, Skipped
from neptune_spark._doctor.configuration import on_one_core
from neptune_spark._doctor.installation import Installation
from neptune_spark._settings import BY_NAME
from neptune_spark._start.launch import SubmitOptions

_APPLICATION = Path(__file__).with_name("application.py")
_REASON_CHARACTERS = 400
_EXCEPTION = re.compile(
    r"(?:Exception in thread \S+ |Caused by: |Error: |(?=[\w.$]+(?:Exception|Error): ))(.+)"
)
_COMPLAINT = re.compile(r"(?:WARN|ERROR) \S+ (Neptune.+)")

#: What the session is started with whatever is set otherwise: it takes one core, leaves nothing
#: behind, and may suspend.
_OWN = {
    "spark.app.name": "neptune-spark doctor",
    "spark.cores.max": "1",
    "spark.executor.cores": "1",
    "spark.executor.instances": "1",
    "spark.executor.memory": "512m",
    "spark.task.cpus": "1",
    "spark.dynamicAllocation.enabled": "false",
    "spark.speculation": "false",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.eventLog.enabled": "false",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.scheduler.mode": "FIFO",
    **{
        BY_NAME[name].key: BY_NAME[name].default or ""
        for name in ("preemption", "max_suspensions", "max_suspended_time", "suspend_timeout")
    },
}


def session(installation: Installation) -> str:
    """Start a session; what it showed is there for the other two checks."""
    if installation.quick:
        raise Skipped("--quick starts none")
    print("starting a small session (some seconds) ...", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(prefix="neptune-doctor-") as warehouse:
        command = _command(installation, warehouse)
        code, out, log = submission.run(command, _environment(installation))
    installation.trial = _results(out)
    started = installation.trial.get("session")
    if started is None:
        raise Failed(_reason(code, out, log), f"{_nameless()}{_log_kept(out, log)}")
    if not started[0]:
        raise Failed(started[1], f"{_nameless()}{_log_kept(out, log)}")
    if not all(passed for passed, _ in installation.trial.values()):
        print(_log_kept(out, log), file=sys.stderr)
    return started[1]


def suspension(name: str) -> Callable[[Installation], str]:
    """Return the check that the session has suspended and resumed a task of one kind."""

    def check(installation: Installation) -> str:
        if name not in installation.trial:
            limit = f"{submission.LIMIT_S:.0f} s"
            raise Failed(f"the session ended, or took more than {limit}, before it was tried")
        passed, text = installation.trial[name]
        if passed:
            return text
        raise Failed(text)

    return check


def _command(installation: Installation, warehouse: str) -> list[str]:
    spark = installation.spark
    own = {
        **_OWN,
        "spark.sql.warehouse.dir": Path(warehouse).as_uri(),
        # The application is this package's; its workers are the user's.
        "spark.pyspark.driver.python": sys.executable,
        "spark.pyspark.python": installation.python,
    }
    if not installation.policy_is_here:
        own[BY_NAME["policy"].key] = BY_NAME["policy"].default or ""
    words = [*installation.options]
    for key, value in own.items():
        words += ["--conf", f"{key}={value}"]
    words += ["--master", on_one_core(installation.master), "--deploy-mode", "client"]
    options = SubmitOptions([*words, str(_APPLICATION)])
    submitted = options.with_neptune(spark, installation.jar)
    return [str(spark.home / "bin" / "spark-submit"), *submitted]


def _environment(installation: Installation) -> dict[str, str]:
    environment = {**os.environ, "SPARK_HOME": str(installation.spark.home)}
    # A notebook's, say: it would start in the place of the application.
    for name in ("PYSPARK_DRIVER_PYTHON", "PYSPARK_DRIVER_PYTHON_OPTS"):
        environment.pop(name, None)
    return environment


def _results(out: str) -> dict[str, tuple[bool, str]]:
    rows = [json.loads(line[len(MARK) :]) for line in out.splitlines() if line.startswith(MARK)]
    return {row["name"]: (row["passed"], row["text"]) for row in rows}


def _reason(code: int, out: str, log: str) -> str:
    """Return one sentence on why the application never came to say anything."""
    lines = [*log.splitlines(), *out.splitlines()]
    complaints = [found[1] for line in lines if (found := _COMPLAINT.search(line))]
    raised = [found[1] for line in lines if (found := _EXCEPTION.match(line.strip()))]
    # The last one is the innermost cause.
    told = [*complaints[:1], *raised[-1:]]
    said = told[0] if told else (lines[-1].strip() if lines else "it said nothing")
    return f"spark-submit ended with exit code {code}: {said[:_REASON_CHARACTERS]}"


def _nameless() -> str:
    """Return what to do about a user without a name, at which Spark and Hadoop fail; or nothing."""
    try:
        pwd.getpwuid(os.getuid())
    except KeyError:
        return (
            f"User {os.getuid()} has no entry in /etc/passwd, which Spark needs: add one (Spark's "
            "own image does so at its start, if the file can be written to). "
        )
    return ""


def _log_kept(out: str, log: str) -> str:
    """Keep the log in a file, and say where."""
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="neptune-doctor-", suffix=".log", delete=False, errors="replace"
        ) as file:
            file.write(log + out)
    except OSError as e:
        return f"The session's log could not be kept ({e})."
    return f"The session's log is {file.name}."
