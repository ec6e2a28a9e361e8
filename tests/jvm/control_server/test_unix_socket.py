"""Where the Unix socket of an executor is made, and what is left of it."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from neptune_spark.controller import sockets
from tests.jvm.control_server.servers import Executor, Serve, Start, eventually, has_unix_sockets


@has_unix_sockets
@pytest.mark.parametrize("name", ["x" * 100, "目录" * 16], ids=["characters", "bytes"])
def test_a_long_path_is_passed_over(start: Start, tmp_path: Path, name: str) -> None:
    long = tmp_path / name
    short = Path("/tmp")
    long.mkdir()
    server = start([long, tmp_path / "not there", short])
    assert server.path.parents[1] == short
    assert server.path.parent.stat().st_mode & 0o777 == 0o700
    assert not list(long.iterdir())
    with server.worker():
        eventually(lambda: server.workers == 1, "the worker is not connected")


@has_unix_sockets
def test_there_may_be_no_place_for_a_socket(
    executor: Executor, start: Start, tmp_path: Path
) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    server = start([tmp_path / "not there", long])
    assert server.it is None
    eventually(lambda: executor.said(f"; {long}: ") == 1, "nobody says where there is none")
    assert not list(long.iterdir())


@has_unix_sockets
def test_a_port_does_where_there_is_no_place(executor: Executor, serve: Serve) -> None:
    no_unix = executor.jvm.scala.util.Left("no Unix socket could be created: /full: no space")
    server = serve(executor.python.ControlSocket.orPort(no_unix))
    assert server.address.startswith("tcp://")
    with server.worker():
        eventually(lambda: server.workers == 1, "the worker is not connected")


@has_unix_sockets
def test_paths_in_ascii_are_preferred(executor: Executor) -> None:
    """Java and Python may encode others differently."""
    found = executor.python.SocketDirectory.candidates(executor.paths([Path("/目"), Path("/a")]))
    names = [found.apply(i).toString() for i in range(found.size())]
    assert names[0] == "/a" and names[-1] == "/目" and {"/tmp", "/dev/shm"} <= set(names)


@has_unix_sockets
def test_what_dead_executors_have_left_is_swept(start: Start, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    dead, alive, strange = (shared / f"neptune-ctl-{name}" for name in ("dead", "alive", "strange"))
    for directory in (dead, alive, strange):
        directory.mkdir(parents=True)
        directory.chmod(0o755 if directory == strange else 0o700)
        (directory / "lock").touch()
        (directory / "control.sock").touch()
    with (alive / "lock").open("w") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        first = start([Path("/tmp")], [shared, Path("/tmp")])
        eventually(lambda: not dead.exists(), "a dead executor's directory is still there")
        # Another one of this process does not sweep the first one, nor give up its lock.
        second = start([Path("/tmp")], [Path("/tmp")])
        with second.worker():
            eventually(lambda: second.workers == 1, "the worker is not connected")
        assert alive.exists() and strange.exists() and first.path.exists()
        with (first.path.parent / "lock").open("w") as taken, pytest.raises(BlockingIOError):
            fcntl.lockf(taken, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Nor does a process controller.
        sockets.sweep([str(first.path.parents[1])])
        assert first.path.exists()
