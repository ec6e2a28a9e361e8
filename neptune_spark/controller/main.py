"""Stops, continues and measures an executor's Python workers from outside, and makes them nicer.

For what a worker cannot do itself: be stopped within a C call, with its threads and with the
processes that it has started, and tell its figures while it is stopped. The executor starts one
process controller, with `neptune_spark.controller.check` before it, and talks with it over its
standard streams, a line for each request and for each answer. PROCESS is `pid:start`, as in
`process_tree.Identity`.

    hold NUMBER WORKER GRACE_MS PROCESS ...
                            answered by `done NUMBER` as soon as the worker, with all below it, uses
                            no processor, or was stopped, since it used one for so long; what uses
                            one later is stopped then. The processes are those that an earlier
                            controller has stopped.
    continue NUMBER WORKER PROCESS ...
                            answered by `done NUMBER`: what was stopped got the signal
    measure NUMBER WORKER ...
                            answered by `measured NUMBER PID RSS CPU PROCESSES ...`, four words for
                            each worker that lives: resident memory in bytes, processor time in
                            milliseconds, and number, of its processes
    ping NUMBER             answered by `done NUMBER`
    may-nice NUMBER         answered by `done NUMBER 1`, or 0: whether the next three do anything
    nice NUMBER WORKER BY   answered by `done NUMBER`: a worker is nicer by so much than we are
    nice-thread NUMBER TID BY   the same for a thread of the executor
    reset-inherited NUMBER BY
                            answered by `done NUMBER`: other threads that are nicer by so much,
                            since a nicer one has started them, are not nicer any more

Before it stops any, it says `stopping WORKER PROCESS ...`, so that the executor can tell the next
controller. What is asked of a process that is gone, or is not below the executor in the process
tree, is answered by `refused NUMBER`. When the executor is gone (its end of the stream is closed),
all that was stopped is continued, so that it can find out and end, too; and what it has left of its
control socket is deleted.
"""

from __future__ import annotations

import os
import select
import signal
import time
import traceback
from collections.abc import Iterator

import psutil  # type: ignore[import-untyped,unused-ignore]  # psutil ships no types

from neptune_spark.controller import process_tree, sockets, stopping, usage
from neptune_spark.controller.niceness import Niceness
from neptune_spark.controller.process_tree import Identity
from neptune_spark.controller.watch import Verdict, Watch

READY = "ready"

_MEASURE_LIMIT_S = 1.0
_READ_BYTES = 65536
# A look at thousands of processes must not cost more than a small share of a core.
_PAUSES_PER_LOOK = 50


class Held:
    """A worker whose task is to stand still."""

    def __init__(self, worker: Identity, watch: Watch) -> None:
        self.worker = worker
        self.watch = watch
        # Requests to be answered when it does.
        self.numbers: list[str] = []
        # What was stopped for that, parents before children.
        self.stopped: dict[psutil.Process, None] = {}


class ProcessController:
    """Knows what has to stand still, and what it has stopped for that.

    Parameters
    ----------
    executor : int
        Process id of the executor.
    """

    def __init__(self, executor: int) -> None:
        self._executor = executor
        self._niceness = Niceness(executor)
        self._held: dict[Identity, Held] = {}
        # Workers that were seen to descend from the executor: the one in between may end.
        self._ours: set[Identity] = set()

    def obey(self, line: str) -> None:
        """Do what a line says and answer it, now or later."""
        word, number, *rest = line.split()
        try:
            self._obey(word, number, rest)
        except BrokenPipeError:
            raise
        except Exception:
            # The next request may be one that can be done.
            traceback.print_exc()
            _say("refused", number)

    def _obey(self, word: str, number: str, rest: list[str]) -> None:
        if word == "hold":
            self._hold(number, Identity.parse(rest[0]), int(rest[1]) / 1000, rest[2:])
        elif word == "continue":
            self._continue(Identity.parse(rest[0]), rest[1:])
            _say("done", number)
        elif word == "measure":
            _say("measured", number, *self._measure(map(Identity.parse, rest)))
        elif word == "ping":
            _say("done", number)
        elif word == "may-nice":
            _say("done", number, int(self._niceness.may_be_changed()))
        elif word == "nice":
            worker = Identity.parse(rest[0])
            if self._is_ours(worker):
                self._niceness.worker(worker.pid, int(rest[1]))
            _say("done", number)
        elif word == "nice-thread":
            self._niceness.thread(*map(int, rest))
            _say("done", number)
        elif word == "reset-inherited":
            self._niceness.take_back_inherited(*map(int, rest))
            _say("done", number)
        else:
            raise ValueError(f"There is no such request: {word}")

    def _hold(self, number: str, worker: Identity, grace_s: float, stopped: list[str]) -> None:
        if not self._is_ours(worker):
            # Its children are to go on, or to find out.
            stopping.resume(_processes(stopped))
            _say("refused", number)
            return
        now_s = time.monotonic()
        held = self._held.get(worker)
        if held is None:
            held = self._held[worker] = Held(worker, Watch(grace_s, now_s))
            held.stopped.update(_processes(stopped))
            if held.stopped:
                self._stop(held)
                held.watch.counts = True
        held.watch.hasten(grace_s, now_s)
        held.numbers.append(number)
        if held.watch.counts:
            _answer(held)

    def _continue(self, worker: Identity, stopped: list[str]) -> None:
        processes = _processes(stopped)
        held = self._held.pop(worker, None)
        if held is not None:
            processes.update(held.stopped)
            _answer(held)
        stopping.resume(processes)

    def due_in_s(self) -> float | None:
        """Return after how long to look next; None: not before the next request."""
        if not self._held:
            return None
        due_s = min(held.watch.due_s for held in self._held.values())
        return max(due_s - time.monotonic(), 0.0)

    def look(self) -> None:
        """Look at those workers at which a look is due."""
        for held in list(self._held.values()):
            begun_s = time.monotonic()
            if held.watch.due_s > begun_s:
                continue
            processes = process_tree.of(held.worker.pid) if held.worker.process() else []
            if not processes or process_tree.has_ended(held.worker.pid):
                # It may have been killed: its children are to go on, or to find out.
                self._continue(held.worker, [])
                continue
            found = usage.of(processes)
            now_s = time.monotonic()
            verdict = held.watch.look(found, now_s)
            if verdict is Verdict.STOP:
                self._stop(held)
            if verdict is not Verdict.NOTHING_NEW:
                _answer(held)
            held.watch.due_s = max(held.watch.due_s, now_s + _PAUSES_PER_LOOK * (now_s - begun_s))

    def _stop(self, held: Held) -> None:
        def tell(processes: list[psutil.Process]) -> None:
            held.stopped.update(dict.fromkeys(processes))
            if processes:
                _say("stopping", held.worker, *(Identity.of(p.pid) for p in processes))

        stopping.stop(held.worker.pid, tell)

    def continue_all(self) -> None:
        """Continue everything."""
        for held in list(self._held.values()):
            stopping.resume(held.stopped)

    def _is_ours(self, worker: Identity) -> bool:
        """Whether a worker lives and descends from the executor."""
        if worker.pid == os.getpid() or worker.process() is None:
            return False
        if worker not in self._ours and process_tree.descends(worker.pid, self._executor):
            self._ours = {known for known in self._ours if known.process()} | {worker}
        return worker in self._ours

    def _measure(self, workers: Iterator[Identity]) -> list[int]:
        """Return pid, resident bytes, processor milliseconds and processes, of each that lives."""
        deadline_s = time.monotonic() + _MEASURE_LIMIT_S
        figures: list[int] = []
        for worker in workers:
            if not self._is_ours(worker):
                continue
            measured = []
            for process in process_tree.of(worker.pid):
                if time.monotonic() > deadline_s:
                    return figures
                if one := _measure(process):
                    measured.append(one)
            if measured:
                rss, cpu_ms = (sum(column) for column in zip(*measured))
                figures += (worker.pid, rss, cpu_ms, len(measured))
        return figures


def _processes(words: list[str]) -> dict[psutil.Process, None]:
    """Return those that live, in their order."""
    found = (Identity.parse(word).process() for word in words)
    return {process: None for process in found if process is not None}


def _measure(process: psutil.Process) -> tuple[int, int] | None:
    """Return resident bytes and processor milliseconds of one process, None if it is gone."""
    try:
        with process.oneshot():
            times = process.cpu_times()
            return process.memory_info().rss, round((times.user + times.system) * 1000)
    except process_tree.GONE:
        return None


def _answer(held: Held) -> None:
    """Say that a worker stands still, to all who have asked for that."""
    numbers, held.numbers = held.numbers, []
    for number in numbers:
        _say("done", number)


def _say(*words: object) -> None:
    print(*words, flush=True)


def serve(controller: ProcessController) -> None:
    """Do what the lines on standard input say, and look when looks are due, until its end."""
    _say(READY)
    unread = b""
    try:
        while True:
            if select.select([0], [], [], controller.due_in_s())[0]:
                read = os.read(0, _READ_BYTES)
                if not read:
                    break
                *lines, unread = (unread + read).split(b"\n")
                for line in lines:
                    controller.obey(line.decode())
            controller.look()
    except BrokenPipeError:
        pass  # the executor is gone
    finally:
        controller.continue_all()


def main() -> None:
    """Serve until the executor is gone."""
    # A Ctrl-C in the terminal of a local session is meant for the driver, which will end us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    executor = os.getppid()
    serve(ProcessController(executor))
    sockets.sweep_after(executor)


if __name__ == "__main__":
    main()
