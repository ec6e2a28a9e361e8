"""Every error that neptune_spark raises on purpose.

Each message is one sentence or two that name what was wrong, its value, and what to do about it.
"""

from __future__ import annotations


class NeptuneError(Exception):
    """Base class of all errors of neptune_spark.

    Catch it to treat them all alike; the subclasses say whose fault it is.

    .. versionadded:: 0.1.0
    """


class SettingError(NeptuneError, ValueError):
    """A setting, a priority level or a policy has an unknown name or a bad value.

    The caller's fault. The message names the setting, the value, and what would be accepted.

    .. versionadded:: 0.1.0
    """


class UnsupportedSpark(NeptuneError):
    """The Spark that was found is not one that this version of neptune_spark can plug into.

    The installation's fault: another line, another Scala version, or a Python too old for
    it. Install a supported Spark, or name another with `SPARK_HOME`.

    .. versionadded:: 0.1.0
    """


class JavaError(NeptuneError):
    """No Java new enough for the Spark was found where Spark would look for it.

    The installation's fault. Install a JDK, or name one with `JAVA_HOME`.

    .. versionadded:: 0.1.0
    """


class ShimError(NeptuneError):
    """The Neptune jar could not be built or stored.

    Usually because this build of Spark lacks some internals that Neptune needs: the message names
    them, and a file to report. Otherwise the fault of the file system named there
    (`XDG_CACHE_HOME` names another place), or of a Spark without its Scala compiler.

    .. versionadded:: 0.1.0
    """


class SessionError(NeptuneError):
    """The Spark session (or the lack of one) does not allow the call.

    The caller's fault: a Spark Connect session, a JVM or a session that was started without
    Neptune, a stopped session, or none at all. The message says which, and how to start one.

    .. versionadded:: 0.1.0
    """


class TaskError(NeptuneError):
    """The scheduler refused to suspend or resume a task.

    The caller's fault, or a race that the caller lost: the task is unknown, has ended, or cannot
    be suspended. The message is the scheduler's own sentence.

    .. versionadded:: 0.1.0
    """


class TaskCancelled(BaseException):
    """The executor cancelled this task; raised where the task is when the request arrives.

    Nobody's fault. It derives from `BaseException`, so that a user's `except Exception` does not
    swallow it, while `finally` blocks and context managers run. Let it pass.

    .. versionadded:: 0.1.0
    """

    def __init__(self, message: str = "The executor cancelled this task.") -> None:
        super().__init__(message)


# A traceback names an error as users import it.
for _error in (NeptuneError, *NeptuneError.__subclasses__(), TaskCancelled):
    _error.__module__ = "neptune_spark"
