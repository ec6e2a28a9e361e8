"""How a benchmark ends: with a status, and when it fails with one sentence."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable


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


def _terminate(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)
