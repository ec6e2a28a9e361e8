"""The hub of a Python worker: runs its tasks, and suspends, resumes and cancels them on request.

A task runs in a greenlet of its own. When the executor writes to the control channel, the kernel
raises SIGIO, and its handler runs between two bytecodes of whatever the main thread is at, also
within a sleep, a blocking read, a wait for a lock, or a greenlet of the user's. The handler enters
the hub's greenlet, on top of the one that was interrupted; the hub reads and obeys. While the task
is suspended the hub does not leave: it blocks on the channel until it is told to resume. Then the
interrupted greenlet goes on where it was.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import threading
import traceback
import weakref
from collections.abc import Callable, Iterator
from contextvars import Context, copy_context
from types import FrameType
from typing import ParamSpec, TypeVar

from neptune_spark.worker import current, greenlets, tracebacks
from neptune_spark.worker.channel import Channel, SignalHandler, install
from neptune_spark.worker.company import has_company
from neptune_spark.worker.errors import (
    ChannelLost,
    HubError,
    TaskCancelled,
    WorkerError,
)
from neptune_spark.worker.messages import Message, Report, Request
from neptune_spark.worker.states import Event, State, after

P = ParamSpec("P")
R = TypeVar("R")

NO_SUSPEND_MAX = "spark.neptune.python.noSuspend.max"
_EVENTS = {Request.RESUME: Event.RESUME, Request.CANCEL: Event.CANCEL}
# In place of the greenlet that called `run`, while a task runs that nobody called `run` for.
_NOWHERE = object()


class Hub:
    """Runs the tasks of one worker process, one after the other, and obeys its executor.

    THREADING: everything happens in the main thread. `_on_signal` may interrupt any of the other
    methods between two bytecodes, and so may signal handlers of the user's, which may raise; a
    message is therefore acted on *at least* once, and acting on one twice must do no harm. In that
    rare case the executor gets the same acknowledgement twice.
    Other threads of the user's go on while the task is suspended.
    """

    def __init__(self) -> None:
        # Written by `_happen` alone, which keeps to the table in `states`.
        self._state = State.IDLE
        # The task that the executor knows: not None if and only if the state is not IDLE, except
        # between the two assignments of `begin` and `_end`, where no message names a task anyhow.
        self._task_id: int | None = None
        # Made at the first suspendable task, kept until it is lost, never shared with a child.
        self._channel: Channel | None = None
        # The greenlet that called `run`, while a task runs.
        self._home: object | None = None
        # Where the task has entered each of its `no_suspend` sections, in any of its threads.
        self._sections: list[str] = []
        # The request that came in such a section: the number to answer with, once it is over.
        self._deferred_sequence = 0
        # The task has called `yield_point`, which suspends it in such a section, too.
        self._yielding = False
        # What tasks see as context variables: one context for all, as in a worker without a hub.
        self._context: Context | None = None
        # The hub's greenlet is active; a signal that comes now must not enter it once more.
        self._serving = False
        # A signal came that no `_serve` has followed yet.
        self._signalled = False
        # To be raised in the task when the hub is left: the executor's cancellation, and what a
        # signal handler of the user's raised while the hub was active.
        self._cancelled = False
        self._interruption: BaseException | None = None
        # Paths that could not be connected to, each reported once.
        self._unreachable: set[str] = set()
        # One bound method, kept: `install` compares it with the handler in force.
        self._handler: SignalHandler = self._on_signal
        itself = weakref.ref(self)
        os.register_at_fork(after_in_child=lambda: _leave(itself()))
        current.hub = itself
        # A Python that ends gives SIGIO back its default action, which would end it half-way.
        atexit.register(lambda: _leave(itself()))

    @property
    def state(self) -> State:
        """Where the current task is in its life."""
        return self._state

    @property
    def busy(self) -> bool:
        """Whether this hub runs a task."""
        return self._home is not None

    def run(self, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run one task to its end and return what it returns, or raise what it raises.

        The task can be suspended from `begin` on. Call this in the main thread, not in a task.

        Raises:
            HubError: this hub runs a task already.
            TaskCancelled: the executor cancelled the task, which did not catch it.
        """
        if self._context is None:
            self._context = copy_context()
        self._open(greenlets.current())
        try:
            return greenlets.call(lambda: function(*args, **kwargs), self._context)
        finally:
            self._close()

    @contextlib.contextmanager
    def attached(self) -> Iterator[None]:
        """Make what runs in this context one task, which needs no greenlet of its own.

        For a task that is not run by `run`: the hub's greenlet is entered on top of any other.

        Raises:
            HubError: this hub runs a task already.
        """
        self._open(_NOWHERE)
        try:
            yield
        finally:
            self._close()

    def _open(self, home: object) -> None:
        if self._home is not None:
            raise HubError("A worker's hub runs one task at a time; it was asked to run another.")
        self._home = home

    def _close(self) -> None:
        self._end()
        self._home = None

    def begin(self, task_id: int, socket_path: str) -> None:
        """Tell the executor which task runs; from now on it can be suspended.

        Does nothing outside `run`, or when the task has begun already. An executor that cannot be
        reached is reported on stderr once, and the task goes on, unsuspendable.

        Args:
            task_id: the task attempt id.
            socket_path: the executor's control socket.
        """
        if self._home is None or self._state is not State.IDLE:
            return
        try:
            # A local name: the handler may set `_channel` to None at any time.
            channel = self._channel
            if channel is not None and channel.path == socket_path:
                install(self._handler)  # an earlier task may have put its own in this place
                if self._announce(channel, task_id):
                    return
            # The first task, or the executor closed the connection since the last one.
            self._lose()
            self._channel = channel = Channel.open(socket_path, self._handler)
            if not self._announce(channel, task_id):
                raise ChannelLost("The executor closed the connection at once.")
        except (OSError, ValueError, WorkerError) as error:
            # ValueError: not in the main thread, where alone a signal handler can be installed.
            self._lose()
            if socket_path not in self._unreachable:
                self._unreachable.add(socket_path)
                _report(
                    f"No connection to the executor's control socket {socket_path} ({error}); "
                    "tasks of this worker cannot be suspended."
                )

    @contextlib.contextmanager
    def section(self, place: str) -> Iterator[None]:
        """Put off suspensions until the end of this context, or until the executor insists.

        Args:
            place: where in the user's code this is, for the warning that it lasts too long.
        """
        self._sections.append(place)
        try:
            yield
        finally:
            # By value: sections of other threads may lie above this one. It is gone already if the
            # task ended within it, as a generator does that nobody exhausts.
            with contextlib.suppress(ValueError):
                self._sections.remove(place)
            if not self._sections and self._state is State.DEFERRING:
                self._attend()

    def yield_point(self) -> None:
        """Suspend the task here if that was asked for, also within a section."""
        if self._channel is None or not _in_main_thread():
            return
        self._yielding = True
        try:
            self._on_signal(signal.SIGIO, None)
        finally:
            self._yielding = False

    def _attend(self) -> None:
        """Have the main thread look at what the executor wants."""
        if _in_main_thread():
            self._on_signal(signal.SIGIO, None)
        else:
            signal.pthread_kill(_main_thread_id(), signal.SIGIO)

    def _announce(self, channel: Channel, task_id: int) -> bool:
        """Say that the task begins; return whether the executor could be told."""
        # The state first: the executor may answer before `send` returns.
        self._task_id = task_id
        self._happen(Event.BEGIN)
        try:
            channel.send(Report.BEGIN, task_id, 0)
        except ChannelLost:
            self._lose()
            return False
        return True

    def _end(self) -> None:
        """Close the current task's life, if it has one that the executor knows of."""
        channel, task_id = self._channel, self._task_id
        self._happen(Event.END)
        self._task_id = None
        self._cancelled = False
        self._sections.clear()
        if channel is not None and task_id is not None:
            try:
                channel.send(Report.END, task_id, 0)
            except ChannelLost:
                self._lose()

    def _happen(self, event: Event) -> None:
        self._state = after(self._state, event)

    def _lose(self) -> None:
        """Give the connection up. A task that is suspended goes on; it stays unsuspendable."""
        channel, self._channel = self._channel, None
        self._happen(Event.LOST)
        self._task_id = None
        if channel is not None:
            channel.close()

    def _on_signal(self, signal_number: int, frame: FrameType | None) -> None:
        """Handle SIGIO. Runs in the main thread, in whichever greenlet is current there."""
        self._signalled = True
        if self._serving or self._channel is None:
            return
        # A signal that comes while `_serving` is set is seen by the loop, a later one starts a call
        # of its own: none is lost.
        while self._signalled:
            try:
                self._serving = True
                self._signalled = False
                if tracebacks.are_dumped():
                    self._serve()
                else:
                    greenlets.call(self._serve)
            finally:
                self._serving = False
        self._deliver()

    def _deliver(self) -> None:
        """Raise in the current greenlet what came for the task while the hub was active."""
        interruption, self._interruption = self._interruption, None
        if interruption is not None:
            raise interruption
        if self._cancelled:
            self._cancelled = False
            # In the greenlet of `run` the task has ended: too late, and not the caller's affair.
            if greenlets.current() is not self._home:
                raise TaskCancelled("The executor cancelled this task.")

    def _serve(self) -> None:
        """Obey the executor until nothing is left to do and the task may run."""
        while True:
            try:
                self._obey_all()
                return
            except WorkerError as error:
                if not isinstance(error, ChannelLost):
                    _report(f"The control connection is given up: {error}")
                self._lose()
            except BaseException as error:
                # Raised by a signal handler of the user's (a time limit by SIGALRM, say), which
                # cannot know that the task is suspended: it is the task's, but not before resume.
                if self._interruption is not None:
                    # The second one; it might be a fault of our own, which must not loop for ever.
                    _report(f"The control connection is given up: {_in_full(error)}")
                    self._lose()
                else:
                    self._interruption = error

    def _obey_all(self) -> None:
        while (channel := self._channel) is not None:
            message = channel.receive(wait=self._state is State.SUSPENDED)
            if message is not None:
                self._obey(channel, message)
                channel.taken()
            elif self._state is State.DEFERRING and not self._defers():
                self._suspend(channel, self._deferred_sequence)
            else:
                return

    def _defers(self) -> bool:
        """Whether the task is where it must not be suspended."""
        return bool(self._sections) and not self._yielding

    def _obey(self, channel: Channel, message: Message) -> None:
        """Act on one message; acting on the same one again changes nothing."""
        if self._state is State.IDLE or message.task_id != self._task_id:
            return  # it was sent before the task's end was known to the executor
        if message.kind is Request.SUSPEND and self._must_defer():
            self._deferred_sequence = message.sequence
            self._happen(Event.DEFER)
            channel.send(Report.DEFERRED, message.task_id, message.sequence)
        elif message.kind in (Request.SUSPEND, Request.SUSPEND_NOW):
            if message.kind is Request.SUSPEND_NOW and self._must_defer():
                _report(
                    f"A no_suspend() section has lasted longer than {NO_SUSPEND_MAX}; its task is "
                    f"suspended in it: {self._sections[-1]}"
                )
            self._suspend(channel, message.sequence)
        else:
            if message.kind is Request.CANCEL and self._state is not State.CANCELLING:
                self._cancelled = True
            self._happen(_EVENTS[message.kind])
            if message.kind is Request.RESUME:
                channel.send(Report.RESUMED, message.task_id, message.sequence)

    def _must_defer(self) -> bool:
        return self._state in (State.RUNNING, State.DEFERRING) and self._defers()

    def _suspend(self, channel: Channel, sequence: int) -> None:
        """Suspend the task, unless it is being cancelled, and tell the executor."""
        self._happen(Event.SUSPEND)
        if self._state is State.SUSPENDED and self._task_id is not None:
            kind = Report.SUSPENDED_IN_COMPANY if has_company() else Report.SUSPENDED
            channel.send(kind, self._task_id, sequence)


def _main_thread_id() -> int:
    identity = threading.main_thread().ident
    assert identity is not None  # the main thread has started
    return identity


def _in_main_thread() -> bool:
    return threading.get_ident() == _main_thread_id()


def _leave(hub: Hub | None) -> None:
    """Drop connection and task for good: in a forked child, whose parent has both, or at exit."""
    if hub is not None:
        hub._lose()
        hub._home = None


def _report(sentence: str) -> None:
    """Write one line to stderr, where Spark takes it to the executor's log.

    Not by `print`: the signal may have interrupted one that is under way, whose lock is taken.
    """
    with contextlib.suppress(OSError):
        os.write(2, f"neptune-spark worker {os.getpid()}: {sentence}\n".encode())


def _in_full(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)).rstrip()
