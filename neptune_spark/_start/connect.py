"""Whether what is to start would be a Spark Connect client, which cannot turn Neptune on.

Two decide that: PySpark, by the builder and the environment, and spark-submit, by its options. It
then leaves the classic Spark SQL off the JVM's class path.

A client whose server PySpark starts in the same process (`remote("local[*]")`) can.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from neptune_spark._errors import SessionError
from neptune_spark._start.launch import SubmitOptions
from neptune_spark._start.spark_install import SparkInstall

REMOTE = "spark.remote"
API_MODE = "spark.api.mode"

_MODES = ("classic", "connect")
_REUSE = "spark.local.connect.reuse"
#: PySpark sets it while a server runs in its process.
_OWN_SERVER_RUNS = "SPARK_LOCAL_REMOTE"
_GIVE_MASTER = "name a master, with .master(...) or --master, instead of it"
_SET_CLASSIC = f"set {API_MODE} to classic"


def starts_own_server(options: Mapping[str, str]) -> bool:
    """Return whether a session builder makes a client of a server in this very process.

    Parameters
    ----------
    options : Mapping[str, str]
        The builder's.

    Raises
    ------
    SessionError
        When the server is one that other processes use, too.
    """
    # SparkSession.Builder.getOrCreate (PySpark 3.5 to 4.3).
    url = options.get(REMOTE, os.environ.get("SPARK_REMOTE"))
    if url is None:
        return _OWN_SERVER_RUNS in os.environ
    if not url.startswith("local"):
        return False
    # PySpark 4.3 and later.
    reuse = options.get(_REUSE, os.environ.get("SPARK_LOCAL_CONNECT_REUSE", ""))
    if str(reuse).lower() in ("1", "true"):
        raise connect_error(
            f"{_REUSE} is {reuse}, so that the server may outlive this process", "unset it"
        )
    return True


def refuse_connect_builder(options: Mapping[str, str]) -> None:
    """Refuse a session builder of this process that would make a Spark Connect session.

    Parameters
    ----------
    options : Mapping[str, str]
        The builder's.

    Raises
    ------
    SessionError
        When they or the environment have it do so.
    """
    _refuse_remote(options)
    _refuse_python_environment()
    # SparkSession.Builder.getOrCreate (PySpark 4.x); 3.5 has no such mode.
    default = _default_mode()
    named = options.get(API_MODE, os.environ.get("SPARK_API_MODE", ""))
    if default and _mode(named, default) == "connect":
        by_default = "SPARK_CONNECT_MODE, or the package pyspark-connect"
        source = f"{API_MODE}, SPARK_API_MODE" if named.lower() == "connect" else by_default
        raise connect_error(f"the API mode ({source}) is connect", _SET_CLASSIC)


def refuse_connect_launch(
    options: SubmitOptions, spark: SparkInstall, builder: Mapping[str, str] | None = None
) -> None:
    """Refuse what spark-submit would start as a Spark Connect client.

    Parameters
    ----------
    options : SubmitOptions
        What spark-submit gets. Without an application it is one in Python.
    spark : SparkInstall
        Whose spark-submit.
    builder : Mapping[str, str] | None, optional
        Options of the session builder for which PySpark runs spark-submit; None where a user does.

    Raises
    ------
    SessionError
        When the options, spark-defaults.conf or the environment have it do so.
    """
    properties = options.effective(spark)
    _refuse_remote({**properties, **(builder or {})})
    has_modes = tuple(map(int, spark.line.split("."))) >= (4, 0)
    is_here = properties.get("spark.submit.deployMode") != "cluster"
    by_user = builder is None and is_here
    if has_modes:
        # SparkSubmitCommandBuilder: Spark 4.0 reads the mode among the options only, later ones in
        # spark-defaults.conf, too. PySpark runs it with SPARK_CONNECT_MODE=0.
        read = options.conf if spark.line == "4.0" else properties
        mode = options.conf.get(API_MODE) or (builder or {}).get(API_MODE) or read.get(API_MODE)
        if mode is not None and mode.lower() == "connect":
            raise connect_error(f"{API_MODE} is connect", _SET_CLASSIC)
        if by_user and mode is None and os.environ.get("SPARK_CONNECT_MODE") == "1":
            raise _by_variable("SPARK_CONNECT_MODE")
    # In a cluster, or in an application of the JVM, nobody reads these.
    if by_user and _is_python(options):
        _refuse_python_environment()
        named = _mode(os.environ.get("SPARK_API_MODE", ""), "")
        if has_modes and named == "connect":
            raise _by_variable("SPARK_API_MODE")
        if has_modes and not named and os.environ.get("SPARK_CONNECT_MODE") == "1":
            raise _by_variable("SPARK_CONNECT_MODE")


def connect_error(cause: str, remedy: str) -> SessionError:
    """Return what to raise for a Spark Connect session.

    Parameters
    ----------
    cause : str
        By what it is, or would be, one.
    remedy : str
        What to do for a classic session.
    """
    return SessionError(
        "Neptune cannot be turned on from a Spark Connect client, and this would be a Spark "
        f"Connect session ({cause}): {remedy}, or turn Neptune on in the server."
    )


def _refuse_remote(properties: Mapping[str, str]) -> None:
    # SparkSubmitArguments and SparkSession.Builder (Spark 3.5 to 4.3).
    if REMOTE in properties:
        raise connect_error(f"{REMOTE} is {properties[REMOTE]}", _GIVE_MASTER)
    if "SPARK_REMOTE" in os.environ:
        raise _by_variable("SPARK_REMOTE")


def _refuse_python_environment() -> None:
    # SparkSession.Builder and SparkContext (PySpark 3.5 to 4.3).
    if "SPARK_CONNECT_MODE_ENABLED" in os.environ:
        raise _by_variable("SPARK_CONNECT_MODE_ENABLED")


def _by_variable(name: str) -> SessionError:
    return connect_error(f"the environment variable {name} is {os.environ[name]!r}", "unset it")


def _mode(named: str, default: str) -> str:
    return named.lower() if named.lower() in _MODES else default


def _default_mode() -> str:
    """Return PySpark's API mode where nobody names one; empty where it has no modes."""
    try:
        from pyspark.util import default_api_mode
    except ImportError:
        return ""
    return default_api_mode()


def _is_python(options: SubmitOptions) -> bool:
    # SparkSubmit.isPython
    application = [*options.args[options.end :], "pyspark-shell"][0]
    return application == "pyspark-shell" or application.endswith(".py")
