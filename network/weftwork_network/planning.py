"""What follows from a definition worked out: from what was written to what will run."""

from weftwork_network import definition, layout
from weftwork_network.policies import any_member, any_peer, authority_policy
from weftwork_network.releases import CA_RELEASE, RELEASES
from weftwork_network.topology import (
    Chaincode,
    Channel,
    Collection,
    Images,
    Member,
    Node,
    NodeKind,
    Topology,
)

_OFFICIAL = "hyperledger/fabric"


def plan(written: definition.Definition) -> Topology:
    """Works out what will run from a definition that has no faults."""
    members = tuple(
        _member(written, department, at) for at, department in enumerate(written.departments)
    )
    return Topology(
        fabric=written.fabric,
        ordering=written.ordering,
        members=members,
        channels=tuple(_channel(written, channel, members) for channel in channels_of(written)),
        images=_images(written),
        publish=written.publish,
    )


def _images(written: definition.Definition) -> Images:
    if written.images == "built":
        return Images()
    if written.images == "official":
        version = RELEASES[written.fabric].version
        return Images(
            peer=f"{_OFFICIAL}-peer:{version}",
            orderer=f"{_OFFICIAL}-orderer:{version}",
            ca=f"{_OFFICIAL}-ca:{CA_RELEASE.version}",
        )
    named = written.images
    return Images(named.peer or "", named.orderer or "", named.ca or "")


def mspid_of(department: definition.Department) -> str:
    """A department's MSP id: as written, else `<name>MSP`."""
    return department.mspid or f"{department.name}MSP"


def domain_of(department: definition.Department) -> str:
    """A department's domain: as written, else `<name>.example`."""
    return department.domain or f"{department.name.lower()}.example"


def peers_of(department: definition.Department) -> list[definition.Peer]:
    """A department's peers, each by name."""
    if isinstance(department.peers, int):
        return [definition.Peer(f"peer{n}") for n in range(department.peers)]
    return department.peers


def orderers_of(
    department: definition.Department, ordering: definition.Ordering
) -> list[definition.Orderer]:
    """A department's orderers under an ordering, each by name."""
    written = department.orderers
    if isinstance(written, definition.OrderersByOrdering):
        written = written.raft if ordering == "raft" else written.bft
    if isinstance(written, int):
        return [definition.Orderer(f"orderer{n}") for n in range(written)]
    return written


def channels_of(written: definition.Definition) -> list[definition.Channel]:
    """The channels, in either form."""
    return written.channels if written.channel is None else [written.channel, *written.channels]


def profile_of(written: definition.Definition, channel: definition.Channel) -> str:
    """The profile of configtx.yaml that makes a channel's first block."""
    profile = channel.profile
    if isinstance(profile, definition.ProfileByOrdering):
        return profile.raft if written.ordering == "raft" else profile.bft
    return profile


def members_of(
    written: definition.Definition, channel: definition.Channel
) -> list[definition.Department]:
    """The departments that share a channel."""
    return [
        department
        for department in written.departments
        if not channel.departments or department.name in channel.departments
    ]


def ordering_of(
    written: definition.Definition, channel: definition.Channel
) -> list[definition.Department]:
    """The departments whose orderers order a channel."""
    return [
        department
        for department in written.departments
        if orderers_of(department, written.ordering)
        and (not channel.orderers or department.name in channel.orderers)
    ]


def is_on(
    written: definition.Definition, chaincode: definition.Chaincode, channel: definition.Channel
) -> bool:
    """Whether a chaincode is on a channel."""
    if not chaincode.channels:
        return channel is channels_of(written)[0]
    return channel.name in chaincode.channels


def runners_of(
    chaincode: definition.Chaincode, members: list[definition.Department]
) -> list[definition.Department]:
    """Which of a channel's departments run a chaincode."""
    return [
        department
        for department in members
        if peers_of(department)
        and (not chaincode.departments or department.name in chaincode.departments)
    ]


def _member(written: definition.Definition, department: definition.Department, at: int) -> Member:
    first = layout.first_port(written.base_port, at)
    domain = domain_of(department)

    def node(
        kind: NodeKind, name: str, ports: dict[str, int], serves: tuple[str, ...] = ()
    ) -> Node:
        return Node(department.name, name, kind, f"{name}.{domain}", ports, serves)

    peers = tuple(
        node("peer", peer.name, layout.peer_ports(peer, n, first))
        for n, peer in enumerate(peers_of(department))
    )
    orderers = tuple(
        node("orderer", orderer.name, layout.orderer_ports(orderer, n, first))
        for n, orderer in enumerate(orderers_of(department, written.ordering))
    )
    names = tuple(peer.name for peer in peers)
    if not names or not _runs_chaincode(written, department):
        processes: tuple[Node, ...] = ()
    elif written.chaincode_processes == "department":
        processes = (node("chaincode", "chaincode", layout.chaincode_ports(first), names),)
    else:
        processes = tuple(
            node(
                "chaincode",
                f"{peer.name}-chaincode",
                layout.own_chaincode_ports(peer.ports),
                (peer.name,),
            )
            for peer in peers
        )
    return Member(
        name=department.name,
        mspid=mspid_of(department),
        domain=domain,
        peers=peers,
        orderers=orderers,
        chaincode_nodes=processes,
        users=tuple(department.users),
        ca=node("ca", "ca", layout.ca_ports(department, first))
        if written.ca == "fabric-ca"
        else None,
    )


def _runs_chaincode(written: definition.Definition, department: definition.Department) -> bool:
    return any(
        is_on(written, chaincode, channel)
        and department in runners_of(chaincode, members_of(written, channel))
        for channel in channels_of(written)
        for chaincode in written.chaincodes
    )


def _channel(
    written: definition.Definition, channel: definition.Channel, members: tuple[Member, ...]
) -> Channel:
    by_name = {member.name: member for member in members}
    sharing = members_of(written, channel)
    return Channel(
        name=channel.name,
        profile=profile_of(written, channel),
        members=tuple(by_name[department.name] for department in sharing),
        ordering=tuple(by_name[each.name] for each in ordering_of(written, channel)),
        chaincodes=tuple(
            _chaincode(
                chaincode,
                [by_name[department.name] for department in sharing],
                tuple(department.name for department in runners_of(chaincode, sharing)),
            )
            for chaincode in written.chaincodes
            if is_on(written, chaincode, channel)
        ),
    )


def _chaincode(
    chaincode: definition.Chaincode, members: list[Member], runners: tuple[str, ...]
) -> Chaincode:
    by_name = {member.name: member for member in members}
    # Whoever does not run it can neither endorse nor consent.
    running = [by_name[name] for name in runners]
    if chaincode.policy is not None:
        policy = chaincode.policy
    elif chaincode.authority is not None:
        endorsers = [member.mspid for member in running]
        policy = str(authority_policy(by_name[chaincode.authority].mspid, endorsers))
    else:
        raise ValueError(f"chaincode {chaincode.name} has neither authority nor policy")
    collections: list[Collection] = []
    for collection in chaincode.collections:
        if collection.each is not None:
            collections += [_own_collection(collection, member) for member in running]
        else:
            holders = [by_name[name] for name in collection.members]
            collections.append(_collection(collection, collection.name, holders, collection.policy))
    return Chaincode(
        name=chaincode.name,
        contract=chaincode.contract,
        policy=policy,
        collections=tuple(collections),
        runners=runners,
        folder=chaincode.folder or ".",
    )


def _own_collection(written: definition.Collection, member: Member) -> Collection:
    """One department's own: what only its peer can write is what binds its consent."""
    policy = written.policy or str(any_peer([member.mspid]))
    return _collection(written, f"{written.name}_{member.mspid}", [member], policy)


def _collection(
    written: definition.Collection, name: str, holders: list[Member], policy: str | None
) -> Collection:
    mspids = tuple(member.mspid for member in holders)
    others = max(sum(len(member.peers) for member in holders) - 1, 0)
    maximum = written.maximum if written.maximum is not None else others
    return Collection(
        name=name,
        members=mspids,
        member_policy=str(any_member(mspids)),
        required=written.required,
        maximum=max(maximum, written.required),
        block_to_live=written.block_to_live,
        member_only_read=written.member_only_read,
        member_only_write=written.member_only_write,
        policy=policy,
    )
