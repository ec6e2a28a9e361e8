"""A worker is made to stand still with all that it started, is continued, and is measured."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil  # type: ignore[import-untyped,unused-ignore]  # psutil ships no types
import pytest

from neptune_bench.mechanism.control import PATIENCE_S
from neptune_spark.controller import main, process_tree, usage
from neptune_spark.controller.process_tree import Identity
from tests.unit.worker.fake_executor import ROOT

# A worker with a child, which has two children, one stopped by its user; each says when it is up.
TREE = """
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
    """A process controller, as the executor starts it."""

    def __init__(self) -> None:
        program = (
            "import neptune_spark.controller.check\n"
            "from neptune_spark.controller.main import main; main()"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"
        # What it has told to be stopped, for the next controller.
        self.stopping: list[str] = []

    def ask(self, request: str) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(request + "\n")
        self.process.stdin.flush()
        while (answer := self.process.stdout.readline().strip()).startswith("stopping"):
            self.stopping += answer.split()[2:]
        return answer

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(PATIENCE_S) == 0


@pytest.fixture
def controller() -> Iterator[Asked]:
    asked = Asked()
    yield asked
    asked.process.kill()
    asked.process.wait()
    for stream in (asked.process.stdin, asked.process.stdout):
        assert stream is not None
        stream.close()


@pytest.fixture
def worker() -> Iterator[psutil.Process]:
    with subprocess.Popen([sys.executable, "-c", TREE], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert sorted(process.stdout.readline() for _ in range(4)) == [b"stopped\n", *[b"up\n"] * 3]
        yield psutil.Process(process.pid)
        for member in process_tree.of(process.pid):
            member.kill()


def name(process: psutil.Process) -> str:
    return str(Identity.of(process.pid))


def process_tree_of(worker: psutil.Process) -> list[psutil.Process]:
    found = [worker, *worker.children(recursive=True)]
    assert len(found) == 4
    return found


def stopped_among(members: list[psutil.Process]) -> int:
    return sum(member.status() == psutil.STATUS_STOPPED for member in members)


def wait_for_stopped(members: list[psutil.Process], count: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while stopped_among(members) != count:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_process_tree_is_stopped_and_continued(controller: Asked, worker: psutil.Process) -> None:
    members = process_tree_of(worker)
    wait_for_stopped(members, 1)
    for number in (1, 2):
        assert controller.ask(f"hold {number} {name(worker)} 0") == f"done {number}"
        wait_for_stopped(members, 4)  # the kernel may take another moment
        assert controller.ask(f"hold {number} {name(worker)} 0") == f"done {number}"
        assert controller.ask(f"continue {number} {name(worker)}") == f"done {number}"
        # The one that its user stopped is its user's to continue.
        wait_for_stopped(members, 1)
    assert controller.ask(f"continue 3 {name(worker)}") == "done 3"
    controller.close()


def test_all_is_continued_when_the_executor_is_gone(
    controller: Asked, worker: psutil.Process
) -> None:
    members = process_tree_of(worker)
    controller.ask(f"hold 1 {name(worker)} 0")
    controller.close()
    wait_for_stopped(members, 1)


def test_a_new_controller_continues_what_a_killed_one_had_stopped(
    controller: Asked, worker: psutil.Process
) -> None:
    members = process_tree_of(worker)
    controller.ask(f"hold 1 {name(worker)} 0")
    wait_for_stopped(members, 4)
    controller.process.send_signal(signal.SIGKILL)
    controller.process.wait()
    second = Asked()
    assert second.ask(f"continue 2 {name(worker)} {' '.join(controller.stopping)}") == "done 2"
    # The one that its user stopped is its user's to continue.
    wait_for_stopped(members, 1)
    second.close()
    assert second.process.stdout is not None
    second.process.stdout.close()


def test_a_process_that_is_gone_is_no_matter(controller: Asked) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        identity = Identity.of(gone.pid)
    assert controller.ask(f"hold 1 {identity} 0") == "refused 1"
    assert controller.ask(f"continue 2 {identity} {identity}") == "done 2"
    assert controller.ask(f"measure 3 {identity}") == "measured 3"
    controller.close()


def test_memory_and_time_are_those_of_the_process_tree(
    controller: Asked, worker: psutil.Process
) -> None:
    members = process_tree_of(worker)
    controller.ask(f"hold 1 {name(worker)} 0")
    words = controller.ask(f"measure 2 {name(worker)}").split()
    assert words[:3] == ["measured", "2", str(worker.pid)]
    rss, cpu_ms, processes = map(int, words[3:])
    assert processes == 4
    assert rss == sum(member.memory_info().rss for member in members)
    times = [member.cpu_times() for member in members]
    assert cpu_ms == sum(round((t.user + t.system) * 1000) for t in times)
    assert cpu_ms > 0
    controller.close()


def test_niceness_is_changed_where_that_is_allowed(
    controller: Asked, worker: psutil.Process
) -> None:
    may = controller.ask("may-nice 1")
    assert may in ("done 1 0", "done 1 1")
    before = [member.nice() for member in process_tree_of(worker)]
    assert controller.ask(f"nice 2 {name(worker)} 3") == "done 2"
    # Everybody may be made nicer, which is why it is asked for first.
    assert [member.nice() for member in process_tree_of(worker)] == [nice + 3 for nice in before]
    assert controller.ask(f"nice 3 {name(worker)} 0") == "done 3"
    if may.endswith("1"):
        assert [member.nice() for member in process_tree_of(worker)] == before
    assert controller.ask("reset-inherited 4 3") == "done 4"
    controller.close()


def start(words: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def end(process: subprocess.Popen[bytes]) -> bytes:
    """Let it end; return what else it said."""
    said, _ = process.communicate(timeout=PATIENCE_S)
    return said


def test_what_uses_no_processor_is_not_stopped_until_it_does(controller: Asked) -> None:
    # Waits for a word, then works.
    idle = start([sys.executable, "-c", "input('up\\n')\nwhile True: pass"])
    assert idle.stdout is not None and idle.stdin is not None
    assert idle.stdout.readline() == b"up\n"
    worker = psutil.Process(idle.pid)
    # However long its grace would be.
    assert controller.ask(f"hold 1 {name(worker)} 3600000") == "done 1"
    assert worker.status() == psutil.STATUS_SLEEPING
    assert controller.ask(f"hold 2 {name(worker)} 0") == "done 2"
    assert controller.stopping == []
    idle.stdin.write(b"word\n")
    idle.stdin.flush()
    wait_for_stopped([worker], 1)
    assert controller.ask(f"continue 3 {name(worker)}") == "done 3"
    wait_for_stopped([worker], 0)
    idle.kill()
    end(idle)
    controller.close()


def test_what_works_is_stopped_after_its_grace_and_uses_nothing_then(
    controller: Asked, worker: psutil.Process
) -> None:
    members = process_tree_of(worker)
    begun_s = time.monotonic()
    assert controller.ask(f"hold 1 {name(worker)} 300") == "done 1"
    assert time.monotonic() - begun_s >= 0.3
    wait_for_stopped(members, 4)
    before = usage.of(members)
    time.sleep(0.2)
    assert usage.of(members) == before
    controller.close()


def test_a_shell_with_job_control_does_not_see_its_child_stopped(controller: Asked) -> None:
    work = "i=0; while [ $i -lt 150000 ]; do i=$((i+1)); done; exit 3"
    shell = start(["bash", "-c", f"set -m; echo up; read; ({work}) & wait $!; echo $?"])
    assert shell.stdout is not None and shell.stdin is not None
    assert shell.stdout.readline() == b"up\n"
    shell.stdin.write(b"\n")
    shell.stdin.close()
    shell.stdin = None
    worker = psutil.Process(shell.pid)
    number = 0
    while shell.poll() is None and worker.status() != psutil.STATUS_ZOMBIE:
        number += 1
        # The shell waits, and its child works; but for the moments when it starts or has ended.
        controller.ask(f"hold {number} {name(worker)} 0")
        controller.ask(f"continue -{number} {name(worker)}")
    assert controller.stopping
    assert end(shell) == b"3\n"
    controller.close()


def test_only_what_the_executor_has_started_is_touched(controller: Asked) -> None:
    # An orphan: its parent has ended.
    program = "import os, time\nif os.fork() == 0:\n    print(os.getpid(), flush=True)\n"
    program += "    while True: pass"
    parent = start([sys.executable, "-c", program])
    assert parent.stdout is not None
    orphan = psutil.Process(int(parent.stdout.readline()))
    parent.wait(PATIENCE_S)
    child = psutil.Process(controller.process.pid)
    later = f"{orphan.pid}:{Identity.of(orphan.pid).start_ticks + 1}"
    strangers = [name(orphan), later, name(child), Identity.of(os.getpid()), "1:0"]
    for number, stranger in enumerate(strangers):
        assert controller.ask(f"hold {number} {stranger} 0") == f"refused {number}"
        assert controller.ask(f"measure {number} {stranger}") == f"measured {number}"
    assert orphan.status() == psutil.STATUS_RUNNING
    nice = orphan.nice()
    assert controller.ask(f"nice 7 {name(orphan)} 3") == "done 7"
    assert orphan.nice() == nice
    orphan.kill()
    end(parent)
    controller.close()


def test_children_of_a_killed_worker_go_on(controller: Asked, worker: psutil.Process) -> None:
    members = process_tree_of(worker)
    assert controller.ask(f"hold 1 {name(worker)} 0") == "done 1"
    wait_for_stopped(members, 4)
    worker.kill()
    wait_for_stopped(members[1:], 1)
    for member in members[1:]:
        member.kill()
    controller.close()


def test_children_of_one_that_was_killed_with_its_controller_go_on(
    controller: Asked, worker: psutil.Process
) -> None:
    members = process_tree_of(worker)
    first = name(worker)
    assert controller.ask(f"hold 1 {first} 0") == "done 1"
    wait_for_stopped(members, 4)
    controller.process.kill()
    controller.process.wait()
    worker.kill()
    worker.wait(PATIENCE_S)
    second = Asked()
    assert second.ask(f"hold 2 {first} 0 {' '.join(controller.stopping)}") == "refused 2"
    wait_for_stopped(members[1:], 1)
    for member in members[1:]:
        member.kill()
    second.close()
    assert second.process.stdout is not None
    second.process.stdout.close()


def test_a_request_that_is_none_ends_nothing(controller: Asked) -> None:
    assert controller.ask("halt 1 5:5") == "refused 1"
    assert controller.ask("hold 2 nobody 0") == "refused 2"
    assert controller.ask("ping 3") == "done 3"
    controller.close()


def test_nothing_is_kept_of_what_was_asked(
    worker: psutil.Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: set[str] = set()
    monkeypatch.setattr(main, "_say", lambda word, number, *_: done.add(str(number)))
    controller = main.ProcessController(os.getpid())
    requests = 50

    def blocks_after(begin: int) -> int:
        for number in range(begin, begin + requests):
            controller.obey(f"hold {number} {name(worker)} 0")
            while str(number) not in done:
                time.sleep(controller.due_in_s() or 0)
                controller.look()
            for word in ("continue", "measure"):
                controller.obey(f"{word} {number} {name(worker)}")
            controller.obey(f"ping {number}")
        done.clear()
        gc.collect()
        return sys.getallocatedblocks()

    blocks_after(0)
    before = blocks_after(requests)
    assert blocks_after(2 * requests) - before < requests / 2


def test_a_worker_that_starts_short_programs_can_be_looked_at() -> None:
    shell = start(["bash", "-c", "while true; do /bin/true; (/bin/true) & done"])
    for _ in range(1000):
        usage.of(process_tree.of(shell.pid))
    shell.kill()
    end(shell)
