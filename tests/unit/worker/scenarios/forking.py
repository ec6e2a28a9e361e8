"""Scenarios of tasks that make processes."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys

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
