"""Fixtures for all tests: a clean environment, and programs that leave no process behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable

import psutil
import pyspark
import pytest

from neptune_spark._start.spark_install import find_java, find_spark, java_version

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

_ROOT = Path(__file__).parents[1]

#: Classes of Spark as a JVM has them in memory, made by `make test`. It does without, too.
_CLASS_ARCHIVE = Path(sys.prefix) / "spark.jsa"

# Most of a test's time is that of JVMs that start: they load classes, and compile with all
# compilers what will not last. These reach drivers, launchers, and the daemons of a standalone
# cluster and a History Server; `jobs.QUICK_EXECUTORS` executors.
_QUICK_JVM = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
if java_version(find_java(find_spark(Path(pyspark.__file__).parent))) > 8:  # which refuses them
    _QUICK_JVM += f" -Xlog:disable -Xlog:all=error:stderr -XX:SharedArchiveFile={_CLASS_ARCHIVE}"
for _name in ("SPARK_SUBMIT_OPTS", "SPARK_LAUNCHER_OPTS", "SPARK_DAEMON_JAVA_OPTS"):
    os.environ[_name] = _QUICK_JVM
# For what a module's or the session's fixtures start; `clean_environment` is for each test.
for _name in _FOREIGN:
    os.environ.pop(_name, None)


#: Tests of the benchmarks, which need a newer Python than the package and its other tests, and of
#: what uses their harness.
collect_ignore = (
    []
    if sys.version_info >= (3, 10)
    else [
        "clusters",
        *(f"unit/{folder.name}" for folder in (_ROOT / "benchmarks" / "neptune_bench").iterdir()),
        *(f"integration/test_{name}.py" for name in ("benchmarks", "lda", "leaks", "scale", "ysb")),
    ]
)

#: The line of the Spark under test, e.g. (4, 3).
SPARK_LINE = tuple(int(part) for part in pyspark.__version__.split(".")[:2])


def pytest_configure(config: pytest.Config) -> None:
    """Let pass what an older PySpark leaves to the garbage collector: the sockets of `collect`.

    The warning itself, since what is raised while the collector runs keeps other garbage alive.
    """
    if SPARK_LINE < (4, 2):
        config.addinivalue_line("filterwarnings", "ignore:unclosed <socket:ResourceWarning")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what the Spark under test has not got: `since_spark(line, what it brought)`."""
    for item in items:
        for marker in item.iter_markers("since_spark"):
            line, what = marker.args
            if tuple(map(int, line.split("."))) > SPARK_LINE:
                item.add_marker(pytest.mark.skip(reason=f"Spark {line} brought {what}"))


#: How long a program may take; only one that hangs takes so long, whatever else the machine does.
PROGRAM_S = 600.0

#: For how long what a program has started may be there when it has ended.
LEFTOVER_S = 30.0

#: In the environment of a program, and so in that of all that it starts, wherever that has gone.
_MARK = "NEPTUNE_TEST_PROGRAM"

RunProgram = Callable[..., "subprocess.CompletedProcess[str]"]


def pid_of(jvm: Any) -> int:
    """The process of a JVM, by py4j; Java 8 has no other way to tell."""
    runtime = jvm.java.lang.management.ManagementFactory.getRuntimeMXBean()
    return int(runtime.getName().partition("@")[0])


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
        timeout_s: float = PROGRAM_S,
        check: bool = True,
    ) -> subprocess.CompletedProcess[str]:
        with started_program(words, cwd=cwd, env=env) as process:
            out, err = process.communicate(timeout=timeout_s)
        if check:
            assert process.returncode == 0, f"{words}: {process.returncode}\n{out}\n{err}"
        return subprocess.CompletedProcess([*map(str, words)], process.returncode, out, err)

    return run


@contextmanager
def started_program(
    words: Sequence[str | Path], *, cwd: Path | None = None, env: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Starts a program, and asserts in the end that neither it nor what it started is there."""
    command = [str(word) for word in words]
    mark = uuid.uuid4().hex
    with subprocess.Popen(
        command,
        cwd=cwd,
        env={**os.environ, **(env or {}), _MARK: mark},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        except BaseException:
            for left in _left_of(process.pid, mark):
                left.kill()
            raise
    leftover = _wait_until_gone(process.pid, mark)
    assert not leftover, f"{command} left behind: {leftover}"


def _left_of(session: int, mark: str) -> list[psutil.Process]:
    """What there is of a program: in its session, or with its mark, as what has left that has."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and (
                os.getsid(process.pid) == session or process.environ().get(_MARK) == mark
            ):
                found.append(process)
        except (psutil.Error, OSError):
            # It is gone, or is another user's.
            continue
    return found


def _wait_until_gone(session: int, mark: str) -> list[str]:
    """Command lines of what is left; kills it, so that the next test starts clean."""
    end = time.monotonic() + LEFTOVER_S
    while (left := _left_of(session, mark)) and time.monotonic() < end:
        time.sleep(0.05)
    commands = []
    for process in left:
        try:
            commands.append(" ".join(process.cmdline()))
            process.kill()
        except psutil.NoSuchProcess:
            continue
    return commands
