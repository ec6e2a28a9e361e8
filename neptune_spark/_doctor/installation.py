"""What `neptune-spark doctor` looks at, and what its checks have found so far."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from neptune_spark._start.launch import PLUGINS, SubmitOptions
from neptune_spark._start.shim import PLUGIN_CLASS
from neptune_spark._start.spark_install import SparkInstall

#: What spark-submit takes when nobody names a master.
DEFAULT_MASTER = "local[*]"


@dataclass
class Installation:
    """One installation, as an application would find it.

    Attributes
    ----------
    options : Sequence[str]
        The options that spark-submit would get: `--master` and `--conf`.
    spark_home : str | None
        Root of the Spark; None for the one that PySpark would start.
    quick : bool
        Whether to leave out what takes long: building a jar, and the session.
    policy_is_here : bool
        False for a policy in Python whose module may lie beside the application.
    spark : SparkInstall
        Found by the check of Spark, as all below by theirs.
    jar : Path | None
        The jar that fits; None where the application names one itself.
    python : str
        The workers' Python.
    permissions : Mapping[str, tuple[bool, str]]
        Whether what the executors need of the machine is there, and a sentence on it, by name.
    permissions_error : str
        What was said on stderr last, when that was tried.
    trial : Mapping[str, tuple[bool, str]]
        The same for what the session showed.
    """

    options: Sequence[str] = ()
    spark_home: str | None = None
    quick: bool = False
    policy_is_here: bool = field(init=False, default=True)
    spark: SparkInstall = field(init=False)
    jar: Path | None = field(init=False)
    python: str = field(init=False)
    permissions: Mapping[str, tuple[bool, str]] = field(init=False)
    permissions_error: str = field(init=False, default="")
    trial: Mapping[str, tuple[bool, str]] = field(init=False)

    @property
    def properties(self) -> dict[str, str]:
        """The Spark properties that an application would start with."""
        return SubmitOptions(self.options).effective(self.spark)

    @property
    def master(self) -> str:
        """The master that it would run on."""
        named = self.properties.get("spark.master") or os.environ.get("MASTER")
        return named or DEFAULT_MASTER

    @property
    def is_turned_on_everywhere(self) -> bool:
        """Whether Spark's own spark-submit has Neptune turned on, by spark-defaults.conf."""
        plugins = self.properties.get(PLUGINS, "")
        return PLUGIN_CLASS in (name.strip() for name in plugins.split(","))


def version_text(version: Sequence[object]) -> str:
    """Return a version as people write it, e.g. "3.11.2"."""
    return ".".join(map(str, version))


#: This process's Python, e.g. "3.11.2".
THIS_PYTHON = version_text(sys.version_info[:3])
