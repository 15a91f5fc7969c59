"""Nodes' operations endpoints over mutual TLS: what their metrics say."""

import asyncio
import contextlib
import http.client
import re
import ssl
import threading
from collections import defaultdict

from weftwork_network.state import State
from weftwork_network.topology import HOST, Member, Node

_SAMPLE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{([^}]*)\})? (\S+)")
_LABEL = re.compile(r'(\w+)="([^"]*)"')
TIMEOUT = 2.0


class Operations:
    """The operations endpoints of the network's nodes; connections are kept for the next call."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._connections: dict[int, http.client.HTTPSConnection] = {}
        # A connection carries one question at a time.
        self._turns: defaultdict[int, threading.Lock] = defaultdict(threading.Lock)

    async def metrics(self, member: Member, node: Node) -> "Metrics | None":
        """A node's metrics, or None when it does not answer."""
        return await asyncio.to_thread(self.read, member, node)

    def read(self, member: Member, node: Node) -> "Metrics | None":
        """As `metrics`, without an event loop."""
        return self.read_port(member, node.ports["operations"])

    def read_port(self, member: Member, port: int) -> "Metrics | None":
        """The metrics of whatever of a department tells of itself at a port of this machine."""
        with self._turns[port]:
            return self._read(member, port)

    def _read(self, member: Member, port: int) -> "Metrics | None":
        for _ in range(2):  # a kept connection may have been closed since: then once more, anew
            connection = self._connections.get(port)
            fresh = connection is None
            try:
                connection = connection or self._connect(member, port)
                connection.request("GET", "/metrics")
                answer = connection.getresponse()
                text = answer.read().decode()
                return Metrics(text) if answer.status == http.client.OK else None
            except (OSError, http.client.HTTPException):
                self._drop(port)
                if fresh:
                    return None
        return None

    def close(self) -> None:
        """Closes every connection."""
        for connection in self._connections.values():
            with contextlib.suppress(OSError):
                connection.close()
        self._connections.clear()

    def _connect(self, member: Member, port: int) -> http.client.HTTPSConnection:
        context = self._contexts.get(member.name)
        if context is None:
            folder = self._state.operator(member)
            context = ssl.create_default_context(cafile=str(folder / "ca.crt"))
            context.load_cert_chain(str(folder / "client.crt"), str(folder / "client.key"))
            self._contexts[member.name] = context
        connection = http.client.HTTPSConnection(HOST, port, timeout=TIMEOUT, context=context)
        self._connections[port] = connection
        return connection

    def _drop(self, port: int) -> None:
        connection = self._connections.pop(port, None)
        if connection is not None:
            connection.close()


class Metrics:
    """One reading of a node's metrics, in Prometheus' text form."""

    def __init__(self, text: str) -> None:
        self._text = text

    def value(self, name: str, **labels: str) -> float | None:
        """A metric's value, by its name and some of its labels; None when it is not there."""
        for line in self._text.splitlines():
            if not line.startswith(name):
                continue
            found = _SAMPLE.match(line)
            if found is None or found[1] != name:
                continue
            written = dict(_LABEL.findall(found[2] or ""))
            if all(written.get(label) == wanted for label, wanted in labels.items()):
                return float(found[3])
        return None

    def labels(self, name: str) -> list[dict[str, str]]:
        """The labels of every sample of a metric."""
        found: list[dict[str, str]] = []
        for line in self._text.splitlines():
            sample = _SAMPLE.match(line) if line.startswith(name) else None
            if sample is not None and sample[1] == name:
                found.append(dict(_LABEL.findall(sample[2] or "")))
        return found

    def memory(self) -> int | None:
        """Bytes of memory that the process holds; None where that is not told."""
        value = self.value("process_resident_memory_bytes")
        return None if value is None else int(value)

    def height(self, channel: str) -> int | None:
        """How many blocks the node holds."""
        value = self.value("ledger_blockchain_height", channel=channel)
        return None if value is None else int(value)

    def leads(self, channel: str) -> bool:
        """Whether this orderer leads the channel's consensus.

        A BFT orderer says so as of the block that it wrote last, or of its start.
        """
        told = ("consensus_etcdraft_is_leader", "consensus_BFT_is_leader")
        return any(self.value(name, channel=channel) == 1 for name in told)

    def bft_leader(self, channel: str) -> int | None:
        """The number of the consenter that leads, as this BFT orderer knows it."""
        value = self.value("consensus_BFT_leader_id", channel=channel)
        return None if value is None else int(value)

    def peers_known(self, channel: str) -> int:
        """How many other peers of the channel this peer knows."""
        return int(self.value("gossip_membership_total_peers_known", channel=channel) or 0)

    def version(self) -> str:
        """The node's version as it reports it."""
        for line in self._text.splitlines():
            found = _SAMPLE.match(line)
            if found and found[1] in ("fabric_version", "peer_version", "orderer_version"):
                return dict(_LABEL.findall(found[2] or "")).get("version", "")
        return ""
