"""Nodes with a network of their own, and a wire between them that delays and loses packets.

A program, run as root, or as the root of a user namespace: wire.py CONTROL ADDRESS...

Each node is a network namespace with a TUN device, and this process carries the packets between
them, as `tc netem` on the nodes' devices would. Many kernels of containers and virtual machines
have no netem, but all that run network programs have TUN; a wire of our own does the same
everywhere, for users without rights as well, and tells how much it lost.

It says in one line of JSON where the namespaces are, and ends when its standard input does. On the
socket CONTROL it takes a line of JSON for each connection: what is to be so of a node's link from
now on, in both directions. The answer is how many packets have passed that link, and were lost.
"""

from __future__ import annotations

import ctypes
import fcntl
import heapq
import json
import os
import random
import selectors
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

_CLONE_NEWNET = 0x40000000
_TUNSETIFF = 0x400454CA
_IFF_TUN = 0x0001
_IFF_NO_PI = 0x1000
_LONGEST_PACKET = 65536
_SEED = 20


class Link:
    """What joins a node to the others.

    Attributes
    ----------
    delay_s
        How long each packet takes, in either direction.
    loss
        The share of packets that do not arrive.
    is_up
        Whether any does.
    """

    def __init__(self, tun: int) -> None:
        self.tun = tun
        self.delay_s = 0.0
        self.loss = 0.0
        self.is_up = True
        self.passed = 0
        self.lost = 0

    def loses(self, chance: random.Random) -> bool:
        """Whether the next packet is lost."""
        lost = not self.is_up or chance.random() < self.loss
        self.passed += not lost
        self.lost += lost
        return lost


class Wire:
    """Carries packets between the links, each when its time has come."""

    def __init__(self, links: dict[bytes, Link]) -> None:
        self._links = links
        self._chance = random.Random(_SEED)
        self._under_way: list[tuple[float, int, Link, bytes]] = []
        self._count = 0

    def take(self, source: Link) -> None:
        """Takes in what a node has sent."""
        while True:
            try:
                packet = os.read(source.tun, _LONGEST_PACKET)
            except BlockingIOError:
                return
            # The receiver of a packet of IPv4; others, as of IPv6, are for nobody.
            target = self._links.get(packet[16:20]) if packet[0] >> 4 == 4 else None
            if target is None or source.loses(self._chance):
                continue
            self._count += 1
            due_s = time.monotonic() + source.delay_s + target.delay_s
            heapq.heappush(self._under_way, (due_s, self._count, target, packet))

    def deliver(self) -> float | None:
        """Hands over what is due, and says how soon more will be."""
        while self._under_way:
            due_s = self._under_way[0][0] - time.monotonic()
            if due_s > 0:
                return due_s
            _, _, target, packet = heapq.heappop(self._under_way)
            if not target.loses(self._chance):
                os.write(target.tun, packet)
        return None


def new_node(address: str) -> tuple[int, Link]:
    """A namespace, which this process is in from now on, and its link."""
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "No network namespace can be made")
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, _TUNSETIFF, struct.pack("16sH14x", b"wire", _IFF_TUN | _IFF_NO_PI))
    for words in (
        ["link", "set", "lo", "up"],
        ["address", "add", f"{address}/24", "dev", "wire"],
        ["link", "set", "wire", "up"],
    ):
        subprocess.run(["ip", *words], check=True)
    return os.open("/proc/self/ns/net", os.O_RDONLY), Link(tun)


def obey(connection: socket.socket, links: dict[bytes, Link]) -> None:
    """Does what one connection asks for."""
    with connection, connection.makefile("rw") as file:
        wanted: dict[str, Any] = json.loads(file.readline())
        link = links[socket.inet_aton(wanted.pop("address"))]
        for name, value in wanted.items():
            setattr(link, name, value)
        print(json.dumps({"passed": link.passed, "lost": link.lost}), file=file)


def main(control: str, *addresses: str) -> None:
    """Runs the wire until nobody needs it."""
    nodes = {address: new_node(address) for address in addresses}
    links = {socket.inet_aton(address): link for address, (_, link) in nodes.items()}
    wire = Wire(links)
    with socket.socket(socket.AF_UNIX) as listener, selectors.DefaultSelector() as selector:
        listener.bind(control)
        listener.listen()
        selector.register(listener, selectors.EVENT_READ, lambda: obey(listener.accept()[0], links))
        for link in links.values():
            selector.register(link.tun, selectors.EVENT_READ, lambda source=link: wire.take(source))
        selector.register(sys.stdin, selectors.EVENT_READ, sys.exit)
        where = {
            address: str(Path("/proc", str(os.getpid()), "fd", str(namespace)))
            for address, (namespace, _) in nodes.items()
        }
        print(json.dumps(where), flush=True)
        while True:
            for key, _ in selector.select(wire.deliver()):
                key.data()


if __name__ == "__main__":
    main(*sys.argv[1:])
