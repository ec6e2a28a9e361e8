"""What the application would be configured with: settings, the master, local directories."""

from __future__ import annotations

import os
import re
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

from neptune_spark._doctor import clusters
from neptune_spark._doctor.checks import Failed, Note
from neptune_spark._doctor.installation import Installation
from neptune_spark._errors import SettingError
from neptune_spark._policy.loading import PolicyNotHere, is_python, make_policy
from neptune_spark._settings import BY_NAME, check_properties, is_meant
from neptune_spark._start.connect import refuse_connect_launch
from neptune_spark._start.launch import SubmitOptions
from neptune_spark._start.spark_install import script_variable

_LOCAL = re.compile(r"local(\[([0-9]+|\*)(\s*,\s*[0-9]+)?\])?")
_LOCAL_CLUSTER = re.compile(r"local-cluster\[\s*[0-9]+\s*,\s*[0-9]+\s*,\s*([0-9]+)\s*\]")
_STANDALONE = re.compile(r"spark://(.*)")
#: What a JVM itself reads, in this order.
_OPTIONS_OF_JVMS = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS")
_TEMPORARY = re.compile(r"-Djava\.io\.tmpdir=(\S+)")


def settings(installation: Installation) -> str | Note:
    """Check that all settings of Neptune are known and have valid values."""
    defaults = installation.spark.conf / "spark-defaults.conf"
    if defaults.exists() and not os.access(defaults, os.R_OK):
        raise Failed(
            f"{defaults} cannot be read, and Spark would start without it", "Make it readable."
        )
    ours = {k: v for k, v in installation.properties.items() if is_meant(k)}
    wrong = []
    for key, value in ours.items():
        try:
            check_properties({key: value})
        except SettingError as e:
            wrong.append(str(e))
    if wrong:
        files = f"in {defaults}, or by --conf" if defaults.exists() else "by --conf"
        raise Failed(" ".join(wrong), f"They are set {files}.")
    where = f"{defaults}" if defaults.exists() else "no spark-defaults.conf"
    found = f"{len(ours) or 'none'} of Neptune's set, all valid ({where})"
    policy = ours.get(BY_NAME["policy"].key)
    if is_python(policy):
        try:
            make_policy(policy)
        except PolicyNotHere as e:
            installation.policy_is_here = False
            return Note(
                f"{found}, but the policy could not be tried: its module {e.module} is not on the "
                "Python path here",
                "The driver looks also in the application's folder and --py-files: see that it is "
                "in one of those. Name its folder by PYTHONPATH to have it tried here.",
            )
    return found


def master(installation: Installation) -> str | Note:
    """Check that Neptune supports the master, and that it can be found from here."""
    refuse_connect_launch(SubmitOptions(installation.options), installation.spark)
    addresses = supported(installation.master)
    if clusters.is_managed(installation.master):
        return clusters.master(installation)
    return f"{installation.master}{_reached(addresses) if addresses else ''}"


def supported(master: str) -> list[str]:
    """Return the addresses of a master, if it has any.

    As driver.start.MasterUrl of the jar has it; tests/jvm/test_doctor_contracts.py compares
    the two.

    Raises
    ------
    Failed
        When Neptune does not support it.
    """
    if cluster := _STANDALONE.fullmatch(master):
        return cluster[1].split(",")
    local = _LOCAL.fullmatch(master) or _LOCAL_CLUSTER.fullmatch(master)
    if local or clusters.is_managed(master):
        return []
    raise Failed(
        f"Neptune does not support the master {master}",
        "Give local[...], local-cluster[...], spark://..., yarn or k8s://... with --master or in "
        "spark-defaults.conf.",
    )


def _reached(addresses: list[str]) -> str:
    """Return which of the masters can be connected to; one is enough."""
    problems = []
    for address in addresses:
        host, _, port = address.strip().rpartition(":")
        try:
            place = (host.strip("[]"), int(port))
            with socket.create_connection(place, clusters.CONNECT_LIMIT_S):
                return f": {address} can be reached"
        except (OSError, ValueError, OverflowError) as e:
            problems.append(f"{address} ({e})")
    raise Failed(
        f"nothing can be reached at {', '.join(problems)}",
        "Start the master (sbin/start-master.sh), or correct the address: it is the one that the "
        "master's web page shows, spark://HOST:PORT.",
    )


def on_one_core(master: str) -> str:
    """Return the same kind of master, for a session of one core."""
    if memory := _LOCAL_CLUSTER.fullmatch(master):
        return f"local-cluster[1,1,{memory[1]}]"
    return "local[1]" if _LOCAL.fullmatch(master) else master


def local_directories(installation: Installation) -> list[Path]:
    """Return where Spark keeps blocks, shuffles and sockets on this machine."""
    # Utils.getConfiguredLocalDirs (Spark 3.5 to 4.3), outside of YARN and shuffle services.
    named = (
        script_variable(installation.spark, "SPARK_LOCAL_DIRS")
        or installation.properties.get("spark.local.dir")
        or "/tmp"
    )
    return [Path(part.strip()).absolute() for part in named.split(",") if part.strip()]


def local_storage(installation: Installation) -> str | Note:
    """Check that the local directories can be written to; Spark makes do with one."""
    directories = local_directories(installation)
    problems = [problem for directory in directories if (problem := _unwritable(directory))]
    remedy = "Set spark.local.dir (or SPARK_LOCAL_DIRS) to a writable directory."
    fatal = [*_temporary_folders(installation)]
    if len(problems) == len(directories):
        fatal.insert(0, Failed("; ".join(problems), remedy))
    if fatal:
        texts, remedies = zip(*((each.text, each.remedy) for each in fatal))
        raise Failed("; ".join(texts), " ".join(remedies))
    if problems:
        return Note("; ".join(problems), remedy)
    return ", ".join(map(_with_free_space, directories))


def _temporary_folders(installation: Installation) -> Iterator[Failed]:
    """Look at the JVM's and Python's, which Spark uses whatever its local directories are."""
    if problem := _unwritable(Path(_temporary_of_jvm(installation))):
        yield Failed(
            f"as the JVM's temporary folder, {problem}",
            "For the JVM mount a volume there, or export "
            "JAVA_TOOL_OPTIONS=-Djava.io.tmpdir=DIRECTORY, and for executors elsewhere set "
            "spark.executor.extraJavaOptions=-Djava.io.tmpdir=DIRECTORY.",
        )
    try:
        tempfile.gettempdir()
    except OSError as e:
        yield Failed(
            f"Python has no temporary folder ({e.strerror or e})",
            "For Python mount a volume at /tmp, or export TMPDIR=DIRECTORY.",
        )


def _temporary_of_jvm(installation: Installation) -> str:
    """Return the driver's java.io.tmpdir; what comes later has the last word."""
    properties = installation.properties
    options = [
        *(os.environ.get(name, "") for name in _OPTIONS_OF_JVMS),
        # SparkSubmitCommandBuilder (Spark 3.5 to 4.3).
        script_variable(installation.spark, "SPARK_SUBMIT_OPTS") or "",
        *(properties.get(f"spark.driver.{kind}JavaOptions", "") for kind in ("default", "extra")),
    ]
    named = _TEMPORARY.findall(" ".join(options))
    return named[-1].strip("\"'") if named else "/tmp"


def _unwritable(directory: Path) -> str:
    """Return one sentence on why Spark can't use a directory; empty if it can."""
    # Spark makes it if need be.
    parent = next(p for p in (directory, *directory.parents) if p.exists())
    try:
        with tempfile.NamedTemporaryFile(dir=parent, prefix="neptune-doctor-") as file:
            file.write(b"\0" * 4096)
            file.flush()
    except OSError as e:
        return f"{directory} cannot be written to ({e.strerror or e})"
    return ""


def _with_free_space(directory: Path) -> str:
    parent = next(p for p in (directory, *directory.parents) if p.exists())
    free = shutil.disk_usage(parent).free
    return f"{directory} ({free / 2**30:,.1f} GiB free)"
