"""The frames of the control channel between a Python worker and its executor.

A frame has 17 bytes, big-endian: the kind, the task attempt id, and the sequence number that the
executor gave to its request and finds again in the acknowledgement.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import Final, NamedTuple

from neptune_spark.worker.errors import BrokenFrame

PROTOCOL_VERSION = 2
_FRAME = struct.Struct(">Bqq")
FRAME_BYTES = _FRAME.size


class Report(IntEnum):
    """What a worker tells its executor."""

    HELLO = 1
    """First on a connection: the worker's process id as `task_id`, the protocol as `sequence`."""
    BEGIN = 2
    END = 3
    SUSPENDED = 4
    RESUMED = 5
    DEFERRED = 6
    """The task is in a `no_suspend` section; it will be suspended at that section's end."""
    SUSPENDED_MAYBE_BUSY = 7
    """As SUSPENDED, but the process may go on using a processor: it has other threads or child
    processes, or its main thread sleeps in a call that may do more than sleep."""
    UNREACHABLE = 8
    """User code has taken all signal numbers: the executor must stop the process itself."""


class Request(IntEnum):
    """What an executor asks of its worker."""

    SUSPEND = 16
    RESUME = 17
    CANCEL = 18
    SUSPEND_NOW = 19
    """Suspend the task although it is in a `no_suspend` section, which has lasted too long."""


_REQUESTS: Final = {int(request): request for request in Request}


class Message(NamedTuple):
    """A request of the executor's, as it came."""

    kind: Request
    task_id: int
    sequence: int


def encode(kind: Report | Request, task_id: int, sequence: int) -> bytes:
    """Return the frame of a message.

    Parameters
    ----------
    kind : Report | Request
        What is said.
    task_id : int
        The task attempt id, unique in the application (for HELLO: the process id).
    sequence : int
        The request's number (for HELLO: the protocol version; 0 where there is none).
    """
    return _FRAME.pack(kind, task_id, sequence)


def decode(frame: bytes | bytearray) -> Message:
    """Return the request in a frame of `FRAME_BYTES` bytes.

    Raises
    ------
    BrokenFrame
        Its kind is none that an executor sends.
    """
    kind, task_id, sequence = _FRAME.unpack(frame)
    request = _REQUESTS.get(kind)
    if request is None:
        raise BrokenFrame(
            f"The executor sent a frame of unknown kind {kind}; protocol version is "
            f"{PROTOCOL_VERSION}."
        )
    # Not `Message(...)`, whose Python code would be called by C code: see `requests`.
    return Message._make((request, task_id, sequence))
