"""Stops, continues and measures an executor's Python workers from outside, and makes them nicer.

For what a worker cannot do itself: be stopped within a C call, with its threads and with the
processes that it has started, and tell its figures while it is stopped. The executor starts one
warden, with `neptune_spark.worker.check` before it, and talks with it over its standard streams, a
line for each request and for each answer:

    stop NUMBER PID         answered by `done NUMBER`: the worker's processes got the signal
    continue NUMBER PID     answered by `done NUMBER`: they got the signal
    measure NUMBER PID ...  answered by `measured NUMBER PID RSS CPU PROCESSES ...`, four words for
                            each worker that lives: resident memory in bytes, processor time in
                            milliseconds, and number, of its processes
    may-nice NUMBER         answered by `done NUMBER 1`, or 0: whether the next three do anything
    nice NUMBER PID BY      answered by `done NUMBER`: a worker is nicer by so much than we are
    nice-thread NUMBER TID BY   the same for a thread of the executor
    heirs NUMBER BY         answered by `done NUMBER`: other threads that are nicer by so much,
                            since a nicer one has started them, are not nicer any more

A request for a process that is gone does nothing. When the executor is gone (its end of the stream
is closed), all that was stopped is continued, so that it can find out and end, too.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable

import psutil  # type: ignore[import-untyped,unused-ignore]  # psutil ships no types

from neptune_spark.worker import family
from neptune_spark.worker.niceness import Niceness

READY = "ready"


class Warden:
    """Knows what it has stopped: the processes of each worker, the worker's own first."""

    def __init__(self) -> None:
        self._stopped: dict[int, list[psutil.Process]] = {}

    def stop(self, pid: int) -> None:
        """Stop a worker, and all processes below it that nobody else has stopped."""
        if pid in self._stopped:
            return
        stopped: list[psutil.Process] = []
        self._stopped[pid] = stopped
        # The worker first, then its children, which cannot start others after that: until no new
        # ones are found, since each may have started some before it was stopped.
        seen: set[psutil.Process] = set()
        while found := [process for process in family.of(pid) if process not in seen]:
            stopped += [process for process in found if _stop(process)]
            seen.update(found)

    def resume(self, pid: int) -> None:
        """Continue what `stop` has stopped, the worker last: it may wait for the others.

        What another warden may have stopped, before it was killed, is continued as well.
        """
        stopped = self._stopped.pop(pid, None)
        for process in reversed(family.of(pid) if stopped is None else stopped):
            try:
                process.resume()
            except psutil.Error:
                continue  # it has ended

    def resume_all(self) -> None:
        """Continue everything."""
        for pid in list(self._stopped):
            self.resume(pid)

    def measure(self, pids: Iterable[int]) -> list[int]:
        """Return pid, resident bytes, processor milliseconds and processes, of each that lives."""
        figures: list[int] = []
        for pid in pids:
            measured = [one for process in family.of(pid) if (one := _measure(process))]
            if measured:
                rss, cpu_ms = (sum(column) for column in zip(*measured, strict=True))
                figures += (pid, rss, cpu_ms, len(measured))
        return figures


def _stop(process: psutil.Process) -> bool:
    """Stop one process; return whether it was we who did."""
    try:
        if process.status() == psutil.STATUS_STOPPED:
            return False
        process.suspend()
    except psutil.Error:
        return False  # it has ended, or is not ours
    return True


def _measure(process: psutil.Process) -> tuple[int, int] | None:
    """Return resident bytes and processor milliseconds of one process, None if it is gone."""
    try:
        with process.oneshot():
            times = process.cpu_times()
            return process.memory_info().rss, round((times.user + times.system) * 1000)
    except psutil.Error:
        return None


def serve(requests: Iterable[str]) -> None:
    """Do what each line says, answering on standard output, until there are no more."""
    warden, niceness = Warden(), Niceness(os.getppid())
    print(READY, flush=True)
    try:
        for line in requests:
            word, number, *rest = line.split()
            numbers = [int(text) for text in rest]
            answer: list[object] = ["done", number]
            if word == "stop":
                warden.stop(*numbers)
            elif word == "continue":
                warden.resume(*numbers)
            elif word == "may-nice":
                answer.append(int(niceness.may_be_changed()))
            elif word == "nice":
                niceness.worker(*numbers)
            elif word == "nice-thread":
                niceness.thread(*numbers)
            elif word == "heirs":
                niceness.take_back_from_heirs(*numbers)
            else:
                answer = ["measured", number, *warden.measure(numbers)]
            print(" ".join(map(str, answer)), flush=True)
    except BrokenPipeError:
        pass  # the executor is gone
    finally:
        warden.resume_all()


def main() -> None:
    """Serve until the executor is gone."""
    # A Ctrl-C in the terminal of a local session is meant for the driver, which will end us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serve(sys.stdin)


if __name__ == "__main__":
    main()
