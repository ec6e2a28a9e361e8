"""What applications and tests tell the wire between the nodes (wire.py)."""

from __future__ import annotations

import json
import socket
from pathlib import Path

#: Where the master and the driver are, whose own link is perfect, and where the workers are.
DRIVER = "10.77.0.1"
WORKERS = ("10.77.0.2", "10.77.0.3")


class Links:
    """The nodes' links, changed by way of the wire's socket."""

    def __init__(self, control: Path) -> None:
        self._control = str(control)

    def far(self, address: str, delay_s: float) -> None:
        """From now on a packet takes so long in each direction, and one in twenty is lost."""
        self._tell(address, delay_s=delay_s, loss=0.05)

    def cut(self, address: str) -> None:
        """From now on nothing gets through."""
        self._tell(address, is_up=False)

    def mend(self, address: str) -> None:
        """From now on it is there again."""
        self._tell(address, is_up=True)

    def lost(self, address: str) -> int:
        """How many packets have been lost on the link so far."""
        return self._tell(address)["lost"]

    def _tell(self, address: str, **wanted: float) -> dict[str, int]:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(self._control)
            with connection.makefile("rw") as file:
                print(json.dumps({"address": address, **wanted}), file=file, flush=True)
                answer: dict[str, int] = json.loads(file.readline())
        return answer
