"""What these functions share."""

from __future__ import annotations

import threading
import time
from typing import Any, Callable, Iterable, Iterator

from greenlet import getcurrent

Task = Callable[[Iterable[int]], Iterator[Any]]


def busy(seconds: float) -> int:
    """Use the processor so long, and return 0."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass
    return 0


def at_home() -> bool:
    """Whether this is the main thread as everybody has it, and there the main greenlet."""
    return threading.current_thread() is threading.main_thread() and getcurrent().parent is None
