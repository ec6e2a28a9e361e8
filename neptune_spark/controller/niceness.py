"""Has Linux prefer threads and processes to those of lower tasks, where it lets us take that back.

There each thread has a niceness of its own, and inherits it from the one that started it.
"""

from __future__ import annotations

import contextlib
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import psutil  # type: ignore[import-untyped,unused-ignore]  # psutil ships no types

from neptune_spark.controller import process_tree
from neptune_spark.worker import slices, wakeups

_NICEST = 19


class Niceness:
    """How nice the threads of one executor and its Python workers are, above our own niceness.

    Parameters
    ----------
    executor : int
        Process id of the executor.
    """

    def __init__(self, executor: int) -> None:
        self._executor = executor
        self._own = os.getpriority(os.PRIO_PROCESS, 0)
        self._lowered: set[int] = set()

    def may_be_changed(self) -> bool:
        """Whether we may make a thread nicer and take it back; tried on one that ends then.

        Linux wants CAP_SYS_NICE for the latter, or a limit that allows it (RLIMIT_NICE).
        """
        if sys.platform != "linux":
            return False
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(lambda: self._set(0, 1) and self._set(0, 0)).result()

    def thread(self, thread: int, by: int) -> None:
        """Make one thread of the executor nicer by so much; 0: as nice as all."""
        self._set(thread, by)
        if by:
            self._lowered.add(thread)
        else:
            self._lowered.discard(thread)

    def worker(self, pid: int, by: int) -> None:
        """Make all threads of a worker, and of what it has started, nicer by so much.

        But not the one that has to suspend its task.
        """
        for process in process_tree.of(pid):
            for thread in process_tree.threads(process.pid):
                if wakeups.is_preferred(process.pid, thread):
                    slices.set_niceness(thread, self._own, slices.SHORT_NS)
                else:
                    self._set(thread, by)
        # A nicer thread may have started the daemon, which forks for all.
        with contextlib.suppress(*process_tree.GONE):
            parent = psutil.Process(pid).ppid()
            if parent not in (self._executor, 1):
                self._set(parent, 0)

    def take_back_inherited(self, by: int) -> None:
        """Make threads as nice as all that those that are nicer by so much have started.

        They live on and serve all: connections, pools.
        """
        inherited = min(_NICEST, self._own + by)
        threads = list(process_tree.threads(self._executor))
        # Another may have the number of one that has ended.
        self._lowered.intersection_update(threads)
        for thread in threads:
            if thread not in self._lowered:
                with contextlib.suppress(OSError):
                    if os.getpriority(os.PRIO_PROCESS, thread) == inherited:
                        self._set(thread, 0)

    def _set(self, thread: int, by: int) -> bool:
        """Have it be in nobody's way for long if it is nicer; False if we can't."""
        slice_ns = slices.SHORT_NS if by else slices.USUAL_NS
        return slices.set_niceness(thread, self._own + by, slice_ns)
