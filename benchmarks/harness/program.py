"""How a benchmark ends: with a status, and when it fails with one sentence."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Collection


class BenchmarkError(Exception):
    """The benchmark cannot go on; the message is one sentence for the user."""


def run(name: str, act: Callable[[], None]) -> int:
    """Run the program `name`, that is `act`; return its exit status.

    A failure goes to stderr. SIGTERM ends it like an interruption, so that it can clean up.
    """
    signal.signal(signal.SIGTERM, _terminate)
    try:
        act()
    except BenchmarkError as error:
        print(f"\n{name}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\n{name}: interrupted", file=sys.stderr)
        return 130
    return 0


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


def _terminate(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)
