"""A node that hangs: its process is stopped, its connections stay open and say nothing."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from weftwork_network import Network


@contextmanager
def thawed_at_last(network: Network, node: str) -> Iterator["Frozen"]:
    """What freezes it; however the body ends, it goes on then."""
    frozen = Frozen(network, node)
    try:
        yield frozen
    finally:
        frozen.thaw()


class Frozen:
    """One process of a network."""

    def __init__(self, network: Network, node: str) -> None:
        row = next(row for row in network.status().nodes if row.node == node)
        assert row.pid is not None, f"{node} does not run"
        self._pid = row.pid

    def freeze(self) -> None:
        os.kill(self._pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self._pid, signal.SIGCONT)
