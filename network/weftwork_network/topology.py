"""What will run: every node, port and name that follows from the definition."""

from dataclasses import dataclass
from typing import Literal

from weftwork_network import definition
from weftwork_network.policies import any_member, any_peer, authority_policy

HOST = "127.0.0.1"

# The layout: each department takes a hundred ports from the base; within them its
# CA at 1, peer n at 11+10n (four of them), orderer n at 51+10n (three), chaincode services from 80.
DEPARTMENT_PORTS = 100
CA_OFFSET = 1
PEER_OFFSET = 11
ORDERER_OFFSET = 51
CHAINCODE_OFFSET = 80
NODE_PORTS = 10
MAX_PEERS = 4
MAX_ORDERERS = 3
MAX_CHAINCODES = DEPARTMENT_PORTS - CHAINCODE_OFFSET

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
    """

    department: str
    name: str
    kind: NodeKind
    host: str
    ports: dict[str, int]

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
        chaincode: the process that serves every chaincode for its peers.
        users: who acts for it, `admin` not among them.
        ca: its Fabric CA, where it has one.
    """

    name: str
    mspid: str
    domain: str
    peers: tuple[Node, ...]
    orderers: tuple[Node, ...]
    chaincode: Node
    users: tuple[definition.User, ...]
    ca: Node | None = None

    @property
    def folder(self) -> str:
        """The name of the department's folder."""
        return self.name.lower()

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Its peers and orderers: the nodes that hold a ledger."""
        return self.orderers + self.peers


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
    """A chaincode with its policy written out."""

    name: str
    contract: str
    policy: str
    collections: tuple[Collection, ...]


@dataclass(frozen=True)
class Topology:
    """The network as it will run."""

    channel: str
    profile: str
    fabric: str
    ordering: str
    members: tuple[Member, ...]
    chaincodes: tuple[Chaincode, ...]

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
        """The chaincode process of every department that runs a peer."""
        if not self.chaincodes:
            return ()
        return tuple(member.chaincode for member in self.members if member.peers)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Every process."""
        return self.authorities + self.orderers + self.peers + self.chaincode_servers

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


def mspid_of(department: definition.Department) -> str:
    """A department's MSP id: as written, else `<name>MSP`."""
    return department.mspid or f"{department.name}MSP"


def domain_of(department: definition.Department) -> str:
    """A department's domain: as written, else `<name>.example`."""
    return department.domain or f"{department.name.lower()}.example"


def plan(written: definition.Definition) -> Topology:
    """Works out what will run from a definition that has no faults."""
    members = tuple(
        _member(written, department, at) for at, department in enumerate(written.departments)
    )
    return Topology(
        channel=written.channel.name,
        profile=written.channel.profile,
        fabric=written.fabric,
        ordering=written.ordering,
        members=members,
        chaincodes=tuple(_chaincode(chaincode, members) for chaincode in written.chaincodes),
    )


def _member(written: definition.Definition, department: definition.Department, at: int) -> Member:
    base = written.base_port + DEPARTMENT_PORTS * at
    domain = domain_of(department)

    def node(kind: NodeKind, name: str, ports: dict[str, int]) -> Node:
        return Node(department.name, name, kind, f"{name}.{domain}", ports)

    peers = [
        node("peer", peer.name, _peer_ports(peer, base + PEER_OFFSET + NODE_PORTS * n))
        for n, peer in enumerate(peers_of(department))
    ]
    orderers = [
        node(
            "orderer", orderer.name, _orderer_ports(orderer, base + ORDERER_OFFSET + NODE_PORTS * n)
        )
        for n, orderer in enumerate(orderers_of(department))
    ]
    services = {
        chaincode.name: department.chaincode_ports.get(chaincode.name, base + CHAINCODE_OFFSET + n)
        for n, chaincode in enumerate(written.chaincodes)
    }
    return Member(
        name=department.name,
        mspid=mspid_of(department),
        domain=domain,
        peers=tuple(peers),
        orderers=tuple(orderers),
        chaincode=node("chaincode", "chaincode", services),
        users=tuple(department.users),
        ca=node("ca", "ca", _ca_ports(department, base + CA_OFFSET))
        if written.ca == "fabric-ca"
        else None,
    )


def peers_of(department: definition.Department) -> list[definition.Peer]:
    """A department's peers, each by name."""
    if isinstance(department.peers, int):
        return [definition.Peer(f"peer{n}") for n in range(department.peers)]
    return department.peers


def orderers_of(department: definition.Department) -> list[definition.Orderer]:
    """A department's orderers, each by name."""
    if isinstance(department.orderers, int):
        return [definition.Orderer(f"orderer{n}") for n in range(department.orderers)]
    return department.orderers


def _ca_ports(department: definition.Department, first: int) -> dict[str, int]:
    if department.ca_ports is None:
        return {"listen": first, "operations": first + 1}
    return {"listen": department.ca_ports.listen, "operations": department.ca_ports.operations}


def _peer_ports(peer: definition.Peer, first: int) -> dict[str, int]:
    if peer.ports is None:
        return {"listen": first, "chaincode": first + 1, "operations": first + 2}
    ports = peer.ports
    return {"listen": ports.listen, "chaincode": ports.chaincode, "operations": ports.operations}


def _orderer_ports(orderer: definition.Orderer, first: int) -> dict[str, int]:
    if orderer.ports is None:
        return {"listen": first, "admin": first + 1, "operations": first + 2}
    ports = orderer.ports
    return {"listen": ports.listen, "admin": ports.admin, "operations": ports.operations}


def _chaincode(chaincode: definition.Chaincode, members: tuple[Member, ...]) -> Chaincode:
    by_name = {member.name: member for member in members}
    mspids = [member.mspid for member in members]
    if chaincode.policy is not None:
        policy = chaincode.policy
    elif chaincode.authority is not None:
        policy = str(authority_policy(by_name[chaincode.authority].mspid, mspids))
    else:
        raise ValueError(f"chaincode {chaincode.name} has neither authority nor policy")
    collections: list[Collection] = []
    for collection in chaincode.collections:
        if collection.each is not None:
            collections += [_own_collection(collection, member) for member in members]
        else:
            collections.append(_shared_collection(collection, by_name))
    return Chaincode(chaincode.name, chaincode.contract, policy, tuple(collections))


def _own_collection(written: definition.Collection, member: Member) -> Collection:
    """One department's own: what only its peer can write is what binds its consent."""
    return Collection(
        name=f"{written.name}_{member.mspid}",
        members=(member.mspid,),
        member_policy=str(any_member([member.mspid])),
        required=written.required,
        maximum=written.maximum if written.maximum is not None else 0,
        block_to_live=written.block_to_live,
        member_only_read=written.member_only_read,
        member_only_write=written.member_only_write,
        policy=written.policy or str(any_peer([member.mspid])),
    )


def _shared_collection(written: definition.Collection, by_name: dict[str, Member]) -> Collection:
    mspids = tuple(by_name[name].mspid for name in written.members)
    maximum = written.maximum if written.maximum is not None else max(len(mspids) - 1, 0)
    return Collection(
        name=written.name,
        members=mspids,
        member_policy=str(any_member(mspids)),
        required=written.required,
        maximum=max(maximum, written.required),
        block_to_live=written.block_to_live,
        member_only_read=written.member_only_read,
        member_only_write=written.member_only_write,
        policy=written.policy,
    )
