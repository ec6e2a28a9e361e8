"""Partition functions as users write them: with libraries, processes, signals and threads.

Each is a function of a partition's records whose answers are the same in any process, so that a
test computes them without Spark. None knows of Neptune, but those that mark sections.
"""

from __future__ import annotations

from tests.integration.user_code import events, interpreter, processes, waits
from tests.integration.user_code.common import Task

TASKS: dict[str, dict[str, Task]] = {
    "gevent": events.GEVENT,
    "eventlet": events.EVENTLET,
    "plain": {**events.TASKS, **interpreter.TASKS, **processes.TASKS, **waits.TASKS},
}
"""By family, each of which needs a process of its own, and by name."""
