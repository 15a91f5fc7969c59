"""What will run: every channel, node, port and name that follows from a definition."""

from dataclasses import dataclass
from typing import Literal

from weftwork_network.definition import User

HOST = "127.0.0.1"

NodeKind = Literal["ca", "peer", "orderer", "chaincode"]


@dataclass(frozen=True)
class Node:
    """A process of the network.

    Attributes:
        department: the department that runs it.
        name: its name within the department, e.g. `peer0`.
        kind: what it is.
        host: its full name in certificates.
        ports: what it listens on, by use.
        serves: of a chaincode process, the names of the peers that it runs chaincodes for.
    """

    department: str
    name: str
    kind: NodeKind
    host: str
    ports: dict[str, int]
    serves: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The node's name in the whole network, e.g. `energy-peer0`."""
        return f"{self.department.lower()}-{self.name}"

    @property
    def address(self) -> str:
        """Where its gRPC listens."""
        return f"{HOST}:{self.ports['listen']}"


@dataclass(frozen=True)
class Member:
    """A department as it will run.

    Attributes:
        name: its name.
        mspid: its MSP's id.
        domain: its DNS domain.
        peers: its peers.
        orderers: its orderers.
        chaincode_nodes: the processes that run its chaincodes: one for all its peers, or one each;
            none where it runs no peer or no chaincode.
        users: who acts for it, `admin` not among them.
        ca: its Fabric CA, where it has one.
    """

    name: str
    mspid: str
    domain: str
    peers: tuple[Node, ...]
    orderers: tuple[Node, ...]
    chaincode_nodes: tuple[Node, ...]
    users: tuple[User, ...]
    ca: Node | None = None

    @property
    def folder(self) -> str:
        """The name of the department's folder."""
        return self.name.lower()

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Its peers and orderers: the nodes that hold a ledger."""
        return self.orderers + self.peers

    @property
    def chaincode(self) -> Node:
        """The first of the processes that run its chaincodes."""
        return self.chaincode_nodes[0]

    def chaincode_node_of(self, peer: Node) -> Node:
        """The process that runs the chaincodes of one of its peers.

        Raises:
            KeyError: it runs none.
        """
        for node in self.chaincode_nodes:
            if peer.name in node.serves:
                return node
        raise KeyError(peer.id)


@dataclass(frozen=True)
class Collection:
    """A private data collection in full."""

    name: str
    members: tuple[str, ...]
    member_policy: str
    required: int
    maximum: int
    block_to_live: int
    member_only_read: bool
    member_only_write: bool
    policy: str | None


@dataclass(frozen=True)
class Chaincode:
    """A chaincode on a channel, with its policy written out.

    Attributes:
        name: its name.
        contract: the class, `package.module:Class`.
        policy: who endorses on this channel.
        collections: its private data collections on this channel.
        runners: the departments whose peers run it here; the channel's others approve it only.
        folder: where its code is imported from, seen from the project folder.
    """

    name: str
    contract: str
    policy: str
    collections: tuple[Collection, ...]
    runners: tuple[str, ...]
    folder: str = "."


@dataclass(frozen=True)
class Channel:
    """A channel: a ledger, who holds it, who orders it, what runs on it.

    Attributes:
        name: its name.
        profile: the profile of configtx.yaml that makes its first block.
        members: the departments that share it.
        ordering: the departments whose orderers order it.
        chaincodes: what runs on it.
    """

    name: str
    profile: str
    members: tuple[Member, ...]
    ordering: tuple[Member, ...]
    chaincodes: tuple[Chaincode, ...]

    @property
    def mspids(self) -> tuple[str, ...]:
        """Every member's MSP id, in the file's order."""
        return tuple(member.mspid for member in self.members)

    @property
    def with_peers(self) -> tuple[Member, ...]:
        """The members that run a peer: those who can approve and endorse."""
        return tuple(member for member in self.members if member.peers)

    @property
    def peers(self) -> tuple[Node, ...]:
        """Every peer that holds it."""
        return tuple(node for member in self.members for node in member.peers)

    @property
    def orderers(self) -> tuple[Node, ...]:
        """Every orderer that orders it."""
        return tuple(node for member in self.ordering for node in member.orderers)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Every node that holds its ledger."""
        return self.orderers + self.peers


@dataclass(frozen=True)
class Images:
    """Container images made elsewhere, by name; what is empty is built here."""

    peer: str = ""
    orderer: str = ""
    ca: str = ""


@dataclass(frozen=True)
class Topology:
    """The network as it will run."""

    fabric: str
    ordering: str
    members: tuple[Member, ...]
    channels: tuple[Channel, ...]
    images: Images = Images()
    publish: str = HOST

    @property
    def channel(self) -> str:
        """The first channel's name."""
        return self.channels[0].name

    @property
    def chaincodes(self) -> tuple[Chaincode, ...]:
        """Every chaincode once, as it is on the first of its channels."""
        first: dict[str, Chaincode] = {}
        for channel in self.channels:
            for chaincode in channel.chaincodes:
                first.setdefault(chaincode.name, chaincode)
        return tuple(first.values())

    @property
    def mspids(self) -> tuple[str, ...]:
        """Every department's MSP id, in the file's order."""
        return tuple(member.mspid for member in self.members)

    @property
    def authorities(self) -> tuple[Node, ...]:
        """Every Fabric CA."""
        return tuple(member.ca for member in self.members if member.ca is not None)

    @property
    def orderers(self) -> tuple[Node, ...]:
        """Every orderer."""
        return tuple(node for member in self.members for node in member.orderers)

    @property
    def peers(self) -> tuple[Node, ...]:
        """Every peer."""
        return tuple(node for member in self.members for node in member.peers)

    @property
    def chaincode_servers(self) -> tuple[Node, ...]:
        """Every chaincode process."""
        return tuple(node for member in self.members for node in member.chaincode_nodes)

    def channels_of(self, node: Node) -> tuple[Channel, ...]:
        """The channels whose ledger a node holds."""
        return tuple(channel for channel in self.channels if node in channel.nodes)

    def chaincodes_of(self, member: Member) -> tuple[Chaincode, ...]:
        """The chaincodes that a department runs, on whichever channel."""
        run = {
            chaincode.name
            for channel in self.channels
            for chaincode in channel.chaincodes
            if member.name in chaincode.runners
        }
        return tuple(chaincode for chaincode in self.chaincodes if chaincode.name in run)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Every process."""
        return self.authorities + self.orderers + self.peers + self.chaincode_servers

    def channel_named(self, name: str) -> Channel:
        """A channel by its name.

        Raises:
            KeyError: there is no such channel.
        """
        for channel in self.channels:
            if channel.name == name:
                return channel
        raise KeyError(name)

    def member(self, name: str) -> Member:
        """A department by its name or its MSP id, in any case.

        Raises:
            KeyError: there is no such department.
        """
        for member in self.members:
            if name.lower() in (member.folder, member.mspid.lower()):
                return member
        raise KeyError(name)

    def node(self, node_id: str) -> Node:
        """A node by its name in the network.

        Raises:
            KeyError: there is no such node.
        """
        for node in self.nodes:
            if node.id == node_id:
                return node
        raise KeyError(node_id)
