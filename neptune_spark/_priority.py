"""The priority of the jobs that a thread submits."""

from __future__ import annotations

from neptune_spark._block import Block, Said
from neptune_spark._settings import BLOCK_PRIORITY, BLOCK_TAG, PRIORITY


class priority(Block):
    """Gives the jobs submitted inside it a priority. A context manager and a decorator.

    It sets the local property `neptune.priority` of the active SparkContext for the calling thread
    and restores the previous value at the end, so blocks can be nested. It takes precedence over
    tags and the SQL session (`SET spark.neptune.priority`). As with all Spark local properties, a
    thread started inside inherits the priority if it is a `pyspark.InheritableThread`, and a
    streaming query keeps the priority under which it was started. In a session without Neptune the
    property is set too, but has no effect.

    With Spark Connect it sets a tag of the thread's session, `neptune.block=...`, instead of an
    outer block's tag. That is the active session or, in a thread without one, the default session.
    It needs only `pyspark-client` there.

    The same object may be entered again, and by several threads at once.

    .. versionadded:: 0.1.0

    Parameters
    ----------
    level : str | int
        "low", "normal", "high", or any 32-bit integer; higher is more urgent.

    Raises
    ------
    SettingError
        For any other level.
    SessionError
        On entry, if there is neither an active SparkContext nor a Spark Connect session.
    TypeError
        If it decorates a class, or a function whose body does not run during the call (a
        generator or an async function): its jobs would run without the priority.

    Examples
    --------
    >>> with neptune_spark.priority("low"):
    ...     spark.range(10).count()
    10

    >>> @neptune_spark.priority("high")
    ... def largest(n):
    ...     return spark.range(n).agg({"id": "max"}).first()[0]
    >>> largest(10)
    9
    """

    def __init__(self, level: str | int) -> None:
        self._level = PRIORITY.parse(level)
        super().__init__("priority", "priority", [Said(BLOCK_PRIORITY, BLOCK_TAG, self._level)])

    def __repr__(self) -> str:
        return f"priority({self._level!r})"
