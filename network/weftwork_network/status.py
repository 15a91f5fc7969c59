"""What of a network runs, read from its processes and their metrics."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

from weftwork_network.backend import Backend
from weftwork_network.operations import Metrics, Operations
from weftwork_network.serving import read_serving
from weftwork_network.state import State
from weftwork_network.topology import Node, Topology


@dataclass(frozen=True)
class NodeStatus:
    """One node.

    Attributes:
        node: its name in the network.
        department: who runs it.
        kind: ca, peer, orderer or chaincode.
        state: `running`, `stopped`, `died` (it was started and is gone) or `silent` (it runs and
            does not answer).
        pid: of its process.
        version: as it reports it; of a chaincode process the chaincodes that it serves.
        heights: blocks it holds, by channel.
        leader: whether it leads the ordering.
        ports: what it listens on, by use.
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
        return max((row.heights.get(self.channel, 0) for row in self.nodes), default=0)

    @property
    def healthy(self) -> bool:
        """Whether every node runs and answers."""
        return all(row.state == "running" for row in self.nodes)

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "channel": self.channel,
            "height": self.height,
            "healthy": self.healthy,
            "nodes": [{**asdict(row), "height": row.height} for row in self.nodes],
        }


def read_status(state: State, topology: Topology, backend: Backend) -> NetworkStatus:
    """Asks every node."""
    operations = Operations(state)
    recorded = set(backend.recorded())

    def row(node: Node) -> NodeStatus:
        record = backend.running(node.id)
        member = topology.member(node.department)
        metrics: Metrics | None = None
        if record is None:
            condition = "died" if node.id in recorded else "stopped"
        elif node.kind == "chaincode":
            condition = "running" if backend.chaincode_listens(node) else "silent"
        else:
            metrics = operations.read(member, node)
            condition = "running" if metrics is not None else "silent"
        version = metrics.version() if metrics is not None else ""
        if node.kind == "chaincode":
            serving = read_serving(state, member)
            version = ", ".join(f"{each.name} {each.version}" for each in serving.services)
        heights = _heights(topology, node, metrics) if metrics is not None else {}
        return NodeStatus(
            node=node.id,
            department=node.department,
            kind=node.kind,
            state=condition,
            pid=record.pid if record is not None else None,
            version=version,
            heights=heights,
            leader=metrics is not None and any(metrics.leads(channel) for channel in heights),
            ports=node.ports,
        )

    try:
        with ThreadPoolExecutor(max_workers=8) as pool:
            return NetworkStatus(topology.channel, tuple(pool.map(row, topology.nodes)))
    finally:
        operations.close()


def _heights(topology: Topology, node: Node, metrics: Metrics) -> dict[str, int]:
    found = {each.name: metrics.height(each.name) for each in topology.channels_of(node)}
    return {channel: height for channel, height in found.items() if height is not None}
