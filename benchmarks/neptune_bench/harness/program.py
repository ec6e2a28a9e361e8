"""How a benchmark ends: with a status, and when it fails with one sentence."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from types import FrameType


class BenchmarkError(Exception):
    """The benchmark cannot go on; the message is one sentence for the user."""


def missing(what: str, *packages: str) -> BenchmarkError:
    """Return the error of packages that are not installed; `what` says who needs them."""
    words = " ".join(packages)
    return BenchmarkError(f"{what}: run '{sys.executable} -m pip install {words}'.")


class Ended(BaseException):
    """A signal ends the benchmark; no error, so that nothing but `run` catches it."""

    def __init__(self, number: signal.Signals) -> None:
        super().__init__(number)
        self.number = number


WORDS = {
    signal.SIGINT: "interrupted",
    signal.SIGTERM: "terminated",
    signal.SIGHUP: "terminated, since its terminal is gone",
}
"""The signals that end a benchmark, and what it says then."""


class _Signals:
    """What has become of those signals. Only the main thread, where they are handled, is here.

    Invariant: `Ended` is raised once at most, since what it starts is the cleaning up, which
    nothing must break; and never while something is `unbroken`.
    """

    def __init__(self) -> None:
        self.came: signal.Signals | None = None
        self._is_raised = False
        self._unbroken = 0

    def handle(self, number: int, _frame: FrameType | None) -> None:
        """Take in a signal."""
        self.came = self.came or signal.Signals(number)
        self._raise()

    def enter(self) -> None:
        """Begin what must not be broken."""
        self._unbroken += 1

    def leave(self) -> None:
        """End it, and the benchmark, if a signal came meanwhile."""
        self._unbroken -= 1
        self._raise()

    def _raise(self) -> None:
        if self.came is not None and not self._is_raised and self._unbroken == 0:
            self._is_raised = True
            raise Ended(self.came)


_signals = _Signals()


@contextmanager
def unbroken() -> Iterator[None]:
    """Put off the end by a signal: what is started within is known to who must stop it."""
    _signals.enter()
    try:
        yield
    finally:
        _signals.leave()


def run(name: str, act: Callable[[], None]) -> int:
    """Run the program `name`, that is `act`; return its exit status.

    A failure goes to stderr. A signal of `WORDS` ends it when it has cleaned up; the status is then
    what a shell says of a program that died of it.
    """
    try:
        with _handled():
            act()
    except BenchmarkError as error:
        print(f"\n{name}: {error}", file=sys.stderr)
        return 1
    except Ended as ended:
        # There may be no terminal any more.
        with contextlib.suppress(OSError):
            print(f"\n{name}: {WORDS[ended.number]}", file=sys.stderr)
        return 128 + ended.number
    return 0


@contextmanager
def _handled() -> Iterator[None]:
    """Handle the signals, but those that whoever started us wants ignored (nohup does)."""
    global _signals
    _signals = _Signals()
    before = {
        number: signal.signal(number, _signals.handle)
        for number in WORDS
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def positive(text: str) -> float:
    """Return a positive number that a word stands for."""
    value = float(text)
    # Not a number is not, either.
    if not value > 0:
        raise argparse.ArgumentTypeError(f"it must be positive, not {value:g}")
    return value


def count(text: str) -> int:
    """Return a positive integer that a word stands for."""
    value = int(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"it must be positive, not {value}")
    return value


def chosen(text: str, kind: str, known: Collection[str]) -> tuple[str, ...]:
    """Return the names in a comma-separated list, each once.

    Raises:
        ArgumentTypeError: if one is not `known`; it says what `kind` of thing that is.
    """
    names = tuple(name.strip() for name in text.split(","))
    unknown = [name for name in names if name not in known]
    if unknown:
        raise argparse.ArgumentTypeError(
            f"unknown {kind} {unknown[0]!r}: choose from {', '.join(known)}"
        )
    return tuple(dict.fromkeys(names))
