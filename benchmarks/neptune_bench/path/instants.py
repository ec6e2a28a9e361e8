"""Notes of instants, and how they become the steps of one job. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

SUBMITTED: Final = "submitted"
OFFERED: Final = "offered"
DECIDED: Final = "decided"
REQUESTED: Final = "requested"
RECEIVED: Final = "received"
STOPPED: Final = "stopped"
ACKNOWLEDGED: Final = "acknowledged"
LAUNCHED: Final = "launched"
STARTED: Final = "started"
RELEASED: Final = "released"
"""What is noted, as `time/Instants.scala` has it."""

FIRST_OFFER: Final = "first offer"
OFFER: Final = "offer"
FIRST_RECORD: Final = "first record"

STEPS: Final = {
    FIRST_OFFER: "task set submitted → round of offers",
    DECIDED: "→ victim chosen",
    REQUESTED: "→ request sent",
    RECEIVED: "→ received by the executor",
    STOPPED: "→ task stopped",
    ACKNOWLEDGED: "→ acknowledged by the driver",
    OFFER: "→ round of offers",
    LAUNCHED: "→ task launched",
    STARTED: "→ task starts on the executor",
    RELEASED: "→ the other task has stopped",
    FIRST_RECORD: "→ first record",
}
"""All steps, in their order, each by the instant that ends it."""
UNPREEMPTED: Final = (OFFER, LAUNCHED, STARTED, FIRST_RECORD)
"""Those of a job for which nobody is suspended; the first begins with the submission."""
HANDED_OVER: Final = (FIRST_OFFER, DECIDED, LAUNCHED, STARTED, RELEASED, FIRST_RECORD)
"""Those of a job whose task is launched together with the request to suspend another."""
ANSWERED_FIRST: Final = tuple(name for name in STEPS if name != RELEASED)
"""Those of one whose task is launched when the driver knows that the other has stopped."""
ANSWER: Final = (REQUESTED, RECEIVED, STOPPED, ACKNOWLEDGED)


class Note(NamedTuple):
    """What happened, to which stage or task, and when, in nanoseconds."""

    what: str
    id: int
    ns: int


@dataclass(frozen=True)
class Job:
    """What the application knows of one of its jobs, in nanoseconds.

    Args:
        asked: when it called the action.
        first: when the task took its first record.
        done: when it had the answer.
    """

    asked: int
    first: int
    done: int


@dataclass(frozen=True)
class Path:
    """The path of one job, in milliseconds.

    Args:
        ahead_ms: from the call of the action to the submission of its task set.
        steps_ms: of each step.
    """

    ahead_ms: float
    steps_ms: Mapping[str, float]

    @property
    def total_ms(self) -> float:
        """From the submission to the first record."""
        return sum(self.steps_ms.values())


def parsed(text: str) -> list[Note]:
    """Return what was noted in a JVM, from lines of what, id and nanoseconds."""
    rows = (line.split(" ") for line in text.splitlines())
    return [Note(what, int(number), int(ns)) for what, number, ns in rows]


def paths(
    jobs: Sequence[Job], notes: Iterable[Note], steps: Sequence[str]
) -> tuple[list[Path], int]:
    """Return the paths of those jobs that went as they should, and how many did not.

    Args:
        jobs: one after the other, not at the same time.
        notes: of all JVMs.
        steps: those that each job should have.
    """
    ordered = sorted(notes, key=lambda note: note.ns)
    found, begin = [], 0
    for job in jobs:
        while begin < len(ordered) and ordered[begin].ns < job.asked:
            begin += 1
        end = begin
        while end < len(ordered) and ordered[end].ns <= job.done:
            end += 1
        found.append(_path(job, ordered[begin:end], steps))
    sound = [path for path in found if path is not None]
    return sound, len(found) - len(sound)


def _path(job: Job, notes: Sequence[Note], steps: Sequence[str]) -> Path | None:
    """Return the path of a job, of the notes that were made meanwhile; None if it has another."""
    submitted = _first(notes, SUBMITTED)
    launches = [note for note in notes if note.what == LAUNCHED]
    if submitted is None or len(launches) != 1:
        return None
    (launched,) = launches
    ends = {LAUNCHED: launched.ns, FIRST_RECORD: job.first}
    ends[OFFER] = max((n.ns for n in notes if n.what == OFFERED and n.ns < launched.ns), default=0)
    for what in (STARTED, RELEASED):
        note = _first(notes, what, launched.id)
        if note is not None:
            ends[what] = note.ns
    decided = _first(notes, DECIDED)
    if (decided is None) != (DECIDED not in steps) or (RELEASED in ends) != (RELEASED in steps):
        return None
    if decided is not None:
        ends[DECIDED] = decided.ns
        ends[FIRST_OFFER] = max(
            (n.ns for n in notes if n.what == OFFERED and n.ns < decided.ns), default=0
        )
        for what in ANSWER:
            # An answer to what was asked earlier comes before the task has stopped.
            since = ends.get(STOPPED, 0) if what == ACKNOWLEDGED else decided.ns
            note = _first([n for n in notes if n.ns >= since], what, decided.id)
            if note is not None:
                ends[what] = note.ns
    if not ends.keys() >= set(steps):
        return None
    moments = [submitted.ns, *(ends[name] for name in steps)]
    lengths = [(after - before) / 1e6 for before, after in pairwise(moments)]
    if min(lengths) < 0:
        return None
    ahead_ms = (submitted.ns - job.asked) / 1e6
    return Path(ahead_ms, dict(zip(steps, lengths, strict=True)))


def _first(notes: Sequence[Note], what: str, number: int | None = None) -> Note | None:
    return next((n for n in notes if n.what == what and number in (None, n.id)), None)
