"""The thread in which the hub of a worker listens to its executor."""

from __future__ import annotations

import os
import time
from _thread import allocate_lock, start_new_thread
from collections.abc import Callable
from select import EPOLLET, EPOLLIN, epoll  # now: gevent and eventlet take epoll away
from sys import getprofile, gettrace, setprofile, settrace  # now: user code may replace them
from threading import get_native_id
from typing import Final

from neptune_spark.worker import eventfd, masks, wakeups

# Before user code can replace them, in a test of its own, say.
_sleep = time.sleep
_exists = os.path.exists
# The longest pause between two calls of `attend` while nothing comes: shorter than a task waits at
# the gate by itself; see `gate._NUMBERS`.
_LONGEST_PAUSE_S: Final = 20.0
_GROWTH: Final = 1.3
# `epoll` waits for whole milliseconds, rounded up; a shorter pause is slept through.
_LEAST_WAIT_S: Final = 0.001


class Listener:
    """Calls `attend` in a thread of its own, whenever there may be something to attend to.

    It is a bare thread, which `threading` does not know of. None may be there when the process
    forks: the child would have copies of locks that nobody releases, and Python 3.12 warns.

    Parameters
    ----------
    descriptor : int
        A socket; when it has something to read, there is something to attend to.
    attend : Callable[[], float | None]
        Returns after how many seconds it wants to be called again, though nothing has come,
        or None if not at all. The pauses grow from call to call, from that one on.
    may_leave : Callable[[], bool]
        Whether the thread may end now that it is asked to; if not, it is asked again
        after the next call of `attend`.
    """

    def __init__(
        self, descriptor: int, attend: Callable[[], float | None], may_leave: Callable[[], bool]
    ) -> None:
        self._attend = attend
        self._may_leave = may_leave
        self._wakes = eventfd.create(0)
        self._epoll = epoll()
        # An event for each arrival, so that nothing need be read here.
        self._epoll.register(descriptor, EPOLLIN | EPOLLET)
        self._epoll.register(self._wakes, EPOLLIN | EPOLLET)
        self._leaves = False
        self._ended = allocate_lock()
        self._thread_id = 0

    def start(self) -> None:
        """Start the thread, if it does not run; what came meanwhile is attended to."""
        users = masks.current()
        try:
            # The thread inherits this mask: it takes no signal, for which a task may wait that has
            # blocked it in its own thread.
            masks.blocking_all(masks.Mask())()
            if self._ended.acquire(blocking=False):
                self._start()
        finally:
            masks.setting(users)()

    def _start(self) -> None:
        self._leaves = False
        try:
            start_new_thread(self._run, ())
        except BaseException:
            self._ended.release()
            raise
        self.wake()

    def wake(self) -> None:
        """Have `attend` called."""
        eventfd.add_one(self._wakes)

    def stop(self) -> None:
        """End the thread, and return when the kernel has forgotten it, too."""
        self._leaves = True
        self.wake()
        with self._ended:
            while _exists(f"/proc/self/task/{self._thread_id}"):
                _sleep(0)  # it has nothing left to do

    def discard(self) -> None:
        """Free what the listener holds; it must be stopped, or belong to this one's parent."""
        self._epoll.close()
        os.close(self._wakes)

    def _run(self) -> None:
        self._thread_id = get_native_id()
        wakeups.prefer_calling_thread()
        pause_s: float | None = None
        try:
            while not (self._leaves and self._may_leave()):
                if self._wait(pause_s):
                    pause_s = None
                # A tracer or profiler that was set for all threads meanwhile (Python 3.12).
                if gettrace() is not None:
                    settrace(None)
                if getprofile() is not None:
                    setprofile(None)
                least_s = self._attend()
                if least_s is not None:
                    least_s = max(least_s, min(_GROWTH * (pause_s or 0.0), _LONGEST_PAUSE_S))
                pause_s = least_s
        finally:
            self._ended.release()

    def _wait(self, pause_s: float | None) -> bool:
        """Wait for so long, None for ever; return whether something has come."""
        if pause_s is not None and pause_s < _LEAST_WAIT_S:
            _sleep(pause_s)
            pause_s = 0.0
        return bool(self._epoll.poll(pause_s))
