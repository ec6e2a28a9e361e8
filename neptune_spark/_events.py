"""Neptune's events in Spark's event log: summaries, and the single events that they stand for.

Spark flushes its log at each event that is not its own. So Neptune writes there once a second, in
columns, what it tells listeners at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Dict

_PACKAGE = "org.apache.spark.neptune.driver."
SUSPENDED = _PACKAGE + "SparkListenerTaskSuspended"
RESUMED = _PACKAGE + "SparkListenerTaskResumed"
JOB_SUSPENSIONS = _PACKAGE + "SparkListenerJobSuspensions"
SUMMARY = _PACKAGE + "SparkListenerNeptuneSummary"
SETTINGS = _PACKAGE + "SparkListenerNeptuneSettings"

#: Why a suspension is over whose task has ended: listeners hear of the end from Spark.
ENDED = "end"
#: The same of a task that was to resume, and was asked to suspend again before it had.
AGAIN = "again"

Event = Dict[str, Any]


def single_events(event: Event) -> Iterator[Event]:
    """Return the events that listeners received, in order, if a logged event is a summary of them.

    .. versionadded:: 0.1.0

    Parameters
    ----------
    event : dict[str, Any]
        Any event of a log, as parsed JSON; `logged_events()` reads them.

    Returns
    -------
    Iterator[dict[str, Any]]
        The fields of `SparkListenerTaskSuspended` or `SparkListenerTaskResumed`; from an earlier
        version's log, unchanged. From a summary, also for whom the task was suspended
        (`forPriority`, `forStageId`) or because of which limit (`forLimit`), and what it had
        computed since the previous suspension (`ranCoreMs`). A resumption has the reason "end" if
        the task ended while it was suspended, and "again" if it was asked to suspend again before
        it had resumed: listeners do not receive these.

    Examples
    --------
    >>> event = {"Event": "SparkListenerLogStart", "Spark Version": "4.3.0"}
    >>> list(neptune_spark.single_events(event))
    []
    """
    if event["Event"] in (SUSPENDED, RESUMED):
        yield event
    elif event["Event"] == JOB_SUSPENSIONS:
        began = (_single(SUSPENDED, event, row) for row in _rows(event["suspended"]))
        over = (_single(RESUMED, event, row) for row in _rows(event["resumed"]))
        # A task may have been suspended and resumed several times.
        yield from sorted(
            (*began, *over), key=lambda row: (row["time"], row["times"], row["Event"] == RESUMED)
        )


def _rows(columns: dict[str, list[Any]]) -> Iterator[Event]:
    for values in zip(*columns.values()):
        yield dict(zip(columns, values))


def _single(name: str, event: Event, row: Event) -> Event:
    time_ms = event["time"] - row.pop("agoMs")
    return {"Event": name, **row, "jobId": event["jobId"], "time": time_ms}
