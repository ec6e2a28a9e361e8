"""How much of a cluster the jobs and streams that a thread starts may use."""

from __future__ import annotations

from neptune_spark._block import Block, Said
from neptune_spark._settings import BY_NAME, KEY_PREFIX


class limit(Block):
    """Limits each job submitted inside it. A context manager and a decorator.

    Each job counts for itself: two jobs at a time have twice as much. It sets local properties
    (`neptune.maxCores`, `neptune.maxTasks`, `neptune.target`) or, with Spark Connect, tags
    (`neptune.block.maxCores=...`), as `priority()` does, and what is said there holds here: for
    threads, nested uses and streams. It comes before what the SQL session says
    (`SET spark.neptune.maxCores=8`). What the application allows to a pool, a user or the jobs of
    a rule (`spark.neptune.pool.<name>.maxCores`) holds as well.

    .. versionadded:: 0.1.0

    Parameters
    ----------
    max_cores : str | int | float | None
        How many cores a job may hold at once: a number of them, or a share of all such as "25%".
    max_tasks : int | None
        How many tasks of a job may run at once.
    target : str | int | None
        How long a micro-batch may take of a streaming query that is started inside it: milliseconds
        or a string such as "500ms". The query then has as few cores as keep 95 of 100 batches
        within that; other jobs are not limited by it.

    Raises
    ------
    SettingError
        For anything else.
    SessionError
        On entry, when there is neither an active SparkContext nor a Spark Connect session.
    TypeError
        When nothing is given, or when it decorates what `priority()` could not.

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
    # As JobLimits.scala reads them, JobTargets.scala, too: tests/jvm/test_limits.py.
    what = BY_NAME[name].key[len(KEY_PREFIX) :]
    return Said(f"neptune.{what}", f"neptune.block.{what}=", value)
