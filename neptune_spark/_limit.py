"""How much of a cluster each action that a thread runs may use."""

from __future__ import annotations

from neptune_spark._block import Block, Said
from neptune_spark._settings import BY_NAME, KEY_PREFIX


class limit(Block):
    """Limits each action run inside it. A context manager and a decorator.

    Each action counts separately, a SQL execution with all the jobs that it starts (adaptive
    execution, subqueries): two concurrent actions have twice as much. It sets local properties
    (`neptune.maxCores`, `neptune.maxTasks`, `neptune.target`) or, with Spark Connect, tags
    (`neptune.block.maxCores=...`), as `priority()` does; threads, nested blocks and streams are
    treated as described there. It takes precedence over the SQL session
    (`SET spark.neptune.maxCores=8`). The application's limits for a pool, a user or the jobs of a
    rule (`spark.neptune.pool.<name>.maxCores`) apply as well.

    .. versionadded:: 0.1.0

    Parameters
    ----------
    max_cores : str | int | float | None
        How many cores an action may hold at once: a number, or a share of all cores such as
        "25%".
    max_tasks : int | None
        How many tasks of an action may run at once.
    target : str | int | None
        How long a micro-batch of a streaming query that is started inside it may take: milliseconds
        or a string such as "500ms". The query then gets as few cores as keep 95 of 100 batches
        within the target; it does not limit other jobs.

    Raises
    ------
    SettingError
        For any other value.
    SessionError
        On entry, if there is neither an active SparkContext nor a Spark Connect session.
    TypeError
        If nothing is given, or if it decorates what `priority()` cannot.

    Examples
    --------
    >>> with neptune_spark.limit(max_tasks=4):
    ...     spark.range(10).count()
    10
    """

    def __init__(
        self,
        *,
        max_cores: str | float | None = None,
        max_tasks: int | None = None,
        target: str | int | None = None,
    ) -> None:
        given = {"max_cores": max_cores, "max_tasks": max_tasks, "target": target}
        self._limits = {
            name: BY_NAME[name].parse(value) for name, value in given.items() if value is not None
        }
        if not self._limits:
            raise TypeError("limit() needs a limit: give max_cores, max_tasks or target.")
        said = [_said(name, value) for name, value in self._limits.items()]
        super().__init__("limit", "limit", said)

    def __repr__(self) -> str:
        return f"limit({', '.join(f'{name}={value!r}' for name, value in self._limits.items())})"


def _said(name: str, value: str) -> Said:
    # As JobLimits.scala and JobTargets.scala read them: tests/jvm/test_limits.py.
    what = BY_NAME[name].key[len(KEY_PREFIX) :]
    return Said(f"neptune.{what}", f"neptune.block.{what}=", value)
