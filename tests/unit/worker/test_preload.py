"""What a spare worker prepares: what others have needed, unless it is awaited."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.unit.worker.fake_executor import ROOT

# A daemon's life in short: a first worker that imports what it is told, a second that prepares.
PROGRAM = """
import os, socket, sys
from neptune_spark.worker.preload import Preloader
preloader = Preloader()
name, path, awaited = sys.argv[1:]
ours, theirs = socket.socketpair()
if os.fork() == 0:
    here, there = socket.socketpair()
    there.send(b"a task")
    preloader.prepare(here)
    sys.path.insert(0, path)
    __import__(name)
    os._exit(0)
os.wait()
if awaited == "awaited":
    theirs.send(b"a task")
elif os.fork() == 0:
    # The task comes when nothing is left to prepare: the process waits in a system call.
    import time
    state = "R"
    while state not in "S":
        time.sleep(0.2)
        state = open(f"/proc/{os.getppid()}/stat").read().rsplit(")", 1)[1].split()[0]
    theirs.send(b"a task")
    os._exit(0)
preloader.prepare(ours)
print(*(name for name in ("pandas", "pyarrow", "pyspark.worker") if name in sys.modules))
"""


def prepared(name: str, path: Path | str = "", awaited: str = "spare") -> list[str]:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, name, str(path), awaited],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stderr == ""
    return ran.stdout.split()


def test_what_another_worker_needed_is_imported() -> None:
    assert prepared("pyarrow") == ["pyarrow", "pyspark.worker"]


def test_nothing_heavy_is_imported_that_nobody_needed() -> None:
    assert prepared("json") == ["pyspark.worker"]


def test_a_worker_that_is_awaited_imports_nothing_heavy() -> None:
    assert prepared("pyarrow", awaited="awaited") == ["pyspark.worker"]


def test_a_package_that_the_task_brought_is_its_own(tmp_path: Path) -> None:
    (tmp_path / "pandas").mkdir()
    (tmp_path / "pandas" / "__init__.py").touch()
    assert prepared("pandas", tmp_path) == ["pyspark.worker"]
