"""Where a node finds its files, what it listens on and what others call it, on either back end.

The one definition gives every node a port and a name. As a process it is 127.0.0.1 and that port to
everybody. In a container it keeps the port and listens on it for its networks; the others call it
by its name, which its certificates carry, and this machine reaches it at 127.0.0.1 as before. So
only what a node is told and what the channel says of nodes differ, and both ask here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from weftwork_network.image_names import FABRIC_CONFIG, Layout
from weftwork_network.programs import Programs
from weftwork_network.releases import data_folder
from weftwork_network.state import State
from weftwork_network.topology import HOST, Node, Topology

EVERYWHERE = "0.0.0.0"  # noqa: S104
"""What a container's servers listen on: its networks are the only way to it."""

MOUNTS = Path("/etc/hyperledger")

OPERATIONS_CLIENTS = "clients.crt"
"""Beside the certificate of a node's operations endpoint: the authorities whose clients may ask."""

CHAINCODE_PORT = 9999
"""What the server in each chaincode's container listens on, in the network of its department."""


@dataclass(frozen=True)
class Place:
    """What a node's environment says of its surroundings.

    Attributes:
        node: the folder of its msp, tls and operations keys.
        data: its ledger.
        tls_roots: every department's TLS CA.
        connections: for a peer, how to reach its department's chaincode.
        builder: for a peer, the external builder.
        config: the stock core.yaml and orderer.yaml.
        listens: the address that its ports are opened on.
        by_name: whether nodes call each other by name.
        inherited: what else its environment holds.
    """

    node: Path
    data: Path
    tls_roots: Path
    connections: Path
    builder: Path
    config: Path
    listens: str
    by_name: bool
    inherited: Mapping[str, str] = field(default_factory=dict[str, str])

    def listen(self, port: int) -> str:
        """Where to open a port."""
        return f"{self.listens}:{port}"

    def address(self, node: Node) -> str:
        """What other nodes call a node."""
        return named_address(node) if self.by_name else node.address


def builder_folder() -> Path:
    """The external builder for chaincode that runs as a service, as shell scripts."""
    return data_folder() / "builders" / "ccaas"


def named_address(node: Node) -> str:
    """A node's gRPC by its name, as nodes in containers call each other."""
    return f"{node.host}:{node.ports['listen']}"


def chaincode_host(node: Node, chaincode: str, version: str) -> str:
    """The name of the container that serves a package, which its department's peers call.

    Below the chaincode node's own, whose certificate is good for all of them.
    """
    return f"{chaincode.lower()}-{version}.{node.host}"


def process_place(
    state: State, programs: Programs, node: Node, inherited: Mapping[str, str]
) -> Place:
    """A node as a process of this machine."""
    return Place(
        node=state.node(node),
        data=state.data(node),
        tls_roots=state.tls_roots,
        connections=state.connections(node),
        builder=builder_folder(),
        config=programs.config,
        listens=HOST,
        by_name=False,
        inherited=inherited,
    )


def container_place(layout: Layout) -> Place:
    """A node in a container: each has its own, so the paths are the same for all of an image."""
    return Place(
        node=MOUNTS / "node",
        data=Path(layout.data),
        tls_roots=MOUNTS / "tls-roots.pem",
        connections=MOUNTS / "connections",
        builder=Path(layout.builder),
        config=Path(FABRIC_CONFIG),
        listens=EVERYWHERE,
        by_name=True,
    )


def names_of(topology: Topology) -> dict[str, str]:
    """What the channel calls each node that the files know by 127.0.0.1, in containers."""
    return {node.address: named_address(node) for node in (*topology.orderers, *topology.peers)}
