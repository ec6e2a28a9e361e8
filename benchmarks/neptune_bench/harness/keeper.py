"""Runs a program on some processors, and ends it when whoever started it has gone.

Run as ``python keeper.py PROCESSORS COMMAND...`` where PROCESSORS is a comma-separated list. Its
standard input is a pipe that nobody writes to: it closes when the other side ends, even by SIGKILL.
It imports nothing but the standard library, so that it starts at once and stays small.
"""

import os
import select
import signal
import subprocess
import sys

STOP_S = 5.0
"""Less than what `servers.stop` waits for this process."""


def keep(command: list[str]) -> int:
    """Run `command` until it ends, or until SIGTERM or the end of the standard input.

    Returns:
        Its exit status, as a shell has it.
    """
    asked: list[int] = []
    heard, wakes = os.pipe()
    os.set_blocking(wakes, False)
    signal.set_wakeup_fd(wakes)
    signal.signal(signal.SIGTERM, lambda number, _: asked.append(number))
    signal.signal(signal.SIGCHLD, lambda *_: None)
    kept = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    while kept.poll() is None and not asked:
        ready, _, _ = select.select([sys.stdin, heard], [], [])
        if sys.stdin in ready:
            break
        os.read(heard, 1)
    kept.terminate()
    try:
        status = kept.wait(STOP_S)
    except subprocess.TimeoutExpired:
        kept.kill()
        status = kept.wait()
    return status if status >= 0 else 128 - status


def main(arguments: list[str]) -> int:
    """Run as the `arguments` say (see the module's docstring)."""
    processors, *command = arguments
    os.sched_setaffinity(0, {int(word) for word in processors.split(",")})
    return keep(command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
