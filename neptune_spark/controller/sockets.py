"""Deletes what an executor that was killed has left of its control socket.

Its own directories are deleted by Spark or by the cluster, and others by the next executor on the
machine; but there may be no next one. What is deleted is what `SocketDirectory` makes: see
SocketDirectory.scala.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import time
from collections.abc import Iterable
from pathlib import Path

PREFIX = "neptune-ctl-"
LOCK = "lock"
SOCKET = "control.sock"

_DEATH_LIMIT_S = 1.0
_LOOK_S = 0.01


def parents(local: Iterable[str] = ()) -> list[str]:
    """Return where an executor makes the directory of its control socket, the best first.

    As `SocketDirectory.candidates` has it; tests/jvm/test_doctor_contracts.py compares the two.

    Parameters
    ----------
    local : Iterable[str], optional
        Spark's own local directories.
    """
    others = ["/tmp", "/var/tmp", "/dev/shm", os.environ.get("XDG_RUNTIME_DIR", "")]
    named = [*local, *filter(None, others), f"/run/user/{os.getuid()}"]
    distinct = list(dict.fromkeys(os.path.abspath(path) for path in named))
    return sorted(distinct, key=lambda path: not path.isascii())


def sweep_after(executor: int) -> None:
    """Delete what is left once the executor is dead; nothing if it lives on, as after a stop.

    Parameters
    ----------
    executor : int
        Process id of the executor, our parent.
    """
    # Its files are closed a moment before it is gone.
    end_s = time.monotonic() + _DEATH_LIMIT_S
    while os.getppid() == executor and time.monotonic() < end_s:
        time.sleep(_LOOK_S)
    if os.getppid() != executor:
        sweep(parents())


def sweep(directories: Iterable[str]) -> None:
    """Delete from directories what processes of this user have left that are no more."""
    for directory in directories:
        for path in Path(directory).glob(f"{PREFIX}*"):
            with contextlib.suppress(OSError):
                if _is_left(path):
                    for file in (path / SOCKET, path / LOCK):
                        with contextlib.suppress(FileNotFoundError):
                            file.unlink()
                    path.rmdir()


def _is_left(path: Path) -> bool:
    """Return whether it is a directory of ours whose lock nobody holds."""
    found = path.lstat()
    mine = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
    if not mine or stat.S_IMODE(found.st_mode) != 0o700:
        return False
    # As java.nio.channels.FileLock has it.
    file = os.open(path / LOCK, os.O_WRONLY | os.O_NOFOLLOW)
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(file)
    return True
