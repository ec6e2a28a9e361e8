"""The variant with threads: a listener thread and an event, which the task looks at per record.

What a worker without a hub would do, and the comparison that the paper makes between coroutines
and threads: the task's thread stands still at the event, and its stack is what is kept. A function
over a partition cannot be made to look anywhere but where it takes its next record, so that is
where the event is looked at.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterable, Iterator

from neptune_spark.worker.messages import (
    FRAME_BYTES,
    PROTOCOL_VERSION,
    Report,
    Request,
    decode,
    encode,
)


class Gate:
    """Stands open until the executor asks to suspend the task. Speaks the control channel's frames.

    THREADING: `records` and `close` are the task thread's, the rest is the listener's. The listener
    only receives, the task's thread only sends.
    """

    def __init__(self, socket_path: str, task_id: int) -> None:
        self._task_id = task_id
        self._sequence = 0
        self._open = threading.Event()
        self._open.set()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(socket_path)
        self._socket.sendall(encode(Report.HELLO, os.getpid(), PROTOCOL_VERSION))
        self._socket.sendall(encode(Report.BEGIN, task_id, 0))
        self._listener = threading.Thread(target=self._listen, name="listener", daemon=True)
        self._listener.start()

    def records(self, records: Iterable[int]) -> Iterator[int]:
        """Yield the task's records, and stand still between two of them while that is wanted."""
        is_open = self._open.is_set
        for record in records:
            if not is_open():
                self._stand_still()
            yield record

    def close(self) -> None:
        """The task has ended."""
        self._socket.sendall(encode(Report.END, self._task_id, 0))
        self._socket.shutdown(socket.SHUT_RDWR)
        self._listener.join()
        self._socket.close()

    def _stand_still(self) -> None:
        self._socket.sendall(encode(Report.SUSPENDED, self._task_id, self._sequence))
        self._open.wait()
        self._socket.sendall(encode(Report.RESUMED, self._task_id, self._sequence))

    def _listen(self) -> None:
        while len(frame := self._socket.recv(FRAME_BYTES, socket.MSG_WAITALL)) == FRAME_BYTES:
            message = decode(frame)
            # First the number: the task's thread answers with it as soon as it sees the event.
            self._sequence = message.sequence
            if message.kind is Request.SUSPEND:
                self._open.clear()
            else:
                self._open.set()
