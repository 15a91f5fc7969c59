"""Blocks of ports that no other test on this machine takes: reserved by binding, freed by death.

A network takes a hundred ports for each department, and none of them is the first of its hundred:
whoever has bound that one has the hundred. The system itself gives it back when its last holder
ends, however that ends, so that there is nothing to go stale.
"""

import contextlib
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from weftwork_network.errors import PreflightError
from weftwork_network.layout import DEPARTMENT_PORTS
from weftwork_network.preflight import port_free
from weftwork_network.topology import HOST

VARIABLE = "WEFTWORK_TESTING_PORTS"
_FIRST, _LAST = 20000, 32767
_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")


@dataclass(frozen=True)
class Block:
    """Ports that are this process's until its guards are closed here and wherever they went.

    Attributes:
        base: the first port.
        guards: the bound sockets, one for each hundred.
    """

    base: int
    guards: tuple[socket.socket, ...]

    def close(self) -> None:
        """Gives the ports back, as far as this process holds them."""
        for guard in self.guards:
            guard.close()


def reserve(departments: int) -> Block:
    """Takes the ports of a network of so many departments.

    Raises:
        PreflightError: the variable WEFTWORK_TESTING_PORTS is no range, or no block is free.
    """
    first, last = _range()
    size = DEPARTMENT_PORTS * departments
    for base in range(first, last + 2 - size, DEPARTMENT_PORTS):
        guards = _guards(base, departments)
        if guards is None:
            continue
        if all(port_free(port) for port in _within(base, size)):
            return Block(base, guards)
        Block(base, guards).close()
    raise PreflightError(
        [
            f"no {size} ports in a row are free between {first} and {last} for a network of "
            f"{departments} departments; end other test runs, or set {VARIABLE}=first-last"
        ]
    )


def _guards(base: int, departments: int) -> tuple[socket.socket, ...] | None:
    with contextlib.ExitStack() as undo:
        guards: list[socket.socket] = []
        for at in range(departments):
            guard = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            undo.callback(guard.close)
            try:
                # Not SO_REUSEADDR: with it a second one could be bound too.
                guard.bind((HOST, base + DEPARTMENT_PORTS * at))
            except OSError:
                return None
            guards.append(guard)
        undo.pop_all()
        return tuple(guards)


def _within(base: int, size: int) -> Iterator[int]:
    return (base + at for at in range(size) if at % DEPARTMENT_PORTS)


def _range() -> tuple[int, int]:
    """Where blocks are looked for: not where the system takes ports for connections from."""
    asked = os.environ.get(VARIABLE)
    if asked:
        first, _, last = asked.partition("-")
        if first.isdecimal() and last.isdecimal() and 1024 <= int(first) < int(last) <= 65535:
            return int(first), int(last)
        raise PreflightError([f"{VARIABLE}={asked} is no range of ports; write e.g. 20000-29999"])
    with contextlib.suppress(OSError, ValueError):
        low = int(_EPHEMERAL.read_text().split()[0])
        if _FIRST < low <= _LAST:
            return _FIRST, low - 1
    return _FIRST, _LAST
