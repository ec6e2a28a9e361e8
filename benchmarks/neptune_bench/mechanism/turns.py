"""Two processes that take turns, so that what the machine does meanwhile befalls both alike."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path


class Turns:
    """One side's view of the turns (see `taking`)."""

    def __init__(self, mine: int, other: int) -> None:
        self._mine = mine
        self._other = other

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until it is this side's turn, which is over at the end of the block."""
        os.read(self._mine, 1)
        try:
            yield
        finally:
            os.write(self._other, b"x")


def lay_out(place: Path, sides: Iterable[str]) -> None:
    """Make the directory by which two sides take turns."""
    place.mkdir()
    for side in sides:
        os.mkfifo(place / side)


@contextmanager
def taking(place: Path, side: str, other: str, begins: bool) -> Iterator[Turns]:
    """Take turns with another process.

    Whoever runs the two has to end one when the other fails: it would wait for ever.

    Args:
        place: see `lay_out`.
        side, other: this process, and the other one.
        begins: whether the first turn is this process's.
    """
    with ExitStack() as stack:
        opened = []
        for name in (side, other):
            # Open for both reading and writing, so that nobody waits for the other to open it.
            opened.append(os.open(place / name, os.O_RDWR))
            stack.callback(os.close, opened[-1])
        if begins:
            os.write(opened[0], b"x")
        yield Turns(*opened)
