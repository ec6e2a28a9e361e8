"""What an executor that was killed has left of its socket is deleted by its process controller."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from neptune_spark.controller import sockets
from tests.unit.worker.fake_executor import ROOT

#: Makes the directory of a socket, as an executor does, and starts its controller. Says which that
#: is when both are there, and does then what it is told.
EXECUTOR = """
import fcntl, subprocess, sys, tempfile
from pathlib import Path
directory = Path(tempfile.mkdtemp(prefix="neptune-ctl-", dir="/tmp"))
lock = (directory / "lock").open("w")
fcntl.lockf(lock, fcntl.LOCK_EX)
(directory / "control.sock").touch()
program = "from neptune_spark.controller.main import main; main()"
pipe = subprocess.PIPE
controller = subprocess.Popen([sys.executable, "-c", program], stdin=pipe, stdout=pipe)
assert controller.stdout.readline() == b"ready\\n"
print(controller.pid, directory, flush=True)
sys.stdin.readline()
controller.stdin.close()
print(controller.wait(), flush=True)
sys.stdin.readline()
"""

#: Holds a lock until it is told.
HOLDER = """
import fcntl, sys
file = open(sys.argv[1], "w")
fcntl.lockf(file, fcntl.LOCK_EX)
print(flush=True)
input()
"""


def made(parent: Path, name: str, mode: int = 0o700) -> Path:
    directory = parent / f"{sockets.PREFIX}{name}"
    directory.mkdir()
    directory.chmod(mode)
    (directory / sockets.LOCK).touch()
    (directory / sockets.SOCKET).touch()
    return directory


def test_only_what_nobody_holds_is_deleted(tmp_path: Path) -> None:
    left, others = made(tmp_path, "left"), made(tmp_path, "others", 0o755)
    with_more = made(tmp_path, "more")
    (with_more / "more").touch()
    elsewhere = made(Path(tempfile.mkdtemp(dir=tmp_path)), "elsewhere")
    link = tmp_path / f"{sockets.PREFIX}link"
    link.symlink_to(elsewhere)
    held = made(tmp_path, "held")
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, held / sockets.LOCK],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        sockets.sweep([str(tmp_path), "/nowhere"])
        holder.communicate(b"\n")
    assert not left.exists()
    assert all(each.exists() for each in (others, with_more, elsewhere, link, held))
    sockets.sweep([str(tmp_path)])
    assert not held.exists()


@pytest.fixture
def executor() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", EXECUTOR],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        yield process
        process.kill()


def test_a_killed_executor(executor: subprocess.Popen[str]) -> None:
    assert executor.stdout is not None
    controller, directory = executor.stdout.readline().split()
    running = psutil.Process(int(controller))
    assert Path(directory).exists()
    executor.send_signal(signal.SIGKILL)
    running.wait(60)
    assert not Path(directory).exists()


def test_an_executor_that_only_stops(executor: subprocess.Popen[str]) -> None:
    """It deletes itself what it has made."""
    assert executor.stdout is not None and executor.stdin is not None
    _, directory = executor.stdout.readline().split()
    executor.stdin.write("\n")
    executor.stdin.flush()
    assert executor.stdout.readline() == "0\n"
    assert Path(directory).exists()
    executor.kill()
    executor.wait()
    sockets.sweep([str(Path(directory).parent)])
    assert not Path(directory).exists()
