"""The config model: what network.yaml may say, field by field.

The model holds what was written. What follows from it (ports, certificate names, policies in full)
is worked out in `planning`.
"""

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

Port = Annotated[int, Meta(ge=1, le=65535)]
BasePort = Annotated[int, Meta(ge=1024, le=64000)]
Count = Annotated[int, Meta(ge=0, le=4)]
NotNegative = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Fabric: TypeAlias = Literal["3.1", "2.5"]
Ordering: TypeAlias = Literal["raft", "bft"]
ORDERINGS: tuple[Ordering, ...] = ("raft", "bft")


class PeerPorts(Struct, frozen=True, forbid_unknown_fields=True):
    """A peer's ports where the layout's own will not do.

    Attributes:
        listen: gRPC: gateway, endorser, gossip.
        chaincode: where chaincode started by the peer would call back; unused by services.
        operations: metrics, health, log level; mutual TLS.
    """

    listen: Port
    chaincode: Port
    operations: Port


class OrdererPorts(Struct, frozen=True, forbid_unknown_fields=True):
    """An orderer's ports where the layout's own will not do.

    Attributes:
        listen: gRPC: broadcast, deliver, consensus.
        admin: channel participation; mutual TLS.
        operations: metrics, health, log level; mutual TLS.
    """

    listen: Port
    admin: Port
    operations: Port


class CaPorts(Struct, frozen=True, forbid_unknown_fields=True):
    """A Fabric CA's ports where the layout's own will not do.

    Attributes:
        listen: REST: enrolment and the register; TLS.
        operations: metrics, health; mutual TLS.
    """

    listen: Port
    operations: Port


class Peer(Struct, frozen=True, forbid_unknown_fields=True):
    """One peer of a department.

    Attributes:
        name: host part of its name in certificates, e.g. `peer0`.
        ports: its ports, when they are to be fixed by hand.
    """

    name: str
    ports: PeerPorts | None = None


class Orderer(Struct, frozen=True, forbid_unknown_fields=True):
    """One orderer of a department.

    Attributes:
        name: host part of its name in certificates, e.g. `orderer0`.
        ports: its ports, when they are to be fixed by hand.
    """

    name: str
    ports: OrdererPorts | None = None


class OrderersByOrdering(Struct, frozen=True, forbid_unknown_fields=True):
    """A department's orderers where they are not the same under every ordering.

    Attributes:
        raft: how many orderers under Raft, or each of them.
        bft: how many orderers under BFT, or each of them.
    """

    raft: Count | list[Orderer] = 0
    bft: Count | list[Orderer] = 0


class User(Struct, frozen=True, forbid_unknown_fields=True):
    """A person or program that acts for a department.

    Attributes:
        name: the label in the department's wallet.
        attributes: what the enrolment certificate says of the user; contracts read it.
    """

    name: str
    attributes: dict[str, str] = {}


class Department(Struct, frozen=True, forbid_unknown_fields=True):
    """A department: one MSP in the application and, where it runs orderers, in the orderer group.

    Attributes:
        name: e.g. `Energy`; in lower case it names the department's folder.
        mspid: the MSP's id; `<name>MSP` when not given.
        domain: DNS domain in the certificates; `<name>.example` when not given.
        peers: how many peers, or each of them.
        orderers: how many orderers, or each of them; or both by the ordering.
        users: who acts for it, besides `admin` who is always there.
        ca_ports: its Fabric CA's ports, when they are to be fixed by hand.
    """

    name: str
    mspid: str | None = None
    domain: str | None = None
    peers: Count | list[Peer] = 1
    orderers: Count | list[Orderer] | OrderersByOrdering = 0
    users: list[User] = []
    ca_ports: CaPorts | None = None


class ProfileByOrdering(Struct, frozen=True, forbid_unknown_fields=True):
    """The profile for each ordering.

    Attributes:
        raft: the profile under Raft.
        bft: the profile under BFT.
    """

    raft: str
    bft: str


class Channel(Struct, frozen=True, forbid_unknown_fields=True):
    """A channel: a ledger, and the departments that share it.

    Attributes:
        name: the channel's name.
        profile: the profile of configtx.yaml that makes its genesis block; or one by the ordering.
        departments: the departments whose peers hold it; every department when none is named.
        orderers: the departments whose orderers order it; all that run orderers when none is named.
    """

    name: str
    profile: str | ProfileByOrdering
    departments: list[str] = []
    orderers: list[str] = []


class Collection(Struct, frozen=True, forbid_unknown_fields=True):
    """A private data collection, or one for each department.

    Attributes:
        name: the collection's name; with `each` it is followed by `_<MSP id>`.
        each: `department`: one collection a department, of which it is the only member and whose
            writes only its peer can endorse.
        members: the departments whose peers hold the data.
        required: peers that must have the data before an endorsement is given.
        maximum: peers to which the endorsing peer tries to send the data.
        block_to_live: blocks after which the data is purged; 0 keeps it.
        member_only_read: only members' clients may read.
        member_only_write: only members' clients may write.
        policy: who must endorse a write; the chaincode's policy when not given.
    """

    name: str
    each: Literal["department"] | None = None
    members: list[str] = []
    required: NotNegative = 0
    maximum: NotNegative | None = None
    block_to_live: NotNegative = 0
    member_only_read: bool = True
    member_only_write: bool = False
    policy: str | None = None


class Chaincode(Struct, frozen=True, forbid_unknown_fields=True):
    """A chaincode: its code, who endorses, what it keeps private.

    Attributes:
        name: its name on its channels.
        contract: the class, `package.module:Class`.
        folder: where its code is imported from, seen from the project folder, which it is when not
            given.
        authority: the department that creates here; the policy is then: it, and one of the others.
        policy: the endorsement policy in full, instead of `authority`.
        channels: the channels that it is on; the first one when none is named.
        departments: the departments that run it; every department of its channels with a peer when
            none is named. The others approve it without running it.
        collections: its private data collections.
    """

    name: str
    contract: str
    folder: str | None = None
    authority: str | None = None
    policy: str | None = None
    channels: list[str] = []
    departments: list[str] = []
    collections: list[Collection] = []


class Images(Struct, frozen=True, forbid_unknown_fields=True):
    """Container images made elsewhere, each named exactly; one that is not named is built here.

    Attributes:
        peer: the peers' image, e.g. `hyperledger/fabric-peer:3.1.1`, or with a digest.
        orderer: the orderers' image.
        ca: the Fabric CAs' image.
    """

    peer: str | None = None
    orderer: str | None = None
    ca: str | None = None


class Definition(Struct, frozen=True, forbid_unknown_fields=True):
    """What network.yaml says.

    Attributes:
        departments: who takes part.
        chaincodes: what runs on the channels.
        channel: the channel, where there is one.
        channels: the channels, where there are several.
        fabric: the line of Fabric's releases.
        ordering: how blocks are agreed on.
        ca: who issues users' certificates: this tool itself (`embedded`), or a Fabric CA of each
            department, where they are registered (`fabric-ca`).
        chaincode_processes: whether a department runs its chaincodes once for all its peers
            (`department`), or once for each (`peer`).
        base_port: the first port of the layout; every department takes a hundred from there.
        images: the container images of nodes: `built` here, the `official` ones by the exact
            version, or each by its name.
        publish: a further address of this machine at which containers' peers and Fabric CAs are
            reached, from other machines too; its certificates name it.
    """

    departments: list[Department]
    chaincodes: list[Chaincode]
    channel: Channel | None = None
    channels: list[Channel] = []
    fabric: Fabric = "3.1"
    ordering: Ordering = "raft"
    ca: Literal["embedded", "fabric-ca"] = "embedded"
    chaincode_processes: Literal["department", "peer"] = "department"
    base_port: BasePort = 7000
    images: Literal["built", "official"] | Images = "built"
    publish: str = "127.0.0.1"
