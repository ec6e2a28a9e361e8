"""Turning Neptune on for a session that is started from Python."""

from __future__ import annotations

import os
import shlex
import sys
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from neptune_spark._errors import SessionError
from neptune_spark._jar_version import check_jar_version, jar_in
from neptune_spark._policy.loading import is_python, make_policy
from neptune_spark._scheduler_of import scheduler
from neptune_spark._settings import BY_NAME, by_name, check_properties, check_rules
from neptune_spark._start.connect import (
    connect_error,
    refuse_connect_builder,
    refuse_connect_launch,
    starts_own_server,
)
from neptune_spark._start.launch import (
    DEFAULT_PLUGINS,
    EXTENSIONS,
    JARS,
    PLUGINS,
    SubmitOptions,
    names_extensions,
    with_item,
)
from neptune_spark._start.packages import (
    PACKAGES,
    items,
    names_our_jar,
    names_our_package,
    without_our_jar,
)
from neptune_spark._start.shim import EXTENSIONS_CLASS, PLUGIN_CLASS, find_jar
from neptune_spark._start.spark_install import SparkInstall, check_python, find_java, find_spark

if TYPE_CHECKING:
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

_POLICY = BY_NAME["policy"].key
#: How PySpark starts a Spark Connect server in its own process.
_CONNECT_PLUGIN = "org.apache.spark.sql.connect.SparkConnectPlugin"
_SET_AT_START = r"Failed to set spark\.(jars|plugins\.defaultList|neptune\.\S+) to "
#: Where spark-submit puts the jars that it has YARN bring to all containers.
_OF_YARN = ("spark.yarn.dist.jars", "spark.yarn.secondary.jars")


def builder(*, policy: str | None = None, **settings: object) -> SparkSession.Builder:
    """Return a new session builder with Neptune turned on.

    The same as `configure(SparkSession.builder, ...)`; see there.

    .. versionadded:: 0.1.0

    Parameters
    ----------
    policy : str | None, optional
        Name of the policy that picks the victims (spark.neptune.policy).
    **settings : object
        Further settings by keyword, as listed in docs/configuration.md.

    Returns
    -------
    SparkSession.Builder
        To be used as Spark's own.

    Raises
    ------
    SettingError, SessionError, UnsupportedSpark, JavaError, ShimError
        As `configure()` does.

    Examples
    --------
    >>> spark = neptune_spark.builder(policy="lb").master("local[2]").getOrCreate()
    >>> spark.range(10).count()
    10
    """
    from pyspark.sql import SparkSession

    return configure(SparkSession.builder, policy=policy, **settings)


def configure(
    builder: SparkSession.Builder, *, policy: str | None = None, **settings: object
) -> SparkSession.Builder:
    """Turn Neptune on in a session builder.

    Adds to `spark.plugins` and `spark.jars` whatever the builder, the running JVM or
    spark-defaults.conf has there, and sets the settings under `spark.neptune.`. With
    `.remote("local[*]")`, where PySpark starts its own Spark Connect server and overwrites
    `spark.plugins`, it sets `spark.plugins.defaultList` instead. If the environment variable
    PYSPARK_PYTHON is unset, it is set to this interpreter: Spark would otherwise start its workers
    with whatever `python3` is on the PATH, which may not have neptune_spark.

    The jar is built on first use, in a few seconds. All checks are repeated when the session
    starts, so the builder may be changed after this call.

    .. versionadded:: 0.1.0

    Parameters
    ----------
    builder : SparkSession.Builder
        The builder of a classic session, `SparkSession.builder`.
    policy : str | None, optional
        Name of the policy that picks the victims (spark.neptune.policy). One written in Python,
        `python:module:Class`, is imported and instantiated now, and again when the session is up,
        to be put in force.
    **settings : object
        Further settings by keyword, as listed in docs/configuration.md: `default_priority="low"`,
        `suspend_timeout="200ms"`, ... A duration without a unit is in milliseconds, as in
        Spark's own settings.

    Returns
    -------
    SparkSession.Builder
        The same builder.

    Raises
    ------
    SettingError
        For an unknown setting or a bad value, also for those under spark.neptune. that the builder
        has already.
    SessionError
        With the Spark Connect server of another process; when a JVM without Neptune's jar or a
        session without Neptune is running in this process already; when `spark.jars.packages` names
        a Neptune package that is not the one for this Spark and this version.
    UnsupportedSpark, JavaError, ShimError
        When there is no Spark, Java or jar that fits.

    Examples
    --------
    >>> from pyspark.sql import SparkSession
    >>> builder = neptune_spark.configure(SparkSession.builder, default_priority="low")
    >>> spark = builder.master("local[2]").getOrCreate()
    >>> spark.range(10).count()
    10
    """
    from pyspark.sql import SparkSession

    if not isinstance(builder, SparkSession.Builder):
        if type(builder).__module__.startswith("pyspark.sql.connect"):
            raise connect_error(
                "the builder is that of pyspark.sql.connect", "take SparkSession.builder"
            )
        raise SessionError(
            f"configure() takes a SparkSession.builder, not {type(builder).__name__}."
        )
    if policy is not None:
        settings["policy"] = policy
    given = {by_name(name): value for name, value in settings.items()}
    parsed = {setting.key: setting.parse(value) for setting, value in given.items()}
    _check_policy(parsed.get(_POLICY))
    _turn_on(builder)
    for key, text in parsed.items():
        builder.config(key, text)
    _check_again_at_start(builder)
    return builder


def _check_again_at_start(builder: SparkSession.Builder) -> None:
    """Have the builder turn Neptune on once more when it starts a session.

    What was called on the builder since, or started in this process, would otherwise end in a
    session without Neptune and without a word.
    """

    def checked(start: Callable[[], SparkSession]) -> Callable[[], SparkSession]:
        def start_with_neptune() -> SparkSession:
            _turn_on(builder)
            with warnings.catch_warnings():
                # PySpark 4 tries to set in the client's session, too, what its server was started
                # with.
                warnings.filterwarnings("ignore", _SET_AT_START)
                spark = start()
            _register_policy()
            return spark

        return start_with_neptune

    if "getOrCreate" not in vars(builder):
        for name in ("getOrCreate", "create"):
            setattr(builder, name, checked(getattr(builder, name)))


def _check_policy(name: str | None) -> None:
    """Find a policy that can't be made before there is a session."""
    if is_python(name):
        make_policy(name)


def _register_policy() -> None:
    from pyspark import SparkContext

    # A session of Spark Connect has none to ask for.
    context = SparkContext._active_spark_context
    if context is not None and is_python(context.getConf().get(_POLICY, None)):
        scheduler(context)._register_awaited()


def _turn_on(builder: SparkSession.Builder) -> None:
    """Make all checks and set plugin and jar. May be called again, and then changes nothing."""
    try:
        from pyspark import SparkContext
    except ImportError as e:
        raise connect_error(
            "pyspark-client creates no others", "install pyspark instead of pyspark-client"
        ) from e

    options = builder._options
    own_server = starts_own_server(options)
    if not own_server:
        refuse_connect_builder(options)
    check_properties(options)
    check_rules(options)
    _check_policy(options.get(_POLICY))
    if not os.environ.get("PYSPARK_PYTHON"):
        os.environ["PYSPARK_PYTHON"] = sys.executable

    active = SparkContext._active_spark_context
    if active is not None and active._jsc is not None:
        _require_plugin(active)
    elif SparkContext._gateway is not None or "PYSPARK_GATEWAY_PORT" in os.environ:
        _use_running_jvm(builder, own_server)
    else:
        _prepare_new_jvm(builder, own_server)


def _require_plugin(active: SparkContext) -> None:
    conf = active.getConf()
    named = [*items(conf.get(PLUGINS, "")), *items(conf.get(DEFAULT_PLUGINS, ""))]
    if PLUGIN_CLASS not in named:
        raise SessionError(
            "a Spark session without Neptune is running in this process, and getOrCreate() would "
            "return that one: call its stop(), or restart the kernel, and start with Neptune."
        )


def _add_plugin(
    builder: SparkSession.Builder, before: Mapping[str, str | None], own_server: bool
) -> None:
    """Add ours to the plugins of a builder, where PySpark lets them stand."""
    if own_server:
        kept = before.get(DEFAULT_PLUGINS)
        for plugin in items(before.get(PLUGINS)):
            # PySpark adds that itself.
            if plugin != _CONNECT_PLUGIN:
                kept = with_item(kept, plugin)
        builder.config(DEFAULT_PLUGINS, with_item(kept, PLUGIN_CLASS))
        builder._options.pop(PLUGINS, None)
    else:
        builder.config(PLUGINS, with_item(before.get(PLUGINS), PLUGIN_CLASS))


def _use_running_jvm(builder: SparkSession.Builder, own_server: bool) -> None:
    """Use a JVM whose class path can change no more: spark-submit's, or an ended session's."""
    from pyspark import SparkConf, SparkContext

    # Under spark-submit this only connects to the JVM that started us, as getOrCreate() would.
    SparkContext._ensure_initialized()
    jvm = SparkContext._jvm
    assert jvm is not None
    if not getattr(jvm, "org.apache.spark.util.Utils").classIsLoadable(PLUGIN_CLASS):
        if "PYSPARK_GATEWAY_PORT" in os.environ:
            raise SessionError(
                "spark-submit started this application's JVM without the Neptune jar, too late to "
                "add it: use `neptune-spark submit` instead, or add "
                '`--jars "$(neptune-spark jar)"`.'
            )
        raise SessionError(
            "the JVM of this Python process was started without the Neptune jar, too late to add "
            "it: restart the Python process (in a notebook, the kernel) and turn Neptune on "
            "before the first session starts."
        )
    check_jar_version(jvm)
    started_with = SparkConf()
    _check_policy(started_with.get(_POLICY, None))
    jars = builder._options.get(JARS, started_with.get(JARS, None))
    if not any(map(names_our_jar, [jars, *(started_with.get(key, None) for key in _OF_YARN)])):
        # There need be no Spark home, no home directory and no JDK where a driver runs.
        jars = with_item(jars, jar_in(jvm) or str(find_jar()))
    if jars is not None:
        builder.config(JARS, jars)
    before = {key: started_with.get(key, None) for key in (PLUGINS, DEFAULT_PLUGINS)}
    _add_plugin(builder, {**before, **builder._options}, own_server)
    _name_extensions(builder, started_with.get(EXTENSIONS, None))


def _prepare_new_jvm(builder: SparkSession.Builder, own_server: bool) -> None:
    spark = find_spark()
    check_python(spark)
    find_java(spark)
    words = shlex.split(os.environ.get("PYSPARK_SUBMIT_ARGS", "pyspark-shell"))
    environment = SubmitOptions(words)
    # For its own server PySpark starts the JVM as for a classic session.
    if not own_server:
        refuse_connect_launch(environment, spark, builder._options)
    before = {**environment.effective(spark), **builder._options}
    _check_policy(before.get(_POLICY))
    _add_plugin(builder, before, own_server)
    _name_extensions(builder, before.get(EXTENSIONS))
    # Where both name packages, the environment's count.
    packages = environment.packages or environment.conf.get(PACKAGES, before.get(PACKAGES))
    if names_our_package(packages, spark):
        _take_jar_back(builder)
        return
    jar = find_jar()
    jars = before.get(JARS)
    builder.config(JARS, jars if names_our_jar(jars) else with_item(jars, str(jar)))
    if environment.jars is not None or JARS in environment.conf:
        _add_to_environment(environment, spark, jar)


def _name_extensions(builder: SparkSession.Builder, before: str | None) -> None:
    import pyspark

    if names_extensions(".".join(pyspark.__version__.split(".")[:2])):
        named = builder._options.get(EXTENSIONS, before)
        builder.config(EXTENSIONS, with_item(named, EXTENSIONS_CLASS))


def _take_jar_back(builder: SparkSession.Builder) -> None:
    """Have no jar beside the package, which may have been named after an earlier call."""
    jars = builder._options.pop(JARS, "")
    if left := without_our_jar(jars):
        builder.config(JARS, left)


def _add_to_environment(environment: SubmitOptions, spark: SparkInstall, jar: Path) -> None:
    # These options beat the builder's when the JVM's class path is made.
    if not names_our_jar(environment.effective(spark).get(JARS)):
        words = environment.with_neptune(spark, jar)
        os.environ["PYSPARK_SUBMIT_ARGS"] = shlex.join(words)
