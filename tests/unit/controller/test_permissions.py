"""What is tried on the machine, here where it is permitted, and where it is not."""

from __future__ import annotations

import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import pytest

from neptune_spark.controller import permissions, process_tree, sockets, stopping
from neptune_spark.controller.niceness import Niceness
from neptune_spark.worker.channel import Channel

Capture = pytest.CaptureFixture[str]


def tried(capsys: Capture, *local: str, kind: str = "unix") -> dict[str, dict[str, Any]]:
    """What was said of each thing; nothing that was started for it is left, not even stopped."""
    capsys.readouterr()
    # JVMs of other tests in this process, say.
    before = psutil.Process().children()
    permissions.main(kind, local)
    assert [child for child in psutil.Process().children() if child not in before] == []
    rows = map(json.loads, capsys.readouterr().out.splitlines())
    return {row["name"]: row for row in rows}


def test_all_is_tried_and_nothing_is_left(capsys: Capture) -> None:
    # pytest's own directories have paths that are too long for a socket's.
    with TemporaryDirectory(dir="/tmp") as local:
        rows = tried(capsys, local)
        assert os.listdir(local) == []
    assert list(rows) == ["sockets", "processes", "signals", "niceness"]
    assert all(rows[name]["permitted"] for name in ("sockets", "processes", "signals"))
    assert rows["sockets"]["text"].endswith(local)


def test_a_long_path_is_passed_over(tmp_path: Path, capsys: Capture) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    row = tried(capsys, str(long))["sockets"]
    assert row["permitted"] and str(long) not in row["text"]
    assert list(long.iterdir()) == []


def test_no_socket_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr(sockets, "parents", lambda _: [str(long), "/nowhere"])
    row = tried(capsys)["sockets"]
    assert not row["permitted"]
    assert "path too long" in row["text"] and "/nowhere: " in row["text"]
    assert "set spark.local.dir" in row["text"]
    port = tried(capsys)["port"]
    assert (port["permitted"], "a port on 127.0.0.1" in port["text"]) == (True, True)


def test_a_java_without_unix_sockets(capsys: Capture) -> None:
    row = tried(capsys, "/nowhere", kind="loopback")["sockets"]
    assert (row["permitted"], "a port on 127.0.0.1" in row["text"]) == (True, True)


def test_no_loopback(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    def refuse(_: str) -> Channel:
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(Channel, "open", refuse)
    row = tried(capsys, kind="loopback")["sockets"]
    assert (row["permitted"], "permit connections on the loopback" in row["text"]) == (False, True)


def test_stopping_has_no_effect(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setattr(permissions, "_LIMIT_S", 0.1)
    monkeypatch.setattr(stopping, "stop", lambda *_: None)
    row = tried(capsys)["signals"]
    assert (row["permitted"], "SIGSTOP" in row["text"]) == (False, True)


def test_continuing_has_no_effect(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setattr(permissions, "_LIMIT_S", 0.1)
    monkeypatch.setattr(stopping, "resume", lambda _: None)
    row = tried(capsys)["signals"]
    assert (row["permitted"], "SIGCONT" in row["text"]) == (False, True)


def test_signals_are_refused(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(stopping, "stop", refuse)
    row = tried(capsys)["signals"]
    assert (row["permitted"], "Operation not permitted" in row["text"]) == (False, True)


@pytest.mark.parametrize("hidden", ["stat", "threads", "of"])
def test_processes_are_hidden(
    hidden: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr(permissions, "_LIMIT_S", 0.1)
    monkeypatch.setattr(process_tree, hidden, lambda *_: None if hidden == "stat" else [])
    row = tried(capsys)["processes"]
    assert (row["permitted"], "without hidepid" in row["text"]) == (False, True)


def test_the_proc_of_another_namespace(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setattr(os, "readlink", lambda _: "1")
    row = tried(capsys)["processes"]
    assert (row["permitted"], "`unshare --mount-proc`" in row["text"]) == (False, True)


def test_niceness_may_not_be_changed(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setattr(Niceness, "may_be_changed", lambda _: False)
    row = tried(capsys)["niceness"]
    assert (row["permitted"], "RLIMIT_NICE is" in row["text"]) == (False, True)


def test_the_usual_places_come_after_the_local_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/me")
    assert sockets.parents(["/目录", "/data", "/tmp"]) == [
        *("/data", "/tmp", "/var/tmp", "/dev/shm", "/run/me"),
        f"/run/user/{os.getuid()}",
        "/目录",
    ]
