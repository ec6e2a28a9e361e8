"""The hub of a Python worker: suspends, resumes and cancels its task at the executor's request.

The task runs as in any worker of Spark's, in the main thread and there in the main greenlet: there
is nothing of ours below it. The hub is a thread beside it, which sleeps in the kernel until the
executor writes to the control channel. To suspend the task it closes the `gate`, at which the main
thread then stands still, with all its greenlets. To resume it, it opens the gate.

A task that sleeps in a system call needs no processor. It counts as suspended where it is, is not
woken up, and comes to the gate when the call returns.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import traceback
import weakref
from _thread import get_ident  # now: gevent and eventlet replace it
from collections.abc import Callable, Iterator
from time import sleep  # now: gevent and eventlet replace it

from neptune_spark.worker import cancellation, current
from neptune_spark.worker.channel import Channel
from neptune_spark.worker.company import has_company
from neptune_spark.worker.errors import ChannelLost, TaskCancelled, WorkerError
from neptune_spark.worker.gate import Gate
from neptune_spark.worker.listener import Listener
from neptune_spark.worker.messages import Message, Report, Request
from neptune_spark.worker.standing import Standing, of_main_thread
from neptune_spark.worker.states import Event, State, after
from neptune_spark.worker.switching import SwitchInterval

NO_SUSPEND_MAX = "spark.neptune.python.noSuspend.max"
# How often the main thread is looked at before it counts as asleep: it may be between two sleeps,
# as when it waits for the interpreter's lock, which the hub's thread holds while it looks.
_LOOKS = 5
_BETWEEN_LOOKS_S = 0.00001


class Hub:
    """Obeys the executor of one worker process, for one task after the other.

    THREADING: `begin`, `end`, `section` and `yield_point` are called by tasks, `begin` in the main
    thread only; all else happens in the hub's own thread. There is no lock, since the main thread
    may stand still at any bytecode of ours, too. Instead:

     - `_task_id` is written by the main thread. The hub's thread suspends no task before it has
       looked at it, and looks again after it has closed the gate: a task that ends leaves it open.
     - `_state`, `_asked`, `_unanswered` and `_insists` are written by the hub's thread.
    """

    def __init__(self) -> None:
        # What is asked of the task `_asked`; written by `_happen` alone, which keeps to the table
        # in `states`.
        self._state = State.RUNNING
        self._asked: int | None = None
        # The numbers of the requests to suspend that have not been answered.
        self._unanswered: list[int] = []
        # The executor does not care for sections any more.
        self._insists = False
        # The task that runs, if the executor knows of it.
        self._task_id: int | None = None
        # The thread that announced the task: the main one, or nothing would have begun.
        self._main_thread = 0
        # Made at the first suspendable task, kept until they are lost, never shared with a child.
        self._channel: Channel | None = None
        self._listener: Listener | None = None
        self._gate: Gate | None = None
        self._interval = SwitchInterval()
        # Where the task has entered each of its `no_suspend` sections, in any of its threads.
        self._sections: list[str] = []
        # The task has called `yield_point`, which suspends it in such a section, too.
        self._yielding = False
        # Paths that could not be connected to, each reported once.
        self._unreachable: set[str] = set()
        itself = weakref.ref(self)
        current.hub = itself
        atexit.register(lambda: _leave(itself()))

    @property
    def state(self) -> State:
        """How far the executor's last request for the current task is."""
        return self._state

    @property
    def task_id(self) -> int | None:
        """The task that runs, if it can be suspended."""
        return self._task_id

    def begin(self, task_id: int, socket_path: str) -> None:
        """Tell the executor which task runs; from now on it can be suspended.

        Does nothing for the task that has begun already; any other has ended. An executor that
        cannot be reached is reported on stderr once, and the task goes on, unsuspendable.

        Args:
            task_id: the task attempt id.
            socket_path: the executor's control socket.
        """
        if self._task_id == task_id:
            return
        self.end()
        try:
            if self._channel is not None and self._channel.path == socket_path:
                assert self._gate is not None
                self._gate.install()  # an earlier task may have put its own in this place
                if self._announce(task_id):
                    return
            # The first task, or the executor closed the connection since the last one.
            self.leave()
            self._connect(socket_path)
            if not self._announce(task_id):
                raise ChannelLost("The executor closed the connection at once.")
        except (OSError, RuntimeError, ValueError, WorkerError) as error:
            # ValueError: not in the main thread, where alone a signal handler can be installed;
            # RuntimeError: no thread can be started.
            self.leave()
            if socket_path not in self._unreachable:
                self._unreachable.add(socket_path)
                _report(
                    f"No connection to the executor's control socket {socket_path} ({error}); "
                    "tasks of this worker cannot be suspended."
                )

    def end(self) -> None:
        """The task is over. Does nothing if the executor knows of none."""
        task_id, self._task_id = self._task_id, None
        if task_id is None:
            return
        self._sections.clear()
        if self._asked is not None:
            cancellation.forget(self._main_thread)
            if self._gate is not None:
                self._gate.open()
            if self._listener is not None:
                self._listener.wake()  # to see that it is over
        if self._channel is not None:
            # Else the hub's thread sees it, too.
            with contextlib.suppress(ChannelLost):
                self._channel.send(Report.END, task_id, 0)

    @contextlib.contextmanager
    def section(self, place: str) -> Iterator[None]:
        """Put off suspensions until the end of this context, or until the executor insists.

        Args:
            place: where in the user's code this is, for the warning that it lasts too long.
        """
        self._sections.append(place)
        # A task that was to be suspended before it came here is: at the latest now.
        _look_for_signals()
        try:
            yield
        finally:
            # By value: sections of other threads may lie above this one. It is gone already if the
            # task ended within it, as a generator does that nobody exhausts.
            with contextlib.suppress(ValueError):
                self._sections.remove(place)
            if not self._sections and self._state is State.DEFERRING:
                self._suspend_here()

    def yield_point(self) -> None:
        """Suspend the task here if that was asked for, also within a section."""
        if self._state is State.DEFERRING:
            self._yielding = True
            try:
                self._suspend_here()
            finally:
                self._yielding = False
        elif self._state in (State.SUSPENDING, State.SUSPENDED):
            self._wait()

    def leave(self) -> None:
        """Drop connection and task: they are lost, or this is a child, or Python ends."""
        self._task_id = None
        channel, self._channel = self._channel, None
        listener, self._listener = self._listener, None
        gate, self._gate = self._gate, None
        if gate is not None:
            gate.open()
        if listener is not None:
            listener.stop()
            listener.discard()
        if channel is not None:
            channel.close()
        if gate is not None:
            gate.uninstall()
            gate.discard()
        self._interval.restore()

    def before_fork(self) -> None:
        """A child must not be made while the hub's thread runs."""
        if self._listener is not None:
            self._listener.stop()

    def after_fork(self, *, in_child: bool) -> None:
        """Go on in the parent; leave all to it in the child."""
        if in_child:
            self._sections.clear()
            self._happen(Event.OVER)
            self.leave()
        elif self._listener is not None:
            self._listener.start()

    def _connect(self, socket_path: str) -> None:
        self._channel = Channel.open(socket_path)
        self._gate = Gate()
        self._gate.install()
        self._main_thread = get_ident()
        self._listener = Listener(self._channel.descriptor, self._attend, self._may_leave)
        self._listener.start()

    def _announce(self, task_id: int) -> bool:
        """Say that the task begins; return whether the executor could be told."""
        assert self._channel is not None
        # First the task: the executor may answer before `send` returns.
        self._task_id = task_id
        try:
            self._channel.send(Report.BEGIN, task_id, 0)
        except ChannelLost:
            return False
        self._interval.shorten()
        return True

    def _suspend_here(self) -> None:
        """Suspend the task at the end of its section, before it can begin another."""
        gate, listener = self._gate, self._listener
        if gate is None or listener is None:
            return
        if get_ident() != self._main_thread:
            listener.wake()
            return
        gate.close()
        # It may have been resumed just now, and the gate been opened before it was closed.
        if self._state is not State.DEFERRING:
            gate.open()
        listener.wake()
        self._wait()

    def _wait(self) -> None:
        if self._gate is not None and get_ident() == self._main_thread:
            self._gate.wait()

    # What follows happens in the hub's thread. It is written such that C code calls no Python code:
    # `faulthandler.dump_traceback_later` looks at threads while they run, and follows what may be
    # gone from a C stack (3.11). Hence no properties, context managers or calls of enumerations.

    def _happen(self, event: Event) -> None:
        self._state = after(self._state, event)
        if event is Event.OVER:
            self._asked = None
            self._unanswered.clear()
            self._insists = False

    def _may_leave(self) -> bool:
        """Whether nobody stands at the gate, who would wait there for the hub's thread."""
        return self._state not in (State.SUSPENDING, State.SUSPENDED)

    def _attend(self) -> bool:
        """Obey the executor; return whether to look after the task once more in a while."""
        channel, gate = self._channel, self._gate
        if channel is None or gate is None:
            return False
        try:
            while (message := channel.receive()) is not None:
                self._obey(channel, gate, message)
            if self._asked is not None and self._asked != self._task_id:
                self._happen(Event.OVER)
                gate.open()
            self._look_after(channel, gate)
        except ChannelLost:
            self._lose(channel, gate)
        except Exception as error:
            what = error if isinstance(error, WorkerError) else _in_full(error)
            _report(f"The control connection is given up: {what}")
            self._lose(channel, gate)
        return self._state in (State.SUSPENDING, State.SUSPENDED)

    def _lose(self, channel: Channel, gate: Gate) -> None:
        """The task goes on and can't be suspended; the main thread sees that at the next one."""
        self._task_id = None
        self._happen(Event.OVER)
        gate.open()
        channel.shut()

    def _obey(self, channel: Channel, gate: Gate, message: Message) -> None:
        """Act on one message; acting on the same one again changes nothing."""
        if message.task_id not in (self._task_id, self._asked):
            return  # it was sent before the task's end was known to the executor
        if self._asked != message.task_id:
            self._happen(Event.OVER)  # of an earlier task
            self._asked = message.task_id
        match message.kind:
            case Request.SUSPEND if self._must_defer():
                self._unanswered.append(message.sequence)
                self._defer(channel)
            case Request.SUSPEND | Request.SUSPEND_NOW:
                if message.kind is Request.SUSPEND_NOW and self._must_defer():
                    self._insists = True
                    _report(
                        f"A no_suspend() section has lasted longer than {NO_SUSPEND_MAX}; its task "
                        f"is suspended in it: {self._sections[-1]}"
                    )
                if self._state is State.DEFERRING:
                    self._unanswered.clear()  # they were answered so
                self._unanswered.append(message.sequence)
                self._happen(Event.SUSPEND)
            case Request.RESUME:
                self._unanswered.clear()
                self._insists = False
                self._happen(Event.RESUME)
                # First the answer: the task may end at once.
                channel.send(Report.RESUMED, message.task_id, message.sequence)
                if self._state is State.RUNNING:
                    gate.open()
                    self._asked = None
            case Request.CANCEL:
                if self._state is not State.CANCELLING:
                    cancellation.raise_in(self._main_thread, TaskCancelled)
                self._happen(Event.CANCEL)
                gate.open()

    def _defers(self) -> bool:
        """Whether the task is where it must not be suspended."""
        return bool(self._sections) and not self._yielding and not self._insists

    def _must_defer(self) -> bool:
        return self._state in (State.RUNNING, State.DEFERRING) and self._defers()

    def _defer(self, channel: Channel) -> None:
        assert self._asked is not None
        self._happen(Event.DEFER)
        del self._unanswered[:-1]
        channel.send(Report.DEFERRED, self._asked, self._unanswered[-1])

    def _look_after(self, channel: Channel, gate: Gate) -> None:
        """Have the main thread come to the closed gate, and tell the executor when it stands."""
        if self._state is State.DEFERRING and not self._defers():
            self._happen(Event.SUSPEND)
        if self._state not in (State.SUSPENDING, State.SUSPENDED):
            return
        gate.close()
        # Also while it is suspended: its own signal handlers may have taken it away by raising.
        reaches = gate.trip()
        if self._task_id != self._asked:
            self._happen(Event.OVER)
            gate.open()
        elif self._state is State.SUSPENDING and self._defers():
            # It entered a section before it could be stopped.
            gate.open()
            self._defer(channel)
        elif self._state is State.SUSPENDING:
            self._answer(channel, gate, reaches)

    def _answer(self, channel: Channel, gate: Gate, reaches: bool) -> None:
        assert self._asked is not None
        stands = _standing(gate)
        if stands is Standing.AT_GATE or (reaches and stands is Standing.ASLEEP):
            alone = stands is Standing.AT_GATE and not has_company()
            kind = Report.SUSPENDED if alone else Report.SUSPENDED_IN_COMPANY
            self._happen(Event.STANDS)
            # A signal handler of the user's may raise and so take it away: then it comes back.
            gate.trip()
        elif not reaches:
            kind = Report.UNREACHABLE
        else:
            return  # it is in a call that uses the processor: the executor asks again, or stops it
        for sequence in self._unanswered:
            channel.send(kind, self._asked, sequence)
        self._unanswered.clear()


def _standing(gate: Gate) -> Standing:
    """Look where the main thread is, more than once unless it is at the gate."""
    for _ in range(_LOOKS):
        sleep(_BETWEEN_LOOKS_S)
        stands = of_main_thread(gate.descriptor)
        if stands is Standing.AT_GATE:
            break
    return stands


def _look_for_signals() -> None:
    """Do nothing: Python looks for what has come for the main thread as it enters a function."""


def _with_hub(act: Callable[[Hub], None]) -> None:
    hub = current.hub()
    if hub is not None:
        act(hub)


# Once for a process and its children: such a registration can't be taken back.
os.register_at_fork(
    before=lambda: _with_hub(Hub.before_fork),
    after_in_parent=lambda: _with_hub(lambda hub: hub.after_fork(in_child=False)),
    after_in_child=lambda: _with_hub(lambda hub: hub.after_fork(in_child=True)),
)


def _leave(hub: Hub | None) -> None:
    if hub is not None:
        hub.leave()


def _report(sentence: str) -> None:
    """Write one line to stderr, where Spark takes it to the executor's log.

    Not by `print`, whose lock the main thread may hold while it stands still.
    """
    with contextlib.suppress(OSError):
        os.write(2, f"neptune-spark worker {os.getpid()}: {sentence}\n".encode())


def _in_full(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)).rstrip()
