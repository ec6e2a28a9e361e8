"""Tries whether this machine permits what an executor, its Python workers and we do to one another.

`neptune-spark doctor` runs it with the interpreter of the workers. It says one line of JSON for
each thing it has tried: `name`, `permitted`, and `text`, a sentence that names the remedy if it is
not.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence

import psutil  # type: ignore[import-untyped,unused-ignore]  # psutil ships no types

from neptune_spark.controller import process_tree, sockets, stopping, usage
from neptune_spark.controller.niceness import Niceness
from neptune_spark.worker.channel import Channel
from neptune_spark.worker.errors import ChannelLost
from neptune_spark.worker.messages import FRAME_BYTES

_LIMIT_S = 10.0
_LOOK_S = 0.001
_CHILD = "import sys; print(flush=True); sys.stdin.read()"
# An executor's directory has a longer name than mkdtemp makes, by some digits.
_TOKEN = "0" * 64
_PREFIX = sockets.PREFIX + "0" * 12


class _NotPermitted(Exception):
    """The message says what is not, and what to do."""


def _loopback() -> str:
    """Connect to a port as a worker does to its executor's, where Java has no Unix sockets."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as server:
            server.bind(("127.0.0.1", 0))
            host, port = server.getsockname()
            _connect(server, f"tcp://{_TOKEN}@{host}:{port}", len(_TOKEN) + FRAME_BYTES)
    except (OSError, ChannelLost) as e:
        raise _NotPermitted(
            f"a port on 127.0.0.1 can't be opened and connected to ({e}): permit connections on "
            "the loopback interface."
        ) from e
    return "a port on 127.0.0.1 can be opened and connected to"


def _unix(local: Sequence[str]) -> str:
    """Connect to a socket as a worker does to its executor's."""
    problems = []
    for parent in sockets.parents(local):
        try:
            path = _connected_in(parent)
        except (OSError, ChannelLost) as e:
            # An error of the system's own has the path in its text once more.
            problems.append(f"{parent}: {getattr(e, 'strerror', None) or e}")
        else:
            return f"a Unix socket can be created and connected to in {path}"
    raise _NotPermitted(
        f"no Unix socket can be created and connected to ({'; '.join(problems)}): set "
        "spark.local.dir to a writable directory whose path has less than 60 bytes, or make /tmp "
        "writable."
    )


def _connected_in(parent: str) -> str:
    directory = tempfile.mkdtemp(prefix=_PREFIX, dir=parent)
    try:
        path = os.path.join(directory, "control.sock")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
            server.bind(path)
            _connect(server, path, FRAME_BYTES)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return parent


def _connect(server: socket.socket, address: str, awaited_bytes: int) -> None:
    server.listen()
    worker = Channel.open(address)
    try:
        connection, _ = server.accept()
        with connection:
            connection.settimeout(_LIMIT_S)
            if len(connection.recv(awaited_bytes, socket.MSG_WAITALL)) != awaited_bytes:
                raise OSError("what was sent did not arrive")
    finally:
        worker.close()


def _proc(child: subprocess.Popen[bytes]) -> str:
    """Read of another process of this user's what we read of workers."""
    pid = child.pid
    if _is_of_another_namespace():
        raise _NotPermitted(
            "/proc belongs to another PID namespace, so that not even Spark can start Python "
            "workers: mount this one's (`unshare --mount-proc`, `mount -t proc proc /proc`)."
        )
    remedy = (
        "mount /proc without hidepid for this user, and run on a Linux whose /proc is complete."
    )
    if process_tree.stat(pid) is None or not process_tree.threads(pid):
        raise _NotPermitted(f"/proc/{pid} of a process of this user cannot be read: {remedy}")
    if not process_tree.descends(pid, os.getpid()) or pid not in [
        process.pid for process in process_tree.of(os.getpid())
    ]:
        raise _NotPermitted(f"/proc does not show that process {pid} is our child: {remedy}")
    try:
        usage.of([psutil.Process(pid)])
        rss_bytes = psutil.Process(pid).memory_info().rss
    except process_tree.GONE as e:
        raise _NotPermitted(
            f"processor time and memory of process {pid} cannot be read ({e}): {remedy}"
        ) from e
    return (
        f"state, processor time and memory ({rss_bytes / 2**20:.0f} MiB) of a process can be read"
    )


def _is_of_another_namespace() -> bool:
    """Return whether /proc has our processes by other numbers than we know them by."""
    try:
        return os.readlink("/proc/self") != str(os.getpid())
    except OSError:
        return os.path.ismount("/proc")  # of one that has no process of ours


def _signals(child: subprocess.Popen[bytes]) -> str:
    """Stop and continue another process of this user's, as workers in C calls are."""
    if process_tree.stat(child.pid) is None:
        raise _NotPermitted("whether a process is stopped cannot be read: see /proc.")
    process = psutil.Process(child.pid)
    told: list[psutil.Process] = []
    stopping.stop(child.pid, told.extend)
    try:
        if not _wait_for_state(child.pid, stopped=True):
            raise _NotPermitted(
                "a process of this user could not be stopped by SIGSTOP: permit kill(2) between "
                "processes of one user (seccomp, AppArmor, SELinux)."
            )
    finally:
        stopping.resume(told or [process])
    if not _wait_for_state(child.pid, stopped=False):
        raise _NotPermitted(
            "a stopped process was not continued by SIGCONT: permit kill(2) between processes of "
            "one user (seccomp, AppArmor, SELinux)."
        )
    return "a process can be stopped and continued"


def _wait_for_state(pid: int, stopped: bool) -> bool:
    end_s = time.monotonic() + _LIMIT_S
    while time.monotonic() < end_s:
        found = process_tree.stat(pid)
        if found is not None and (found.state in "Tt") == stopped:
            return True
        time.sleep(_LOOK_S)
    return False


def _niceness() -> str:
    limit = resource.getrlimit(resource.RLIMIT_NICE)[0] if hasattr(resource, "RLIMIT_NICE") else 0
    if Niceness(os.getpid()).may_be_changed():
        return "the niceness of threads can be raised and lowered again"
    raise _NotPermitted(
        f"the niceness of threads cannot be lowered again (RLIMIT_NICE is {limit}, and there is no "
        "CAP_SYS_NICE): processors do not prefer tasks of higher priority"
    )


@contextlib.contextmanager
def _child() -> Iterator[subprocess.Popen[bytes]]:
    """Start a process that does nothing until it is ended."""
    with subprocess.Popen(
        [sys.executable, "-c", _CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process
        finally:
            # It may still be stopped.
            process.kill()


def main(kind: str, local: Sequence[str]) -> None:
    """Try everything, and say what came of it.

    Parameters
    ----------
    kind : str
        What an executor's control socket is: "loopback", or "unix", in the place of which it makes
        do with a port.
    local : Sequence[str]
        Spark's own local directories.
    """
    with _child() as child:
        trials = {
            "sockets": _loopback if kind == "loopback" else lambda: _unix(local),
            "processes": lambda: _proc(child),
            "signals": lambda: _signals(child),
            "niceness": _niceness,
        }
        for name, trial in trials.items():
            if not _try(name, trial) and (name, kind) == ("sockets", "unix"):
                _try("port", _loopback)


def _try(name: str, trial: Callable[[], str]) -> bool:
    """Try one thing, say what came of it, and return whether it is permitted."""
    try:
        permitted, text = True, trial()
    except _NotPermitted as e:
        permitted, text = False, str(e)
    except Exception as e:
        permitted, text = False, f"{type(e).__name__}: {e}"
    print(json.dumps({"name": name, "permitted": permitted, "text": text}), flush=True)
    return permitted
