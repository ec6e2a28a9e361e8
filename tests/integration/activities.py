"""What a Python task may be busy with while it is suspended, each leaving traces in a directory.

Each activity is a function of that directory, which ends when the file `stop` is there, and returns
how far it came.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Callable

import psutil
from pyspark import SparkContext

import neptune_spark
from tests.integration.jobs import PATIENCE_S, eventually, in_background

Activity = Callable[[Path], int]

# Counts in a process of its own, as `count` does here.
COUNT_PROGRAM = """
import pathlib, sys
where = pathlib.Path(sys.argv[1])
n = 0
while not (where / "stop").exists():
    n += 1
    (where / "progress").write_text(str(n))
print(n)
"""

# Waits, once it is up.
WAIT_PROGRAM = """
import pathlib, sys, time
where = pathlib.Path(sys.argv[1])
(where / "progress").write_text("1")
while not (where / "stop").exists():
    time.sleep(0.05)
"""


def count(where: Path) -> int:
    """Pure Python."""
    n = 0
    while not (where / "stop").exists():
        n += 1
        (where / "progress").write_text(str(n))
    return n


def c_call(where: Path) -> int:
    """One call into C code that looks for no signals; it lasts for minutes, and no test waits."""
    (where / "progress").write_text("1")
    hashlib.pbkdf2_hmac("sha256", b"neptune", b"salt", 400_000_000)
    return 1


def c_call_beside_a_program(where: Path) -> int:
    """The same, while a program works that ends with its parent."""
    program = "import os\nwhile os.getppid() == PARENT: pass".replace("PARENT", str(os.getpid()))
    with subprocess.Popen([sys.executable, "-c", program]):
        return c_call(where)


def hashing(where: Path) -> int:
    """C calls one after the other, each of about a second, without the interpreter's lock."""
    rounds = 0
    while not (where / "stop").exists():
        rounds += 1
        (where / "progress").write_text(str(rounds))
        hashlib.pbkdf2_hmac("sha256", b"neptune", b"salt", 1_500_000)
    return rounds


def program(where: Path) -> int:
    """Waits for a program that works."""
    words = [sys.executable, "-c", COUNT_PROGRAM, str(where)]
    return int(subprocess.run(words, stdout=subprocess.PIPE, check=True).stdout)


def processes(where: Path) -> int:
    """Waits for a pool of processes."""
    import multiprocessing

    with multiprocessing.get_context("fork").Pool(1) as pool:
        return pool.apply(count, (where,))


def thread(where: Path) -> int:
    """Waits for a thread that works."""
    counted: list[int] = []
    worker = threading.Thread(target=lambda: counted.append(count(where)))
    worker.start()
    worker.join()
    return counted[0]


def sleeping(where: Path) -> int:
    """Sleeps, again and again."""
    n = 0
    while not (where / "stop").exists():
        n += 1
        (where / "progress").write_text(str(n))
        time.sleep(0.02)
    return n


def talking(where: Path) -> int:
    """Waits on a socket for a program that answers when it is asked."""
    ours, theirs = socket.socketpair()
    echo = "import socket, sys; s = socket.socket(fileno=int(sys.argv[1]))\n"
    echo += "while (data := s.recv(9)): s.sendall(data)"
    words = [sys.executable, "-c", echo, str(theirs.fileno())]
    with subprocess.Popen(words, pass_fds=(theirs.fileno(),)):
        theirs.close()
        n = 0
        with ours:
            while not (where / "stop").exists():
                n += 1
                (where / "progress").write_text(str(n))
                ours.sendall(b"word")
                assert ours.recv(9) == b"word"
    return n


def program_that_waits(where: Path) -> int:
    """Waits for a program that waits."""
    words = [sys.executable, "-c", WAIT_PROGRAM, str(where)]
    subprocess.run(words, check=True)
    return 1


def wait_in_c(where: Path) -> int:
    """Waits in C code that looks for no signals, until a thread ends that."""
    (where / "progress").write_text("1")
    libc = ctypes.CDLL(None)
    mutex = ctypes.create_string_buffer(256)  # far more than any libc needs

    def unlock() -> None:
        while not (where / "stop").exists():
            time.sleep(0.05)
        libc.pthread_mutex_unlock(mutex)

    libc.pthread_mutex_lock(mutex)
    unlocker = threading.Thread(target=unlock)
    unlocker.start()
    libc.pthread_mutex_lock(mutex)
    unlocker.join()
    return 1


def own_handler(where: Path) -> int:
    """Takes all signals for itself."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, lambda _number, _frame: None)
    return count(where)


def section(where: Path) -> int:
    """Counts in a section that must not be suspended, until told to leave it, then outside."""
    n = 0
    with neptune_spark.no_suspend():
        while not (where / "leave").exists():
            n += 1
            (where / "progress").write_text(str(n))
    (where / "left").touch()
    return count(where)


def cleaning_up(where: Path) -> int:
    """Leaves a trace when it is cancelled."""
    try:
        return count(where)
    except Exception:
        (where / "swallowed").touch()
        raise
    finally:
        (where / "cleaned-up").touch()


class Busy:
    """A job of one task that is busy with an activity."""

    def __init__(
        self, sc: SparkContext, where: Path, activity: Activity, group: str | None = None
    ) -> None:
        self._where = where

        def work(_: Iterable[Any]) -> Iterator[tuple[int, int]]:
            (where / f"pid-{os.getpid()}").touch()
            yield os.getpid(), activity(where)

        def submit() -> list[tuple[int, int]]:
            if group is not None:
                sc.setJobGroup(group, "a job that is cancelled", interruptOnCancel=True)
            return sc.parallelize([0], 1).mapPartitions(work).collect()

        self.result = in_background(neptune_spark.priority("low")(submit))
        eventually(lambda: self.progress() > 0 or self.result.done(), "the task did not start")

    def progress(self) -> int:
        try:
            return int((self._where / "progress").read_text() or 0)
        except FileNotFoundError:
            return 0

    def process(self) -> psutil.Process:
        """The last worker that ran the task."""
        marks = sorted(self._where.glob("pid-*"), key=lambda mark: mark.stat().st_mtime_ns)
        return psutil.Process(int(marks[-1].name[len("pid-") :]))

    def attempts(self) -> int:
        return len(list(self._where.glob("pid-*")))

    def goes_on(self) -> None:
        before = self.progress()
        eventually(lambda: self.progress() > before, "it does not go on")

    def finish(self) -> int:
        """Let it end; return how far it came."""
        (self._where / "stop").touch()
        ((_, came),) = self.result.result(PATIENCE_S)
        return int(came)
