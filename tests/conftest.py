"""Fixtures for all tests: a clean environment, and programs that leave no process behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
import pytest

#: Set by users and by other tests' sessions; each would change what a test means.
_FOREIGN = (
    "SPARK_HOME",
    "SPARK_CONF_DIR",
    "SPARK_REMOTE",
    "SPARK_API_MODE",
    "SPARK_CONNECT_MODE",
    "SPARK_CONNECT_MODE_ENABLED",
    "PYSPARK_SUBMIT_ARGS",
    "PYSPARK_GATEWAY_PORT",
    "PYSPARK_DRIVER_PYTHON",
)

RunProgram = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes what could come from the shell out of the environment, and puts it back."""
    for name in _FOREIGN:
        monkeypatch.delenv(name, raising=False)
    # Tests set it back to what it was even when the tested code sets it.
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)


@pytest.fixture
def run_program() -> RunProgram:
    """Runs a program to its end and asserts that nothing it started is still there."""

    def run(
        words: Sequence[str | Path],
        *,
        cwd: Path | None = None,
        env: dict[str, str] | None = None,
        timeout_s: float = 240,
        check: bool = True,
    ) -> subprocess.CompletedProcess[str]:
        command = [str(word) for word in words]
        # A session of its own, by which its children are known even when it is gone.
        with subprocess.Popen(
            command,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                out, err = process.communicate(timeout=timeout_s)
            except BaseException:
                for left in _of_session(process.pid):
                    left.kill()
                raise
        leftover = _wait_until_gone(process.pid)
        assert not leftover, f"{command} left behind: {leftover}"
        if check:
            assert process.returncode == 0, f"{command}: {process.returncode}\n{out}\n{err}"
        return subprocess.CompletedProcess(command, process.returncode, out, err)

    return run


def _of_session(session: int) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.NoSuchProcess, ProcessLookupError):
            continue
    return found


def _wait_until_gone(session: int, timeout_s: float = 10) -> list[str]:
    """Command lines of what is left; kills it, so that the next test starts clean."""
    end = time.monotonic() + timeout_s
    while (left := _of_session(session)) and time.monotonic() < end:
        time.sleep(0.05)
    commands = []
    for process in left:
        try:
            commands.append(" ".join(process.cmdline()))
            process.kill()
        except psutil.NoSuchProcess:
            continue
    return commands
