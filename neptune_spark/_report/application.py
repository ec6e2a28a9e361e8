"""What an event log tells of an application."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from neptune_spark._events import ENDED, RESUMED, SETTINGS, SUMMARY, SUSPENDED, Event, single_events

_QUERY = "sql.streaming.queryId"
_QUERY_STARTED = "org.apache.spark.sql.streaming.StreamingQueryListener$QueryStartedEvent"
#: So many decisions are kept, the last ones.
DECISIONS_KEPT = 200


@dataclass
class Span:
    """A time for which a task was suspended; times are in milliseconds since 1970.

    Attributes
    ----------
    priority : int
        The task's, then.
    manual : bool
        Whether it was by hand.
    for_stage_id : int | None
        The stage that was to have the task's core, if that was told.
    for_limit : str
        The limit because of which it was suspended; empty if there was none.
    kept_core_s : float
        What the task had computed since its launch, or its last suspension.
    reason : str
        Why it ended; empty while it lasts.
    """

    task: LoggedTask
    priority: int
    began_ms: int
    manual: bool
    for_stage_id: int | None
    for_limit: str
    kept_core_s: float
    ended_ms: int | None = None
    reason: str = ""


@dataclass
class LoggedTask:
    """An attempt of a task."""

    task_id: int
    stage_id: int
    executor_id: str
    launched_ms: int
    ended_ms: int | None = None
    spans: list[Span] = field(default_factory=list)


@dataclass
class Stage:
    """A stage.

    Attributes
    ----------
    job_id : int
        The first that has it.
    levels : list[tuple[int, int]]
        Its priorities, each with when it got it; of the first one, when that was told.
    """

    stage_id: int
    job_id: int
    name: str
    levels: list[tuple[int, int]] = field(default_factory=list)
    tasks: int = 0


@dataclass
class LoggedJob:
    """A job, and the streaming query that it is a micro-batch's of, if it is."""

    job_id: int
    description: str
    query_id: str | None
    submitted_ms: int
    ended_ms: int | None = None


@dataclass
class Executor:
    """An executor."""

    executor_id: str
    host: str
    cores: int
    added_ms: int
    removed_ms: int | None = None


@dataclass
class Application:
    """A finished application, or one of which the log tells till now.

    Attributes
    ----------
    waits : list[tuple[int, int, float]]
        Stages whose first task has started, when it did, and how long after their submission.
    decisions : list[dict[str, Any]]
        The last ones, as the log has them.
    decisions_left_out : int
        How many more there were.
    statistics : dict[str, Any]
        As `scheduler(spark).statistics()` had them at the end, as far as they were logged.
    settings : list[tuple[str, str, bool]]
        Key, value, and whether the application had set it.
    last_ms : int
        The time of the last thing that happened.
    queries : dict[str, str]
        The names of streaming queries, by their ids.
    jobs_of_queries : Counter[str]
        How many jobs each of them has had.
    """

    name: str = ""
    app_id: str = ""
    user: str = ""
    spark_version: str = ""
    started_ms: int = 0
    ended_ms: int | None = None
    last_ms: int = 0
    jobs: dict[int, LoggedJob] = field(default_factory=dict)
    stages: dict[int, Stage] = field(default_factory=dict)
    tasks: dict[int, LoggedTask] = field(default_factory=dict)
    executors: dict[str, Executor] = field(default_factory=dict)
    queries: dict[str, str] = field(default_factory=dict)
    jobs_of_queries: Counter[str] = field(default_factory=Counter)
    spans: list[Span] = field(default_factory=list)
    waits: list[tuple[int, int, float]] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)
    decisions_left_out: int = 0
    statistics: dict[str, Any] = field(default_factory=dict)
    settings: list[tuple[str, str, bool]] = field(default_factory=list)
    is_of_neptune: bool = False

    @property
    def until_ms(self) -> int:
        """When it ended, or what is told of it."""
        return self.last_ms if self.ended_ms is None else self.ended_ms

    def suspended_s(self, span: Span) -> float:
        """Return how long a span was."""
        ended_ms = self.until_ms if span.ended_ms is None else span.ended_ms
        return max(0, ended_ms - span.began_ms) / 1e3

    def levels_of(self, stage_id: int) -> list[tuple[int, int]]:
        """Return a stage's priorities, each with when it got it; none if none was told."""
        stage = self.stages.get(stage_id)
        return [] if stage is None else stage.levels

    def priority_of(self, stage_id: int, at_ms: int | None = None) -> int | None:
        """Return a stage's priority at a time, as far as it is known; by default the last one."""
        levels = self.levels_of(stage_id)
        if not levels:
            return None
        if at_ms is None:
            return levels[-1][1]
        return next((p for since_ms, p in reversed(levels) if since_ms <= at_ms), levels[0][1])


def read(events: Iterable[Event]) -> Application:
    """Return the application of a log's events."""
    reader = _Reader()
    for event in events:
        reader.read(event)
    return reader.finished()


class _Reader:
    """Takes event by event."""

    def __init__(self) -> None:
        self.application = Application()
        self._cores_per_task = 1.0
        self._submitted_ms: dict[tuple[int, int], int] = {}
        self._open: dict[int, Span] = {}
        # A stage's priority may be told before its job.
        self._levels: dict[int, list[tuple[int, int]]] = {}
        self._handlers: Mapping[str, Callable[[Event], None]] = {
            "SparkListenerLogStart": self._log_started,
            "SparkListenerEnvironmentUpdate": self._environment,
            "SparkListenerApplicationStart": self._application_started,
            "SparkListenerApplicationEnd": self._application_ended,
            "SparkListenerExecutorAdded": self._executor_added,
            "SparkListenerExecutorRemoved": self._executor_removed,
            "SparkListenerJobStart": self._job_started,
            "SparkListenerJobEnd": self._job_ended,
            "SparkListenerStageSubmitted": self._stage_submitted,
            "SparkListenerTaskStart": self._task_started,
            "SparkListenerTaskEnd": self._task_ended,
            _QUERY_STARTED: self._query_started,
            SUMMARY: self._summary,
            SETTINGS: self._settings,
        }

    def read(self, event: Event) -> None:
        handler = self._handlers.get(event["Event"])
        if handler is not None:
            handler(event)
        for single in single_events(event):
            self.application.is_of_neptune = True
            if single["Event"] == SUSPENDED:
                self._suspended(single)
            elif single["Event"] == RESUMED:
                self._resumed(single["taskId"], single["time"], single.get("reason", ""))

    def finished(self) -> Application:
        """Return what was told.

        A summary comes later than the end of the tasks that it tells of. So only now it is clear
        which tasks ended while they were suspended without a word of Neptune's.
        """
        for task_id, span in list(self._open.items()):
            if span.task.ended_ms is not None:
                self._resumed(task_id, span.task.ended_ms, ENDED)
        return self.application

    def _at(self, time_ms: int) -> int:
        self.application.last_ms = max(self.application.last_ms, time_ms)
        return time_ms

    def _log_started(self, event: Event) -> None:
        self.application.spark_version = event.get("Spark Version", "")

    def _environment(self, event: Event) -> None:
        properties = event.get("Spark Properties", {})
        self._cores_per_task = float(properties.get("spark.task.cpus", 1))

    def _application_started(self, event: Event) -> None:
        app = self.application
        app.name, app.user = event.get("App Name", ""), event.get("User", "")
        app.app_id = event.get("App ID") or ""
        app.started_ms = self._at(event["Timestamp"])

    def _application_ended(self, event: Event) -> None:
        self.application.ended_ms = self._at(event["Timestamp"])

    def _executor_added(self, event: Event) -> None:
        executor_id, info = event["Executor ID"], event["Executor Info"]
        self.application.executors[executor_id] = Executor(
            executor_id, info.get("Host", ""), info["Total Cores"], self._at(event["Timestamp"])
        )

    def _executor_removed(self, event: Event) -> None:
        executor = self.application.executors.get(event["Executor ID"])
        if executor is not None:
            executor.removed_ms = self._at(event["Timestamp"])

    def _job_started(self, event: Event) -> None:
        app, job_id = self.application, event["Job ID"]
        properties = event.get("Properties") or {}
        infos = sorted(event.get("Stage Infos", []), key=lambda info: info["Stage ID"])
        # The last stage is named after the action.
        name = infos[-1]["Stage Name"] if infos else ""
        app.jobs[job_id] = LoggedJob(
            job_id,
            properties.get("spark.job.description") or name,
            properties.get(_QUERY),
            self._at(event["Submission Time"]),
        )
        if _QUERY in properties:
            app.jobs_of_queries[properties[_QUERY]] += 1
        for info in infos:
            stage_id = info["Stage ID"]
            if stage_id not in app.stages:
                app.stages[stage_id] = Stage(
                    stage_id, job_id, info["Stage Name"], self._levels.setdefault(stage_id, [])
                )

    def _job_ended(self, event: Event) -> None:
        job = self.application.jobs.get(event["Job ID"])
        if job is not None:
            job.ended_ms = self._at(event["Completion Time"])

    def _stage_submitted(self, event: Event) -> None:
        info = event["Stage Info"]
        stage = self.application.stages.get(info["Stage ID"])
        if stage is not None:
            stage.tasks = info.get("Number of Tasks", 0)
        if info.get("Submission Time") is not None:
            attempt = (info["Stage ID"], info["Stage Attempt ID"])
            self._submitted_ms[attempt] = self._at(info["Submission Time"])

    def _task_started(self, event: Event) -> None:
        info, stage_id = event["Task Info"], event["Stage ID"]
        launched_ms = self._at(info["Launch Time"])
        self.application.tasks[info["Task ID"]] = LoggedTask(
            info["Task ID"], stage_id, info["Executor ID"], launched_ms
        )
        submitted_ms = self._submitted_ms.pop((stage_id, event["Stage Attempt ID"]), None)
        if submitted_ms is not None:
            wait_s = max(0, launched_ms - submitted_ms) / 1e3
            self.application.waits.append((stage_id, launched_ms, wait_s))

    def _task_ended(self, event: Event) -> None:
        task = self.application.tasks.get(event["Task Info"]["Task ID"])
        if task is not None:
            task.ended_ms = self._at(event["Task Info"]["Finish Time"])

    def _query_started(self, event: Event) -> None:
        self.application.queries[event["id"]] = event.get("name") or ""

    def _suspended(self, event: Event) -> None:
        task = self.application.tasks.get(event["taskId"])
        began_ms = self._at(event["time"])
        if task is None:
            # Its launch may be in a part of a rolling log that is gone.
            task = LoggedTask(event["taskId"], event["stageId"], event["executorId"], began_ms)
            self.application.tasks[task.task_id] = task
        self._prioritized(task.stage_id, event["priority"], began_ms)
        if task.task_id in self._open:
            return
        since_ms = task.launched_ms
        if task.spans and task.spans[-1].ended_ms is not None:
            since_ms = task.spans[-1].ended_ms
        # An earlier version does not tell what the task had computed, nor for whom it was.
        kept_core_ms = event.get("ranCoreMs", (began_ms - since_ms) * self._cores_per_task)
        for_stage_id = event.get("forStageId", -1)
        is_known = not event["manual"] and for_stage_id >= 0
        span = Span(
            task,
            event["priority"],
            began_ms,
            event["manual"],
            for_stage_id if is_known else None,
            event.get("forLimit", ""),
            max(0, kept_core_ms) / 1e3,
        )
        if is_known and self.application.priority_of(for_stage_id) is None:
            self._prioritized(for_stage_id, event["forPriority"], began_ms)
        task.spans.append(span)
        self.application.spans.append(span)
        self._open[task.task_id] = span

    def _resumed(self, task_id: int, time_ms: int, reason: str) -> None:
        span = self._open.pop(task_id, None)
        if span is not None:
            span.ended_ms, span.reason = self._at(time_ms), reason

    def _prioritized(self, stage_id: int, priority: int, since_ms: int) -> None:
        # A suspension's own word may come before that of the stage, and says no more then.
        if self.application.priority_of(stage_id, since_ms) != priority:
            levels = self._levels.setdefault(stage_id, [])
            levels.append((since_ms, priority))
            levels.sort(key=lambda level: level[0])

    def _summary(self, event: Event) -> None:
        app = self.application
        app.is_of_neptune = True
        self._at(event["time"])
        stages = zip(event["stageId"], event["stagePriority"])
        # An earlier version does not tell when.
        ago_ms = event.get("stageAgoMs") or [0] * len(event["stageId"])
        for (stage_id, priority), ago in zip(stages, ago_ms):
            self._prioritized(stage_id, priority, event["time"] - ago)
        app.decisions.extend(event["decisions"])
        more = max(0, len(app.decisions) - DECISIONS_KEPT)
        del app.decisions[:more]
        app.decisions_left_out += event["decisionsLeftOut"] + more
        if event["statistics"]:
            app.statistics = json.loads(event["statistics"])

    def _settings(self, event: Event) -> None:
        self.application.is_of_neptune = True
        self.application.settings = list(zip(event["key"], event["value"], event["isSet"]))
