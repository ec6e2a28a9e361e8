"""What the machine from which an application is submitted must know of YARN and of Kubernetes."""

from __future__ import annotations

import re
import socket
from pathlib import Path
from urllib.parse import urlsplit

from neptune_spark._doctor.checks import Failed, Note
from neptune_spark._doctor.installation import Installation
from neptune_spark._start.spark_install import script_variable

#: How long the address of a master may take to answer.
CONNECT_LIMIT_S = 5.0

_YARN = "yarn"
_KUBERNETES = re.compile(r"k8s://(.*)")
_HADOOP_VARIABLES = ("HADOOP_CONF_DIR", "YARN_CONF_DIR")
_SITE = "yarn-site.xml"
_PORTS = {"http": 80, "https": 443}


def is_managed(master: str) -> bool:
    """Return whether a cluster manager starts executors in places of its own."""
    return master == _YARN or _KUBERNETES.fullmatch(master) is not None


def master(installation: Installation) -> str | Note:
    """Check what Spark needs to find the cluster manager."""
    if installation.master == _YARN:
        return _yarn(installation)
    return _kubernetes(installation.master)


def _yarn(installation: Installation) -> str | Note:
    """Check that there is a configuration of Hadoop, which names the ResourceManager."""
    # SparkSubmitArguments.validateSubmitArguments (Spark 3.5 to 4.3).
    named = {
        name: Path(value)
        for name in _HADOOP_VARIABLES
        if (value := script_variable(installation.spark, name))
    }
    remedy = f"Set HADOOP_CONF_DIR to the directory that has the cluster's {_SITE}."
    if not named:
        raise Failed(f"neither {' nor '.join(_HADOOP_VARIABLES)} is set", remedy)
    directories = ", ".join(f"{name}={directory}" for name, directory in named.items())
    if not any((directory / _SITE).is_file() for directory in named.values()):
        return Note(f"{_YARN}, but there is no {_SITE} in {directories}", remedy)
    return f"{_YARN}, by {directories}"


def _kubernetes(master: str) -> str | Note:
    """Check that something listens where the API server is; the session may have a proxy."""
    found = _KUBERNETES.fullmatch(master)
    assert found is not None
    # Utils.checkAndGetK8sMasterUrl (Spark 3.5 to 4.3).
    url = found[1] if "://" in found[1] else f"https://{found[1]}"
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port or _PORTS.get(parts.scheme, 443)
        socket.create_connection((host, port), CONNECT_LIMIT_S).close()
    except (OSError, ValueError) as e:
        return Note(
            f"{master}: nothing can be reached at {url} ({e})",
            "If there is no proxy, correct the address: `kubectl cluster-info` shows it.",
        )
    return f"{master}: {host}:{port} can be reached"
