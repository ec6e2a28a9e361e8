"""The warden stops a worker with all that it started, continues it, and measures it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil  # type: ignore[import-untyped,unused-ignore]  # psutil ships no types
import pytest

from tests.unit.worker.fake_executor import PATIENCE_S, ROOT

# A worker with a child, which has two children, one stopped by its user; each says when it is up.
FAMILY = """
import os, signal, subprocess, sys
def say(word): os.write(1, word + b"\\n")
if os.fork() == 0:
    for own in (False, True):
        if os.fork() == 0:
            say(b"stopped" if own else b"up")
            if own:
                os.kill(os.getpid(), signal.SIGSTOP)
            while True: pass
say(b"up")
while True: pass
"""


class Asked:
    """A warden, as the executor starts it."""

    def __init__(self) -> None:
        program = (
            "import neptune_spark.worker.check\n"
            "from neptune_spark.worker.warden import main; main()"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def ask(self, request: str) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(request + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(PATIENCE_S) == 0


@pytest.fixture
def warden() -> Iterator[Asked]:
    asked = Asked()
    yield asked
    asked.process.kill()
    asked.process.wait()
    for stream in (asked.process.stdin, asked.process.stdout):
        assert stream is not None
        stream.close()


@pytest.fixture
def worker() -> Iterator[psutil.Process]:
    with subprocess.Popen([sys.executable, "-c", FAMILY], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert sorted(process.stdout.readline() for _ in range(4)) == [b"stopped\n", *[b"up\n"] * 3]
        family = psutil.Process(process.pid)
        yield family
        for member in [*family.children(recursive=True), family]:
            member.kill()


def family_of(worker: psutil.Process) -> list[psutil.Process]:
    found = [worker, *worker.children(recursive=True)]
    assert len(found) == 4
    return found


def stopped_among(family: list[psutil.Process]) -> int:
    return sum(member.status() == psutil.STATUS_STOPPED for member in family)


def wait_for_stopped(family: list[psutil.Process], count: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while stopped_among(family) != count:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_family_is_stopped_and_continued(warden: Asked, worker: psutil.Process) -> None:
    family = family_of(worker)
    wait_for_stopped(family, 1)
    for number in (1, 2):
        assert warden.ask(f"stop {number} {worker.pid}") == f"done {number}"
        wait_for_stopped(family, 4)  # the kernel may take another moment
        assert warden.ask(f"stop {number} {worker.pid}") == f"done {number}"
        assert warden.ask(f"continue {number} {worker.pid}") == f"done {number}"
        # The one that its user stopped is its user's to continue.
        wait_for_stopped(family, 1)
    assert warden.ask(f"continue 3 {worker.pid}") == "done 3"
    warden.close()


def test_all_is_continued_when_the_executor_is_gone(warden: Asked, worker: psutil.Process) -> None:
    family = family_of(worker)
    warden.ask(f"stop 1 {worker.pid}")
    warden.close()
    wait_for_stopped(family, 1)


def test_a_new_warden_continues_what_a_killed_one_had_stopped(
    warden: Asked, worker: psutil.Process
) -> None:
    family = family_of(worker)
    warden.ask(f"stop 1 {worker.pid}")
    warden.process.send_signal(signal.SIGKILL)
    warden.process.wait()
    second = Asked()
    assert second.ask(f"continue 2 {worker.pid}") == "done 2"
    wait_for_stopped(family, 0)
    second.close()
    assert second.process.stdout is not None
    second.process.stdout.close()


def test_a_process_that_is_gone_is_no_matter(warden: Asked) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        pass
    assert warden.ask(f"stop 1 {gone.pid}") == "done 1"
    assert warden.ask(f"continue 2 {gone.pid}") == "done 2"
    assert warden.ask(f"measure 3 {gone.pid}") == "measured 3"
    warden.close()


def test_memory_and_time_are_those_of_the_family(warden: Asked, worker: psutil.Process) -> None:
    family = family_of(worker)
    warden.ask(f"stop 1 {worker.pid}")
    words = warden.ask(f"measure 2 {worker.pid}").split()
    assert words[:3] == ["measured", "2", str(worker.pid)]
    rss, cpu_ms, processes = map(int, words[3:])
    assert processes == 4
    assert rss == sum(member.memory_info().rss for member in family)
    times = [member.cpu_times() for member in family]
    assert cpu_ms == sum(round((t.user + t.system) * 1000) for t in times)
    assert cpu_ms > 0
    warden.close()


def test_niceness_is_changed_where_that_is_allowed(warden: Asked, worker: psutil.Process) -> None:
    may = warden.ask("may-nice 1")
    assert may in ("done 1 0", "done 1 1")
    before = [member.nice() for member in family_of(worker)]
    assert warden.ask(f"nice 2 {worker.pid} 3") == "done 2"
    # Everybody may be made nicer, which is why it is asked for first.
    assert [member.nice() for member in family_of(worker)] == [nice + 3 for nice in before]
    assert warden.ask(f"nice 3 {worker.pid} 0") == "done 3"
    if may.endswith("1"):
        assert [member.nice() for member in family_of(worker)] == before
    assert warden.ask("heirs 4 3") == "done 4"
    warden.close()
