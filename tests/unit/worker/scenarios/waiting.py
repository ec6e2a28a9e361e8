"""Scenarios of tasks that wait, for time, data, a lock, or a program."""

from __future__ import annotations

import queue
import signal
import socket
import subprocess
import sys
import threading
import time

from tests.unit.worker.scenarios.stage import Stage, listen, say


def sleep(stage: Stage) -> None:
    def task() -> None:
        stage.begin()
        say("sleeping")
        started = time.monotonic()
        time.sleep(0.2)
        say(f"slept long enough: {time.monotonic() - started >= 0.2}")

    stage.run(task)


def wait_for_signal(stage: Stage) -> None:
    """It is blocked, so that it comes when it is asked for, and does not end the process."""

    def task() -> None:
        stage.begin()
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
        say("blocked")
        stage.work()
        say(f"got {signal.Signals(signal.sigwait({signal.SIGUSR1})).name}")

    stage.run(task)


def read_pipe(stage: Stage) -> None:
    def task() -> None:
        stage.begin()
        say("waiting")
        say(f"got {listen()}")

    stage.run(task)


def read_socket(stage: Stage) -> None:
    ours, theirs = socket.socketpair()

    def pass_on() -> None:
        theirs.sendall(listen().encode())
        say("passed on")

    def task() -> None:
        stage.begin()
        thread = threading.Thread(target=pass_on)
        thread.start()
        say("waiting")
        say(f"got {ours.recv(100).decode()}")
        thread.join()

    stage.run(task)


def wait_for_lock(stage: Stage) -> None:
    lock = threading.Lock()

    def release() -> None:
        word = listen()
        lock.release()
        say(f"passed on {word}")

    def task() -> None:
        stage.begin()
        lock.acquire()
        thread = threading.Thread(target=release)
        thread.start()
        say("waiting")
        with lock:
            say("got the lock")
        thread.join()

    stage.run(task)


def wait_for_queue(stage: Stage) -> None:
    words: queue.Queue[str] = queue.Queue()

    def put() -> None:
        words.put(listen())
        say("passed on")

    def task() -> None:
        stage.begin()
        thread = threading.Thread(target=put)
        thread.start()
        say("waiting")
        say(f"got {words.get(timeout=1000)}")
        thread.join()

    stage.run(task)


def wait_for_process(stage: Stage) -> None:
    def task() -> None:
        stage.begin()
        say("waiting")
        program = "import sys; word = sys.stdin.readline(); print('got', word, end='')"
        done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, check=True)
        say(done.stdout.decode().rstrip())

    stage.run(task)
