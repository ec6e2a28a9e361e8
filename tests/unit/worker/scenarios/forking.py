"""Scenarios of tasks that make processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from types import FrameType

from tests.unit.worker.scenarios.stage import Stage, listen, say


def fork(stage: Stage) -> None:
    """The child outlives the task, and must neither answer for it nor keep the connection."""

    def task() -> None:
        stage.begin()
        child = os.fork()
        if child == 0:
            say(f"child runs task {stage.hub.task_id}")
            word = listen()
            stage.begin()
            say(f"child got {word}")
            os._exit(0)
        children.append(child)
        stage.work()

    children: list[int] = []
    stage.run(task)
    say("ended")
    os.waitpid(children[0], 0)


def fork_in_threads(stage: Stage) -> None:
    """Threads fork at about the same time, and suspensions come in between."""
    ended: list[int] = []

    def work() -> None:
        for _ in range(20):
            child = os.fork()
            if child == 0:
                os._exit(7)
            ended.append(os.WEXITSTATUS(os.waitpid(child, 0)[1]))

    def task() -> None:
        stage.begin()
        say("begun")
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    stage.run(task)
    say(f"ended as told: {ended == [7] * 80}")


def fork_under_alarms(stage: Stage) -> None:
    """A time limit comes at any moment of a fork; it must come through, and change no mask.

    One that comes just before the first hook, too late for Python to run its handler earlier, has
    the handler raise inside a hook, where Python ignores that. Without Neptune that is the fate of
    some seven of a hundred.
    """

    class Late(Exception):
        pass

    def handler(_number: int, _frame: FrameType | None) -> None:
        raise Late

    def late(after_s: float) -> bool:
        try:
            signal.setitimer(signal.ITIMER_REAL, after_s)
            if os.fork() == 0:
                os._exit(0)
            end = time.monotonic() + 1
            while time.monotonic() < end:
                pass
            return False
        except Late:
            return True
        finally:
            while children_left():
                os.waitpid(-1, 0)

    def task() -> None:
        stage.begin()
        say("begun")
        signal.signal(signal.SIGALRM, handler)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
        seen = sum(late(0.0001 + 0.00002 * n) for n in range(100))
        same = signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before
        say(f"nearly all came through: {seen >= 96}, same mask: {same}")

    stage.run(task)


def children_left() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def double(number: int) -> int:
    return 2 * number


def multiprocess(stage: Stage) -> None:
    def task() -> list[int]:
        stage.begin()
        with multiprocessing.get_context("fork").Pool(2) as pool:
            say("pool")
            stage.work()
            return pool.map(double, range(5))

    say(f"doubled {stage.run(task)}")


def inherit(stage: Stage) -> None:
    """A program that the task starts has no descriptor of the control connection."""

    def task() -> None:
        stage.begin()
        program = "import os, stat; print(sum(1 for fd in range(3, 50) if is_socket(fd)))"
        probe = (
            "import os, stat\n"
            "def is_socket(fd):\n"
            "    try: return stat.S_ISSOCK(os.fstat(fd).st_mode)\n"
            "    except OSError: return False\n"
        )
        command = [sys.executable, "-c", probe + program]
        done = subprocess.run(command, stdout=subprocess.PIPE, close_fds=False, check=True)
        say(f"sockets inherited: {done.stdout.decode().strip()}")

    stage.run(task)
