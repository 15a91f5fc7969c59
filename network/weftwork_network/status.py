"""What of a network runs, read from its nodes' own metrics."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from typing import Any

from weftwork_network.backend import Backend
from weftwork_network.certificate_ends import days_left
from weftwork_network.leading import leading
from weftwork_network.monitoring import Target, targets
from weftwork_network.operations import Metrics, Operations
from weftwork_network.procfs import resident_bytes
from weftwork_network.serving import read_serving
from weftwork_network.state import State
from weftwork_network.topology import Member, Node, Topology

_AT_ONCE = 32


@dataclass(frozen=True, order=True)
class ServedCode:
    """A chaincode as a chaincode node serves it.

    Attributes:
        name: the chaincode's name.
        version: of its code: what a definition on a channel calls it.
    """

    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


@dataclass(frozen=True)
class NodeStatus:
    """One node.

    Attributes:
        node: its name in the network.
        department: who runs it.
        kind: ca, peer, orderer or chaincode.
        state: `running`, `stopped`, `died` (it was started and is gone) or `silent` (it runs and
            does not answer).
        pid: of its process, of the first where it has several.
        version: of Fabric as it reports it; of a chaincode node what it serves, in words.
        heights: blocks it holds, by channel.
        leader: whether it leads the ordering of any channel.
        ports: what it listens on, by use.
        leads: the channels whose ordering it leads.
        chaincodes: what a chaincode node serves; empty of every other.
        certificate_days: whole days until the first of its certificates ends.
        memory: bytes that it holds, all its processes together; None where that is not known.
    """

    node: str
    department: str
    kind: str
    state: str
    pid: int | None
    version: str
    heights: dict[str, int]
    leader: bool
    ports: dict[str, int]
    leads: tuple[str, ...] = ()
    chaincodes: tuple[ServedCode, ...] = ()
    certificate_days: int | None = None
    memory: int | None = None

    @property
    def height(self) -> int | None:
        """Blocks it holds of its first channel; None of what holds no ledger or is silent."""
        return next(iter(self.heights.values()), None)


@dataclass(frozen=True)
class NetworkStatus:
    """Every node of a network.

    Attributes:
        channel: the first channel's name.
        nodes: one row a node.
    """

    channel: str
    nodes: tuple[NodeStatus, ...]

    @property
    def height(self) -> int:
        """Blocks on the channel, as far as the furthest node knows; 0 when nobody answers."""
        return self.heights.get(self.channel, 0)

    @property
    def heights(self) -> dict[str, int]:
        """Blocks on each channel, as far as the furthest node knows."""
        found: dict[str, int] = {}
        for row in self.nodes:
            for channel, height in row.heights.items():
                found[channel] = max(height, found.get(channel, 0))
        return found

    @property
    def healthy(self) -> bool:
        """Whether every node runs and answers."""
        return all(row.state == "running" for row in self.nodes)

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "channel": self.channel,
            "height": self.height,
            "heights": self.heights,
            "healthy": self.healthy,
            "nodes": [{**asdict(row), "height": row.height} for row in self.nodes],
        }


def read_status(state: State, topology: Topology, backend: Backend) -> NetworkStatus:
    """Asks every node, all at once."""
    operations = Operations(state)
    recorded = set(backend.recorded())
    told = targets(state, topology, contained=backend.by_name)

    first_of: dict[str, Metrics] = {}

    def row(node: Node) -> NodeStatus:
        member = topology.member(node.department)
        record = backend.running(node.id)
        own = [each for each in told if each.node == node]
        # What is not recorded as running is not asked: another may listen where it did.
        read = _read(operations, member, own) if record is not None else []
        answers = [each for each in read if each is not None]
        if record is None:
            condition = "died" if node.id in recorded else "stopped"
        elif len(answers) == len(own) and own:
            condition = "running"
        elif node.kind == "chaincode" and not answers:
            # It may serve all the same where it was not told to tell of itself.
            condition = "running" if backend.chaincode_listens(node) else "silent"
        else:
            condition = "silent"
        first = answers[0] if answers else None
        if first is not None:
            first_of[node.id] = first
        served = _served(state, member, answers) if node.kind == "chaincode" else ()
        heights = _heights(topology, node, first) if first is not None else {}
        memory = [each.memory() or 0 for each in answers]
        if not memory and record is not None and not backend.by_name:
            memory = [resident_bytes(record.pid) or 0]
        version = first.version() if first is not None else ""
        return NodeStatus(
            node=node.id,
            department=node.department,
            kind=node.kind,
            state=condition,
            pid=record.pid if record is not None else None,
            version=", ".join(map(str, served)) if node.kind == "chaincode" else version,
            heights=heights,
            leader=False,
            ports=node.ports,
            chaincodes=served,
            certificate_days=days_left(state, node),
            memory=sum(memory) or None,
        )

    try:
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            rows = list(pool.map(row, topology.nodes))
    finally:
        operations.close()
    # Orderers are believed together: one that was away may be wrong of itself.
    leads = leading(topology, first_of)
    nodes = [
        replace(each, leader=each.node in leads, leads=leads.get(each.node, ())) for each in rows
    ]
    return NetworkStatus(topology.channel, tuple(nodes))


def _read(operations: Operations, member: Member, own: Sequence[Target]) -> list[Metrics | None]:
    return [operations.read_port(member, each.port) for each in own]


def _served(state: State, member: Member, answers: Sequence[Metrics]) -> tuple[ServedCode, ...]:
    """What a chaincode node serves: as its processes say, else as they were told."""
    found = {
        ServedCode(labels["chaincode"], labels["version"])
        for metrics in answers
        for labels in metrics.labels("weftwork_chaincode_info")
    }
    if not found:
        services = read_serving(state, member).services
        found = {ServedCode(each.name, each.version) for each in services}
    return tuple(sorted(found))


def _heights(topology: Topology, node: Node, metrics: Metrics) -> dict[str, int]:
    found = {each.name: metrics.height(each.name) for each in topology.channels_of(node)}
    return {channel: height for channel, height in found.items() if height is not None}
