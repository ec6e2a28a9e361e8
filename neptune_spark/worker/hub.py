"""The hub of a Python worker: suspends, resumes and cancels its task at the executor's request.

The task runs as in any worker of Spark's, in the main thread and there in the main greenlet: there
is nothing of ours below it. The hub is a thread beside it, which sleeps in the kernel until the
executor writes to the control channel, and then obeys (`requests`). To suspend the task it closes
the `gate`, at which the main thread then stands still, with all its greenlets. To resume it, it
opens the gate.

A task that sleeps in a system call needs no processor. It counts as suspended where it is, is not
woken up, and comes to the gate when the call returns.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import weakref
from _thread import get_ident  # now: gevent and eventlet replace it
from collections.abc import Callable, Iterator
from functools import lru_cache

from neptune_spark.worker import cancellation, current, forking
from neptune_spark.worker.channel import Channel, shown
from neptune_spark.worker.errors import ChannelLost, WorkerError
from neptune_spark.worker.gate import Gate
from neptune_spark.worker.listener import Listener
from neptune_spark.worker.log import report
from neptune_spark.worker.messages import Report
from neptune_spark.worker.requests import Requests, Section, Task
from neptune_spark.worker.states import State
from neptune_spark.worker.switching import SwitchInterval


class Connection:
    """What a hub has while an executor is connected; a child that is forked has no part in it."""

    def __init__(self, task: Task, address: str) -> None:
        self.address = address
        self._process = os.getpid()
        with contextlib.ExitStack() as undo:
            self.channel = Channel.open(address)
            undo.callback(self.channel.close)
            self.gate = Gate()
            undo.callback(self.gate.discard)
            self.gate.install()
            undo.callback(self.gate.uninstall)
            self.requests = Requests(task, self.channel, self.gate)
            self.listener = Listener(
                self.channel.descriptor, self.requests.attend, self.requests.may_leave
            )
            undo.callback(self.listener.discard)
            self.listener.start()
            undo.pop_all()

    def close(self) -> None:
        """Let the task go on, end the hub's thread, and free everything.

        In a child that C code has forked, which Python does not tell us of, only free it.
        """
        if os.getpid() == self._process:
            self.gate.open()
            self.listener.stop()
        self.free()

    def free(self) -> None:
        """Free this process's ends.

        In a forked child this alone: to open the gate there would be to open the parent's.
        """
        self.listener.discard()
        self.channel.close()
        self.gate.uninstall()
        self.gate.discard()


class Hub:
    """Has the executor of one worker process know its tasks, one after the other, and obeys it.

    THREADING: `begin` is called by the main thread; `end`, `section` and `yield_point` by any
    thread of the task's. What the executor says is `Requests`' and its thread's.
    """

    def __init__(self) -> None:
        self._task = Task()
        # Made at the first suspendable task, and kept until it is lost.
        self._connection: Connection | None = None
        self._interval = SwitchInterval()
        # Addresses that could not be connected to, each reported once.
        self._unreachable: set[str] = set()
        current.hub = weakref.ref(self)

    @property
    def task_id(self) -> int | None:
        """The task that runs, if it can be suspended."""
        return self._task.task_id

    def begin(self, task_id: int, address: str) -> None:
        """Tell the executor which task runs; from now on it can be suspended.

        Does nothing for the task that has begun already; any other has ended. An executor that
        cannot be reached is reported on stderr once, and the task goes on, unsuspendable.

        Parameters
        ----------
        task_id : int
            The task attempt id.
        address : str
            Of the executor's control socket: see `Channel.open`.
        """
        if self._task.task_id == task_id:
            return
        self.end()
        try:
            known = self._connection
            if known is not None and known.address == address:
                known.gate.install()  # an earlier task may have put its own in this place
                if self._announce(known, task_id):
                    return
            # The first task, or the executor closed the connection since the last one.
            self.leave()
            self._connection = Connection(self._task, address)
            self._task.thread = get_ident()
            atexit.register(self.leave)
            if not self._announce(self._connection, task_id):
                raise ChannelLost("The executor closed the connection at once.")
        except (OSError, RuntimeError, ValueError, WorkerError) as error:
            # ValueError: no address, or not in the main thread, where alone a signal handler can
            # be installed; RuntimeError: no thread can be started.
            self.leave()
            if address not in self._unreachable:
                self._unreachable.add(address)
                report(
                    f"No connection to the executor's control socket {shown(address)} ({error}); "
                    "tasks of this worker cannot be suspended."
                )

    def end(self) -> None:
        """End the task. Does nothing if the executor knows of none."""
        task_id, self._task.task_id = self._task.task_id, None
        connection = self._connection
        if task_id is None or connection is None:
            return
        self._task.sections.clear()
        if connection.requests.asked is not None:
            if get_ident() == self._task.thread:
                cancellation.forget()
            connection.gate.open()
            connection.listener.wake()  # to see that it is over
        # If the executor is gone, the hub's thread sees it, too.
        with contextlib.suppress(ChannelLost):
            connection.channel.send(Report.END, task_id, 0)

    @contextlib.contextmanager
    def section(self, place: str) -> Iterator[None]:
        """Put off suspensions until the end of this context, or until the executor insists.

        Parameters
        ----------
        place : str
            Where in the user's code this is, for the warning that it lasts too long.
        """
        sections, section = self._task.sections, Section(place)
        try:
            try:
                sections[section] = None
                # A task that is to be suspended stops here at the latest.
                _look_for_signals()
                yield
            finally:
                # First of all this: a signal handler of the user's may raise at the next call.
                # Sections of other threads may lie above it. It is gone if the task ended within
                # it, as a generator does that nobody exhausts.
                sections.pop(section, None)
        finally:
            # Once more: before Python 3.10 the handler may have raised at any bytecode above.
            sections.pop(section, None)
            if not sections and self._state is State.DEFERRING:
                self._suspend_here()

    def yield_point(self) -> None:
        """Suspend the task here if that was asked for, also within a section."""
        if self._state is State.DEFERRING:
            self._task.yielding = True
            try:
                self._suspend_here()
            finally:
                self._task.yielding = False
        elif self._state in (State.SUSPENDING, State.SUSPENDED):
            self._wait()

    def leave(self) -> None:
        """Drop connection and task: they are lost, or Python ends."""
        self._drop(Connection.close)

    def _drop(self, end: Callable[[Connection], None]) -> None:
        self._task.task_id = None
        connection, self._connection = self._connection, None
        if connection is not None:
            atexit.unregister(self.leave)
            end(connection)
        self._interval.restore()

    def stop_listening(self) -> None:
        """End the hub's thread, for a fork."""
        if self._connection is not None:
            self._connection.listener.stop()

    def listen(self) -> None:
        """Start it again."""
        if self._connection is not None:
            self._connection.listener.start()

    def leave_to_parent(self) -> None:
        """Drop connection and task, in a child."""
        self._task.sections.clear()
        self._drop(Connection.free)

    @property
    def _state(self) -> State:
        return State.RUNNING if self._connection is None else self._connection.requests.state

    def _announce(self, connection: Connection, task_id: int) -> bool:
        """Say that the task begins; return whether the executor could be told."""
        # First the task: the executor may answer before `send` returns.
        self._task.task_id = task_id
        try:
            connection.channel.send(Report.BEGIN, task_id, 0)
        except ChannelLost:
            return False
        self._interval.shorten()
        return True

    def _suspend_here(self) -> None:
        """Suspend the task at the end of its section, before it can begin another."""
        connection = self._connection
        if connection is None:
            return
        if get_ident() == self._task.thread:
            connection.gate.close()
            # It may have been resumed just now, and the gate been opened before it was closed.
            if self._state is not State.DEFERRING:
                connection.gate.open()
        connection.listener.wake()
        self._wait()

    def _wait(self) -> None:
        if self._connection is not None and get_ident() == self._task.thread:
            self._connection.gate.wait()


@lru_cache(maxsize=None)
def own_hub() -> Hub:
    """Return this process's hub, which it keeps to its end; make it first if there is none."""
    return Hub()


def _look_for_signals() -> None:
    """Do nothing: Python looks for what has come for the main thread as it enters a function."""


forking.register()
