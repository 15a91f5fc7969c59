"""What the checks look at: a project, its state, and what of it runs at this moment."""

from dataclasses import dataclass

from weftwork_network.faults import shown
from weftwork_network.project import Project
from weftwork_network.state import State
from weftwork_network.status import NetworkStatus
from weftwork_network.topology import Member, Node, Topology


@dataclass(frozen=True)
class Site:
    """A network as it is found.

    Attributes:
        project: what its files say.
        state: where its state is.
        status: its nodes.
        containers: whether the nodes are containers, which call each other by name.
    """

    project: Project
    state: State
    status: NetworkStatus
    containers: bool

    @property
    def topology(self) -> Topology:
        """What the files ask for."""
        return self.project.topology

    @property
    def running(self) -> list[Node]:
        """The nodes that run and answer."""
        alive = {row.node for row in self.status.nodes if row.state == "running"}
        return [node for node in self.topology.nodes if node.id in alive]

    @property
    def running_peers(self) -> list[Node]:
        """The peers among them."""
        return [node for node in self.running if node.kind == "peer"]

    @property
    def answering(self) -> list[Member]:
        """The departments whose gateway, their first peer, answers."""
        alive = {node.id for node in self.running}
        return [m for m in self.topology.members if m.peers and m.peers[0].id in alive]

    def line(self, *path: str | int) -> str:
        """A place in network.yaml, `file:line`."""
        return f"{shown(self.project.network_file)}:{self.project.lines.at(*path)}"

    def department_line(self, name: str, *path: str | int) -> str:
        """A place in a department's part of network.yaml."""
        at = [member.name for member in self.topology.members].index(name)
        return self.line("departments", at, *path)

    def chaincode_line(self, name: str, *path: str | int) -> str:
        """A place in a chaincode's part of network.yaml."""
        at = [chaincode.name for chaincode in self.topology.chaincodes].index(name)
        return self.line("chaincodes", at, *path)
