"""What a check is, how a list of them is run, and how its findings are printed."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

from neptune_spark._errors import NeptuneError

T = TypeVar("T")

_LEAST_COLUMNS, _MOST_COLUMNS = 80, 100


class Status(Enum):
    """What became of a check, as it is printed."""

    OK = "ok"
    #: Neptune works, but something that a user may count on does not.
    NOTE = "note"
    FAILED = "FAILED"
    SKIPPED = "skipped"

    @property
    def passed(self) -> bool:
        """Whether what depends on the check can be checked."""
        return self in (Status.OK, Status.NOTE)


@dataclass(frozen=True)
class Note:
    """What a check found that is no failure, and yet worth a remedy.

    Attributes
    ----------
    text : str
        What was found.
    remedy : str
        What to do about it, for those who want to.
    """

    text: str
    remedy: str


class Failed(Exception):
    """A check failed.

    Parameters
    ----------
    text : str
        What is wrong.
    remedy : str, optional
        What to do; empty when `text` says so.
    """

    def __init__(self, text: str, remedy: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.remedy = remedy


class Skipped(Exception):
    """A check cannot be made here, or is not wanted; the message says why."""


@dataclass(frozen=True)
class Check(Generic[T]):
    """One check.

    Attributes
    ----------
    name : str
        What is checked, in a word or two.
    run : Callable[[T], str | Note]
        Makes the check, and returns what it found. Raises Failed or a NeptuneError when it fails,
        Skipped when it can't be made.
    needs : Sequence[str]
        Names of the checks without which this one has no meaning.
    """

    name: str
    run: Callable[[T], str | Note]
    needs: Sequence[str] = ()


@dataclass(frozen=True)
class Outcome:
    """What became of one check.

    Attributes
    ----------
    status : Status
        What became of it.
    name : str
        The check's name.
    text : str
        What was found.
    remedy : str
        What to do about it; may be empty.
    """

    status: Status
    name: str
    text: str
    remedy: str = ""


def outcomes(checks: Iterable[Check[T]], subject: T) -> Iterator[Outcome]:
    """Make the checks in their order, and yield what becomes of each as soon as it is known."""
    passed: set[str] = set()
    for check in checks:
        missing = [name for name in check.needs if name not in passed]
        if missing:
            outcome = Outcome(Status.SKIPPED, check.name, f"(needs {', '.join(missing)})")
        else:
            outcome = _made(check, subject)
        if outcome.status.passed:
            passed.add(check.name)
        yield outcome


def _made(check: Check[T], subject: T) -> Outcome:
    try:
        found = check.run(subject)
    except Failed as e:
        return Outcome(Status.FAILED, check.name, e.text, e.remedy)
    except Skipped as e:
        return Outcome(Status.SKIPPED, check.name, f"({e})")
    except NeptuneError as e:
        return Outcome(Status.FAILED, check.name, str(e))
    except OSError as e:
        # A directory that may not be looked into, a program that does not start.
        return Outcome(Status.FAILED, check.name, f"{e}")
    except Exception as e:
        # The other checks are worth having.
        remedy = "Please report this, together with the other lines."
        return Outcome(Status.FAILED, check.name, f"the check itself failed: {e!r}", remedy)
    if isinstance(found, Note):
        return Outcome(Status.NOTE, check.name, found.text, found.remedy)
    return Outcome(Status.OK, check.name, found)


class Printed:
    """How outcomes look: aligned, one line each, what does not fit indented below.

    Parameters
    ----------
    names : Iterable[str]
        The names of all checks.
    columns : int
        How many the terminal has.
    """

    def __init__(self, names: Iterable[str], columns: int) -> None:
        self._name_width = max(map(len, names))
        self._columns = min(max(columns, _LEAST_COLUMNS), _MOST_COLUMNS)

    def lines(self, outcome: Outcome) -> list[str]:
        """Return the lines of one outcome."""
        head = f"{outcome.status.value:9}{outcome.name:{self._name_width}}  "
        if outcome.status is Status.OK:
            # One line, whatever a path's length: so it is easy to search and to compare.
            return [head + _one_line(outcome.text)]
        indent = " " * len(head)
        lines = self._wrapped(outcome.text, head, indent)
        return lines + self._wrapped(outcome.remedy, indent, indent)

    def _wrapped(self, text: str, first: str, indent: str) -> list[str]:
        return textwrap.wrap(
            _one_line(text),
            self._columns,
            initial_indent=first,
            subsequent_indent=indent,
            # Paths and URLs are to be copied.
            break_long_words=False,
            break_on_hyphens=False,
        )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def summary(statuses: Sequence[Status]) -> str:
    """Return the last line: whether all is well."""
    failed, skipped = statuses.count(Status.FAILED), statuses.count(Status.SKIPPED)
    left_out = f"; {skipped} skipped" if skipped else ""
    if failed:
        return f"{failed} of {len(statuses)} checks failed{left_out}."
    return f"All is well{left_out}."
