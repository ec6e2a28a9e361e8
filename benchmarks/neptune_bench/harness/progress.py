"""Progress on stderr: a bar that redraws itself on a terminal, else one line per stage."""

from __future__ import annotations

import sys
import time
from typing import TextIO

WIDTH = 24
LINE_EVERY_S = 10.0


def bar(done: float) -> str:
    """Return a bar for `done` between 0 and 1."""
    filled = round(max(0.0, min(1.0, done)) * WIDTH)
    return "#" * filled + "." * (WIDTH - filled)


def describe(state: dict[str, object]) -> str:
    """Return one line for a run's `state`: its stage, and how far each of its sides is (0 to 1)."""
    parts = [str(state["stage"])]
    for side, done in state.items():
        if side != "stage" and isinstance(done, int | float):
            parts.append(f"{side} [{bar(done)}] {done:4.0%}")
    return "  ".join(parts)


class Progress:
    """One stage after the other; each line says what and for how long.

    Args:
        out: where to; stderr unless given.
    """

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = sys.stderr if out is None else out
        self._redraws = self._out.isatty()
        self._title = ""
        self._began = self._shown = 0.0
        self._last = ""

    def start(self, title: str) -> None:
        """Begin the stage `title`."""
        self._title, self._began, self._last = title, time.monotonic(), ""
        self.update({"stage": "…"})

    def update(self, state: dict[str, object]) -> None:
        """Show the stage's `state` (see `describe`); repeated states show now and then."""
        now = time.monotonic()
        stage = str(state["stage"])
        if self._redraws:
            self._write(describe(state), end="")
        elif stage != self._last or now - self._shown > LINE_EVERY_S:
            self._write(describe(state), end="\n")
            self._shown = now
        self._last = stage

    def finish(self, note: str = "done") -> None:
        """End the stage with a `note`."""
        self._write(note, end="\n")

    def _write(self, text: str, end: str) -> None:
        elapsed = time.monotonic() - self._began
        clear = "\r\x1b[2K" if self._redraws else ""
        self._out.write(f"{clear}{self._title:<22} {elapsed:5.1f} s  {text}{end}")
        self._out.flush()
