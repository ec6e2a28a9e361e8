"""A program that ends with whoever started it, whatever ends that."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from neptune_bench.harness import keeper, servers

PROCESSOR = str(min(os.sched_getaffinity(0)))
# It says where it runs, once it would take notice of a signal; and it ends by one only.
PROGRAM = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, {action})
print(os.getpid(), *os.sched_getaffinity(0), flush=True)
while True:
    time.sleep(60)
"""
SOON = """
import sys
from neptune_bench.harness import keeper
keeper.STOP_S = 0.1
sys.exit(keeper.main(sys.argv[1:]))
"""
ENDS = "lambda *_: sys.exit(3)"


@contextmanager
def kept(
    action: str, run: Sequence[str] = (keeper.__file__,)
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    command = [sys.executable, *run, PROCESSOR]
    program = [sys.executable, "-c", PROGRAM.format(action=action)]
    with subprocess.Popen(
        [*command, *program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        pid, *processors = process.stdout.readline().split()
        assert processors == [PROCESSOR]
        try:
            yield process, int(pid)
        finally:
            process.kill()


def gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def test_it_ends_when_the_starter_is_gone() -> None:
    with kept(ENDS) as (process, pid):
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(60) == 3
        assert gone(pid)


def test_it_ends_by_a_signal() -> None:
    with kept(ENDS) as (process, pid):
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 3
        assert gone(pid)


def test_it_is_killed_where_it_does_not_end() -> None:
    assert keeper.STOP_S < servers.STOP_S
    with kept("signal.SIG_IGN", ("-c", SOON)) as (process, pid):
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 128 + signal.SIGKILL
        assert gone(pid)


@pytest.mark.parametrize("status", [0, 5])
def test_its_own_end_is_the_keepers(status: int) -> None:
    command = [sys.executable, keeper.__file__, PROCESSOR]
    program = [sys.executable, "-c", f"raise SystemExit({status})"]
    with subprocess.Popen([*command, *program], stdin=subprocess.PIPE) as process:
        assert process.wait(60) == status
