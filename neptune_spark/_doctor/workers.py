"""The workers' Python, and what the machine must permit the processes of an executor."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from neptune_spark._doctor.checks import Failed, Note
from neptune_spark._doctor.clusters import is_managed
from neptune_spark._doctor.configuration import local_directories
from neptune_spark._doctor.installation import Installation, version_text
from neptune_spark._start.spark_install import script_variable
from neptune_spark._version import __version__

_LIMIT_S = 60
_FIRST_JAVA_WITH_UNIX_SOCKETS = 16
_PYTHON = "spark.pyspark.python"
_VARIABLE = "PYSPARK_PYTHON"

# Runs in a Python of any version, with or without the package.
_DESCRIBE = """
import json, sys
said = {"python": list(sys.version_info[:3]), "path": sys.executable, "neptune_spark": None}
try:
    from neptune_spark._version import __version__
    said["neptune_spark"] = __version__
except ImportError as e:
    said["why"] = " ".join(str(e).split())
print(json.dumps(said))
"""
# Says on a line each what is installed and cannot be imported.
_TRY_LIBRARIES = """
for name in ("pandas", "pyarrow"):
    try:
        __import__(name)
    except ImportError as e:
        if e.name != name:
            print("%s (%s)" % (name, " ".join(str(e).split())))
"""
# What an executor runs first of all: see ControllerProcess.scala.
_CHECK = "import neptune_spark.controller.check"
_PERMISSIONS = (
    "import sys; from neptune_spark.controller.permissions import main; "
    "main(sys.argv[1], sys.argv[2:])"
)


def python(installation: Installation) -> str | Note:
    """Check the Python that the workers would run."""
    named, how = _chosen(installation)
    if is_managed(installation.master):
        installation.python = named
        return f"{named} ({how}), on the executors' machines: only the session can check it"
    if os.sep in named and not os.path.isabs(named) and not os.path.exists(named):
        installation.python = named
        return Note(
            f"{named} ({how}) does not exist here; if it comes in an archive, only executors can "
            "check it",
            f"Otherwise name another with {_VARIABLE}.",
        )
    found = shutil.which(named)
    if found is None:
        raise Failed(f"{named} ({how}) is not an executable", f"Name another with {_VARIABLE}.")
    # Not its real path: a virtual environment's Python is a link.
    found = os.path.abspath(found)
    _check_fitness(installation, found, how)
    installation.python = found
    if broken := _run(installation, found, _TRY_LIBRARIES).stdout.splitlines():
        return Note(
            f"{found} ({how}), with neptune_spark {__version__}, cannot import "
            f"{' nor '.join(broken)}: functions on pandas and Arrow would fail",
            "Install versions there that are compatible with each other and with "
            f"Spark {installation.spark.line} (docs/spark-lines.md).",
        )
    return _result(installation, found, how)


def _chosen(installation: Installation) -> tuple[str, str]:
    """Return the workers' Python as it is named, and who named it."""
    # deploy.PythonRunner (Spark 3.5 to 4.3) has the property come before the variable.
    if named := installation.properties.get(_PYTHON):
        return named, f"by {_PYTHON}"
    if named := script_variable(installation.spark, _VARIABLE):
        return named, f"by {_VARIABLE}"
    if installation.is_turned_on_everywhere:
        return "python3", "the first on the PATH, which Spark uses if none is named"
    return sys.executable, "this interpreter, since none is named"


def _check_fitness(installation: Installation, python: str, how: str) -> None:
    said = _described(installation, python)
    here = f"{python} ({how})"
    install = f"`{python} -m pip install neptune-spark=={__version__}`"
    name_another = f"set {_VARIABLE} to a Python that has it, such as {sys.executable}"
    if said["neptune_spark"] is None:
        raise Failed(
            f"{here} cannot import neptune_spark ({said['why']})",
            f"Install it there: {install}; or {name_another}.",
        )
    if said["neptune_spark"] != __version__:
        raise Failed(
            f"{here} has neptune_spark {said['neptune_spark']}, but this is {__version__}",
            f"Install the same version there: {install}; or {name_another}.",
        )
    ours = list(sys.version_info[:2])
    if said["python"][:2] != ours:
        raise Failed(
            f"{here} is Python {version_text(said['python'])}, and the driver's, {sys.executable}, "
            f"is {version_text(ours)}: PySpark requires the same minor version in both",
            f"Set {_VARIABLE} to a Python {version_text(ours)}, or run `neptune-spark` with the "
            "other.",
        )
    checked = _run(installation, python, _CHECK, __version__)
    if checked.returncode:
        raise Failed(_last_line(checked.stderr).replace("neptune-spark: ", "", 1))


def _result(installation: Installation, python: str, how: str) -> str | Note:
    text = f"{python} ({how}), with neptune_spark {__version__}"
    if python != sys.executable:
        return text
    # Neptune's own ways of turning on name this interpreter; Spark's do not.
    other = shutil.which("python3")
    if other is not None and _has_package(installation, other):
        return text
    what = "has no python3" if other is None else f"has {other}, which is without it"
    return Note(
        f"{text}; but the PATH, where Spark's own spark-submit looks, {what}",
        f"If you use spark-submit: export {_VARIABLE}={python}",
    )


def _has_package(installation: Installation, python: str) -> bool:
    try:
        return bool(_described(installation, python)["neptune_spark"] == __version__)
    except Failed:
        # It does not even start, which does no harm: nobody here uses it.
        return False


def _described(installation: Installation, python: str) -> dict[str, Any]:
    """Return what a Python says of itself."""
    asked = _run(installation, python, _DESCRIBE)
    try:
        said: dict[str, Any] = json.loads(asked.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        why = _last_line(asked.stderr) or f"it ended with exit code {asked.returncode}"
        raise Failed(
            f"{python} does not run as a Python: {why}", f"Name another with {_VARIABLE}."
        ) from None
    return said


def permission(name: str) -> Callable[[Installation], str | Note]:
    """Return the check of one thing that the machine must permit."""

    def check(installation: Installation) -> str | Note:
        if not hasattr(installation, "permissions"):
            installation.permissions = _permissions(installation)
        if name not in installation.permissions:
            why = installation.permissions_error or "its process was killed, or has crashed"
            raise Failed(f"the check itself ended early: {why}")
        permitted, text = installation.permissions[name]
        if permitted:
            return text
        raise Failed(text)

    return check


def sockets(installation: Installation) -> str | Note:
    """Where no Unix socket can be made, a port of the loopback interface does as well."""
    try:
        return permission("sockets")(installation)
    except Failed as e:
        if "port" not in getattr(installation, "permissions", {}):
            raise
        port = permission("port")(installation)
        return Note(e.text, f"Everything works without one: {port}, and is used, with a token.")


def niceness(installation: Installation) -> str | Note:
    """Lower tasks may be made nicer, where Linux permits to take that back; all else works."""
    try:
        return permission("niceness")(installation)
    except Failed as e:
        return Note(
            e.text,
            "Everything else works. To permit it, for whoever runs the executors: `ulimit -e 20`, "
            "`- nice 0` in limits.conf, or the capability CAP_SYS_NICE.",
        )


def _permissions(installation: Installation) -> dict[str, tuple[bool, str]]:
    """Have the workers' Python try what an executor and its workers do."""
    directories = map(str, local_directories(installation))
    # Where the workers' own is not here, the machine is to be told of by another.
    elsewhere = is_managed(installation.master)
    python = (not elsewhere and shutil.which(installation.python)) or sys.executable
    # A jar runs on the line's oldest Java, and uses what that has.
    java = installation.spark.supported_line.java
    kind = "unix" if java >= _FIRST_JAVA_WITH_UNIX_SOCKETS else "loopback"
    tried = _run(installation, python, _PERMISSIONS, kind, *directories)
    installation.permissions_error = _last_line(tried.stderr)
    rows = [json.loads(line) for line in tried.stdout.splitlines() if line.startswith("{")]
    return {row["name"]: (row["permitted"], row["text"]) for row in rows}


def _run(
    installation: Installation, python: str, program: str, *words: str
) -> subprocess.CompletedProcess[str]:
    """Run a program in a Python, on the path that an executor gives its workers."""
    try:
        return subprocess.run(
            [python, "-c", program, *words],
            # Python looks in the current directory, too, which is another one for each application.
            cwd="/",
            env={**os.environ, "PYTHONPATH": os.pathsep.join(_python_path(installation))},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Failed(f"{python} did not answer within {_LIMIT_S} s") from None


def _python_path(installation: Installation) -> list[str]:
    # PythonUtils.sparkPythonPath (Spark 3.5 to 4.3), and what an executor adds to it.
    archives = installation.spark.home / "python" / "lib"
    own: list[Path] = [archives / "pyspark.zip", *sorted(archives.glob("py4j-*-src.zip"))]
    named = installation.properties.get("spark.executorEnv.PYTHONPATH", "")
    others = f"{named}{os.pathsep}{os.environ.get('PYTHONPATH', '')}".split(os.pathsep)
    return [*map(str, own), *(os.path.abspath(path) for path in others if path)]


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else ""
