"""Runs spark-submit to its end, and never leaves it behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from types import FrameType
from typing import NamedTuple

#: For how long it may run.
LIMIT_S = 300.0
#: For how long it may end by its own shutdown hooks.
END_LIMIT_S = 20.0
_LOOK_S = 0.1


class Submitted(NamedTuple):
    """What became of it.

    Attributes
    ----------
    code : int
        Its exit code; negative: the signal that ended it.
    out : str
        What it said on standard output: the application too.
    log : str
        The same on standard error.
    """

    code: int
    out: str
    log: str


def run(command: Sequence[str], environment: Mapping[str, str]) -> Submitted:
    """Run spark-submit.

    Raises
    ------
    KeyboardInterrupt, SystemExit
        After a signal that ends this process. It has ended before.
    """
    with _signals_noted() as noted:
        with subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            # A Ctrl-C is ours to handle, once.
            start_new_session=True,
        ) as process:
            said = _read(process, LIMIT_S, noted)
            if said is None:
                process.terminate()
                said = _read(process, END_LIMIT_S, noted, told_to_end=True)
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                said = said or process.communicate()
        if noted:
            raise KeyboardInterrupt if noted[0] == signal.SIGINT else SystemExit(128 + noted[0])
    return Submitted(process.returncode, *said)


def _read(
    process: subprocess.Popen[str],
    limit_s: float,
    noted: Sequence[int],
    told_to_end: bool = False,
) -> tuple[str, str] | None:
    """Return what it says until its end; None if that takes too long, or more signals come."""
    end_s = time.monotonic() + limit_s
    before = len(noted) if told_to_end else 0
    while time.monotonic() < end_s and len(noted) == before:
        try:
            return process.communicate(timeout=_LOOK_S)
        except subprocess.TimeoutExpired:
            # Something else may still hold the pipes.
            if told_to_end and process.poll() is not None:
                break
    return None


@contextlib.contextmanager
def _signals_noted() -> Iterator[list[int]]:
    """Note the signals that would end this process, and let nothing be cut short by them."""
    noted: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        noted.append(number)

    before = {}
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # What is ignored stays so: nohup means it that way.
        if signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, note)
    try:
        yield noted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
