"""Driver processes: what they report, how they fail, and that nothing of them is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from neptune_bench.harness import drivers
from neptune_bench.harness.program import BenchmarkError, run

APPLICATION = """
import os, sys
word, descriptor = sys.argv[1:]
print("the log")
with os.fdopen(int(descriptor), "w") as pipe:
    pipe.write('{"stage": "first"}\\n{"stage": "%s"}\\n' % word)
sys.exit(word == "fail")
"""


@pytest.fixture
def application(tmp_path: Path) -> Path:
    (tmp_path / "an_application.py").write_text(APPLICATION)
    return tmp_path


def test_a_driver_reports(application: Path) -> None:
    seen: list[drivers.State] = []
    first = drivers.Driver("first", "an_application", ["second"], application)
    drivers.drive_all([first], lambda _, state: seen.append(state))
    assert seen == [{"stage": "first"}, {"stage": "second"}]


def test_a_failure_shows_the_log(application: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def act() -> None:
        doomed = drivers.Driver("doomed", "an_application", ["fail"], application)
        drivers.drive_all([doomed], lambda *_: None)

    with pytest.raises(BenchmarkError, match=r"doomed run failed with status 1(.|\n)*the log"):
        act()
    assert run("program", act) == 1
    assert "program: The doomed run failed" in capsys.readouterr().err


WAITING = """
import os, sys, time
word, descriptor = sys.argv[1:]
with os.fdopen(int(descriptor), "w", buffering=1) as pipe:
    pipe.write('{"pid": %d}\\n' % os.getpid())
    while not os.path.exists("../go"):
        time.sleep(0.01)
    if word == "wait":
        time.sleep(600)
sys.exit(word == "fail")
"""


@pytest.fixture
def two(tmp_path: Path) -> list[Path]:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a_pair.py").write_text(WAITING)
    return [tmp_path / "one", tmp_path / "other"]


def pair(two: list[Path], *words: str) -> list[drivers.Driver]:
    return [
        drivers.Driver(word, "a_pair", [word], place)
        for word, place in zip(words, two, strict=True)
    ]


def test_several_run_at_the_same_time(two: list[Path]) -> None:
    seen: set[int] = set()

    def show(number: int, _: drivers.State) -> None:
        seen.add(number)
        if len(seen) == 2:
            # Neither ends before both have begun.
            (two[0].parent / "go").touch()

    drivers.drive_all(pair(two, "end", "end"), show)
    assert seen == {0, 1}


def test_when_one_fails_the_others_are_ended(two: list[Path]) -> None:
    pids: list[int] = []

    def show(_: int, state: drivers.State) -> None:
        pids.append(int(str(state["pid"])))
        if len(pids) == 2:
            (two[0].parent / "go").touch()

    with pytest.raises(BenchmarkError, match="fail run failed with status 1"):
        drivers.drive_all(pair(two, "wait", "fail"), show)
    assert len(pids) == 2
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


LEFT_BEHIND = """
import subprocess, sys
from neptune_bench.harness import drivers
with drivers.reporting(sys.argv[1]) as report:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    print(child.pid, flush=True)
    report(stage="running")
    child.wait()
"""


def test_an_application_ends_with_its_group_once_nobody_listens() -> None:
    """It notices though it has nothing to report."""
    source, sink = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-c", LEFT_BEHIND, str(sink)],
        pass_fds=(sink,),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        os.close(sink)
        assert process.stdout is not None
        child = psutil.Process(int(process.stdout.readline()))
        os.close(source)
        assert process.wait(60) == -signal.SIGTERM
        psutil.wait_procs([child], 60)
        assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
