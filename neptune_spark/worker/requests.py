"""What the executor asks of a worker's task: the half of the hub that runs in its own thread.

It is written such that C code calls no Python code: `faulthandler.dump_traceback_later` looks at
threads while they run, and follows what may be gone from a C stack (CPython 3.11). Hence no
properties, context managers or calls of enumerations.
"""

from __future__ import annotations

import sys
import traceback
from time import monotonic, sleep  # now: gevent and eventlet replace it

from neptune_spark._errors import TaskCancelled
from neptune_spark.worker import cancellation
from neptune_spark.worker.channel import Channel
from neptune_spark.worker.errors import ChannelLost, WorkerError
from neptune_spark.worker.gate import Gate
from neptune_spark.worker.log import report
from neptune_spark.worker.main_thread import MainThreadState, main_thread_state
from neptune_spark.worker.messages import Message, Report, Request
from neptune_spark.worker.other_threads import has_other_threads_or_children
from neptune_spark.worker.states import Event, State, after

NO_SUSPEND_MAX = "spark.neptune.python.noSuspendMax"
# How often the main thread is looked at before it counts as asleep: it may be between two sleeps,
# as when it waits for the interpreter's lock, which the hub's thread holds while it looks.
_LOOKS = 5
_BETWEEN_LOOKS_S = 0.00001
# The least pauses between looks after a task: while it is on its way to the gate, and while it is
# suspended, when nothing must come between the executor's word and the gate.
_TO_THE_GATE_S = 0.00005
_AT_THE_GATE_S = 0.001
# Before a task at the gate goes on by itself; see `gate._NUMBERS`.
_TRIP_AGAIN_S = 15.0


class Section:
    """A `no_suspend` section that was entered; one is another, though the place be the same."""

    def __init__(self, place: str) -> None:
        self.place = place


class Task:
    """The task of a worker, as its own threads tell of it."""

    def __init__(self) -> None:
        # The task attempt id, while a task runs of which the executor knows.
        self.task_id: int | None = None
        # The thread that runs it: the main one.
        self.thread = 0
        # Where it has entered each of its `no_suspend` sections, in any of its threads: keys only.
        self.sections: dict[Section, None] = {}
        # It has called `yield_point`, which suspends it in such a section, too.
        self.yielding = False


class Requests:
    """Obeys the executor.

    THREADING: the hub's thread alone calls `attend` and writes what is here; others may read
    `state` and `asked`. There is no lock, since the main thread may stand still at any bytecode of
    ours, too. Instead, no task is suspended before its `task_id` was looked at, and that is looked
    at again after the gate was closed: a task that ends leaves it open.
    """

    def __init__(self, task: Task, channel: Channel, gate: Gate) -> None:
        self._task = task
        self._channel = channel
        self._gate = gate
        # What is asked of the task `asked`; written by `_happen` alone, which keeps to the table
        # in `states`.
        self.state = State.RUNNING
        self.asked: int | None = None
        # The numbers of the requests to suspend that have not been answered.
        self._unanswered: list[int] = []
        # The executor does not care for sections any more.
        self._insists = False
        self._tripped_at_s = 0.0

    def may_leave(self) -> bool:
        """Whether nobody stands at the gate, who would wait there for the hub's thread."""
        return self.state not in (State.SUSPENDING, State.SUSPENDED)

    def attend(self) -> float | None:
        """Obey; return after how many seconds to look after the task again, if at all."""
        try:
            while (message := self._channel.receive()) is not None:
                self._obey(message)
            if self.asked is not None and self.asked != self._task.task_id:
                self._happen(Event.OVER)
                self._gate.open()
            self._look_after()
        except ChannelLost:
            self._lose()
        except Exception as error:
            what = (
                error
                if isinstance(error, WorkerError)
                else "".join(traceback.format_exception(*sys.exc_info())).rstrip()
            )
            report(f"The control connection is given up: {what}")
            self._lose()
        if self.may_leave():
            return None
        return _TO_THE_GATE_S if self.state is State.SUSPENDING else _AT_THE_GATE_S

    def _happen(self, event: Event) -> None:
        self.state = after(self.state, event)
        if event is Event.OVER:
            self.asked = None
            self._unanswered.clear()
            self._insists = False

    def _lose(self) -> None:
        """Let the task go on, unsuspendable; the main thread sees that at the next one."""
        self._task.task_id = None
        self._happen(Event.OVER)
        self._gate.open()
        self._channel.shut()

    def _obey(self, message: Message) -> None:
        """Act on one message; acting on the same one again changes nothing."""
        if message.task_id not in (self._task.task_id, self.asked):
            return  # it was sent before the task's end was known to the executor
        if self.asked != message.task_id:
            self._happen(Event.OVER)  # of an earlier task
            self.asked = message.task_id
        if message.kind is Request.SUSPEND and self._must_defer():
            self._unanswered.append(message.sequence)
            self._defer()
        elif message.kind in (Request.SUSPEND, Request.SUSPEND_NOW):
            if message.kind is Request.SUSPEND_NOW and self._must_defer():
                self._insists = True
                report(
                    f"A no_suspend() section has lasted longer than {NO_SUSPEND_MAX}; its task "
                    f"is suspended in it: {list(self._task.sections)[-1].place}"
                )
            if self.state is State.DEFERRING:
                self._unanswered.clear()  # they were answered so
            self._unanswered.append(message.sequence)
            self._happen(Event.SUSPEND)
        elif message.kind is Request.RESUME:
            self._unanswered.clear()
            self._insists = False
            self._happen(Event.RESUME)
            # First the answer: the task may end at once.
            self._channel.send(Report.RESUMED, message.task_id, message.sequence)
            if self.state is State.RUNNING:
                self._gate.open()
                self.asked = None
        elif message.kind is Request.CANCEL:
            # The next task may have begun: it must not be the one that raises.
            if self.state is not State.CANCELLING and self._task.task_id == message.task_id:
                cancellation.raise_in(self._task.thread, TaskCancelled)
            self._happen(Event.CANCEL)
            self._gate.open()

    def _defers(self) -> bool:
        """Whether the task is where it must not be suspended."""
        return bool(self._task.sections) and not self._task.yielding and not self._insists

    def _must_defer(self) -> bool:
        return self.state in (State.RUNNING, State.DEFERRING) and self._defers()

    def _defer(self) -> None:
        assert self.asked is not None
        self._happen(Event.DEFER)
        del self._unanswered[:-1]
        self._channel.send(Report.DEFERRED, self.asked, self._unanswered[-1])

    def _look_after(self) -> None:
        """Have the main thread come to the closed gate, and tell the executor when it stands."""
        if self.state is State.DEFERRING and not self._defers():
            self._happen(Event.SUSPEND)
        if self.state not in (State.SUSPENDING, State.SUSPENDED):
            return
        self._gate.close()
        reaches = self._gate.is_installed()
        if self.state is State.SUSPENDING or self._has_to_come_back():
            self._trip()
        if self._task.task_id != self.asked:
            self._happen(Event.OVER)
            self._gate.open()
        elif self.state is State.SUSPENDING and self._defers():
            # It entered a section before it could be stopped.
            self._gate.open()
            self._defer()
        elif self.state is State.SUSPENDING:
            self._answer(reaches)

    def _has_to_come_back(self) -> bool:
        """Whether a suspended task is not at the gate, or will not have waited there for long."""
        return (
            monotonic() - self._tripped_at_s > _TRIP_AGAIN_S
            or main_thread_state(self._gate.descriptor) is MainThreadState.RUNNING
        )

    def _trip(self) -> None:
        """Not more often than need be: each time a byte goes to the pipe of `set_wakeup_fd`."""
        self._gate.trip()
        self._tripped_at_s = monotonic()

    def _answer(self, reaches: bool) -> None:
        assert self.asked is not None
        state = _look_at_main_thread(self._gate)
        if state is MainThreadState.AT_GATE or (reaches and state is MainThreadState.ASLEEP):
            alone = state is MainThreadState.AT_GATE and not has_other_threads_or_children()
            kind = Report.SUSPENDED if alone else Report.SUSPENDED_MAYBE_BUSY
            self._happen(Event.STANDS)
            # A signal handler of the user's may raise and so take it away: then it comes back.
            self._trip()
        elif not reaches:
            kind = Report.UNREACHABLE
        else:
            return  # it uses a processor: we look again soon; the executor asks again, or stops it
        for sequence in self._unanswered:
            self._channel.send(kind, self.asked, sequence)
        self._unanswered.clear()


def _look_at_main_thread(gate: Gate) -> MainThreadState:
    """Look what the main thread does, more than once unless it is at the gate."""
    for _ in range(_LOOKS):
        sleep(_BETWEEN_LOOKS_S)
        state = main_thread_state(gate.descriptor)
        if state is MainThreadState.AT_GATE:
            break
    return state
