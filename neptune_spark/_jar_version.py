"""The jar in a running JVM: where it is, and whether it is of this Python package's version."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from neptune_spark._errors import SessionError
from neptune_spark._version import __version__

if TYPE_CHECKING:
    from py4j.java_gateway import JVMView

_PROPERTIES_CLASS = "org.apache.spark.neptune.build.BuildProperties"


def check_jar_version(jvm: JVMView) -> None:
    """Refuse a jar of another version: its messages may be others.

    Parameters
    ----------
    jvm : JVMView
        One that has a Neptune jar.

    Raises
    ------
    SessionError
        When the versions differ.
    """
    found = getattr(jvm, _PROPERTIES_CLASS).version()
    if found != __version__:
        raise SessionError(
            f"the Neptune jar of this session belongs to neptune-spark {found}, but "
            f"{Path(__file__).parent} is {__version__}: install the same version of both, or name "
            "the jar that `neptune-spark jar` prints in spark.jars or --jars, instead of any other "
            "jar or package."
        )


def jar_in(jvm: JVMView) -> str:
    """Return the path of the jar that a JVM has loaded Neptune from; empty if it is no file.

    Parameters
    ----------
    jvm : JVMView
        One that has a Neptune jar.
    """
    return str(getattr(jvm, _PROPERTIES_CLASS).jar())
