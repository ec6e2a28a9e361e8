"""Who shares the cores of a level, as Python sees it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ShareView:
    """One that shares a level's cores with others, by spark.neptune.order, as of the call.

    .. versionadded:: 0.1.0

    Attributes
    ----------
    priority : int
        The level; one that has work at several levels has a row for each.
    party : str
        Who it is: "pool etl" with the order fair; with feedback "SQL execution 3", or "job 7" for
        a job of no SQL execution.
    weight : float
        That of a pool of Spark's FAIR scheduler, else 1.
    cores_held : float
        Cores that its tasks hold now.
    cores_wanted : float
        Cores that its tasks need, including pending and suspended ones, as far as limits allow.
    cores_due : float | None
        How many of the cores of its level are its share, as dealt last: tasks beyond that are
        suspended for others that have less than theirs. None for all of them, as long as nobody
        else needs any.
    used_core_s : float
        Cores times seconds that its tasks have held, at this level and before at others.
    """

    priority: int
    party: str
    weight: float
    cores_held: float
    cores_wanted: float
    cores_due: float | None
    used_core_s: float
