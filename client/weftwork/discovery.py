"""Fabric's discovery service: requests made and answers read, bytes in and bytes out.

Messages: Fabric's ``discovery/protocol.proto``. How peers are to be picked from what it answers is
told there too, at ``EndorsementDescriptor``.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from google.protobuf.message import DecodeError

from weftwork.errors import LedgerError
from weftwork.ledger.members import member_of
from weftwork.ledger.msps import Msp, decode_msp
from weftwork.policy import signature_policy
from weftwork_protos import discovery_pb2, gossip_pb2, msp_config_pb2, peer_pb2, policies_pb2


@dataclass(frozen=True)
class ChaincodeCall:
    """A chaincode as a transaction uses it: what decides who must endorse."""

    name: str
    collections: tuple[str, ...] = ()
    """Names of its private data collections that are read or written."""
    no_private_reads: bool = False
    """The collections are written only, so that endorsers need not be their members."""
    no_public_writes: bool = False
    """Nothing outside the collections is written, so that their policies alone count."""
    key_policies: tuple[str, ...] = ()
    """Policies of single keys that are written, as ``weftwork.policy`` reads them."""
    disregard_chaincode_policy: bool = False
    """Only keys with policies of their own are written."""


@dataclass(frozen=True)
class DiscoveredPeer:
    """A peer that is alive, as another peer knows it by gossip."""

    mspid: str
    address: str
    """``host:port`` under which it makes itself known."""
    certificate: bytes
    """X.509 certificate, PEM."""
    ledger_height: int | None
    """Blocks of the channel that it held when it last told; None where no channel was asked about.

    A peer tells its height every 4 s (``peer.gossip.publishStateInfoInterval``), so this may be
    behind; ``PeerAdmin.info`` asks the ledger itself.
    """
    chaincodes: tuple[tuple[str, str], ...]
    """Name and version of each chaincode of the channel that it runs."""


@dataclass(frozen=True)
class DiscoveredConfig:
    """What discovery tells of a channel's configuration."""

    msps: Mapping[str, Msp]
    """By MSP id; those that are not X.509 are left out."""
    orderers: Mapping[str, tuple[str, ...]]
    """MSP id to ``host:port`` of each of the department's orderers."""


@dataclass(frozen=True)
class Endorsers:
    """Who can endorse a transaction, and in which combinations that is enough."""

    chaincode: str
    groups: Mapping[str, tuple[DiscoveredPeer, ...]]
    """A group's name, of no meaning of its own, to its peers."""
    layouts: tuple[Mapping[str, int], ...]
    """Each is enough: so many peers of each of these groups."""

    def organizations(self) -> list[frozenset[str]]:
        """The sets of departments of which each is enough, by MSP id; the smallest first.

        One of them is what ``endorsing_organizations`` of a submit takes.
        """
        found = {
            frozenset(peer.mspid for group in layout for peer in self.groups.get(group, ()))
            for layout in self.layouts
        }
        return sorted(found, key=lambda mspids: (len(mspids), sorted(mspids)))

    def select(self, *, without: Collection[str] = ()) -> tuple[DiscoveredPeer, ...]:
        """The fewest peers that are enough; of each group those with the highest ledgers.

        ``without`` are addresses of peers to leave out. Empty where none are enough without them.
        """
        best: tuple[DiscoveredPeer, ...] = ()
        for layout in self.layouts:
            chosen: list[DiscoveredPeer] = []
            for group, count in sorted(layout.items()):
                left = [
                    peer
                    for peer in self.groups.get(group, ())
                    if peer.address not in without and peer not in chosen
                ]
                left.sort(key=lambda peer: (-(peer.ledger_height or 0), peer.address))
                if len(left) < count:
                    break
                chosen.extend(left[:count])
            else:
                if not best or len(chosen) < len(best):
                    best = tuple(chosen)
        return best


def local_peers_request(creator: bytes, tls_certificate_hash: bytes) -> bytes:
    """Asks for every peer that the peer knows, whatever the channel.

    This and the requests below are serialized ``Request`` messages: what is signed.
    """
    query = discovery_pb2.Query(local_peers=discovery_pb2.LocalPeerQuery())
    return _request(query, creator, tls_certificate_hash)


def peers_request(
    channel: str, calls: Sequence[ChaincodeCall], creator: bytes, tls_certificate_hash: bytes
) -> bytes:
    """Asks for a channel's peers, those alone that run all of the chaincodes. PolicyError."""
    query = discovery_pb2.Query(
        channel=channel, peer_query=discovery_pb2.PeerMembershipQuery(filter=_interest(calls))
    )
    return _request(query, creator, tls_certificate_hash)


def config_request(channel: str, creator: bytes, tls_certificate_hash: bytes) -> bytes:
    """Asks for MSPs and orderers of a channel."""
    query = discovery_pb2.Query(channel=channel, config_query=discovery_pb2.ConfigQuery())
    return _request(query, creator, tls_certificate_hash)


def endorsers_request(
    channel: str, calls: Sequence[ChaincodeCall], creator: bytes, tls_certificate_hash: bytes
) -> bytes:
    """Asks who can endorse a transaction that calls these chaincodes. Raises PolicyError."""
    asked = discovery_pb2.ChaincodeQuery(interests=[_interest(calls)])
    query = discovery_pb2.Query(channel=channel, cc_query=asked)
    return _request(query, creator, tls_certificate_hash)


def signed(payload: bytes, signature: bytes) -> bytes:
    """A serialized ``SignedRequest``: what travels."""
    message = discovery_pb2.SignedRequest(payload=payload, signature=signature)
    return message.SerializeToString()


def refusal(answer: bytes) -> str:
    """The peer's words where it refused the question; empty where it did not."""
    return _result(answer).error.content


def peers(answer: bytes) -> list[DiscoveredPeer]:
    """The answer to a question for peers, by MSP id and address. Raises LedgerError."""
    members = _result(answer, "members").members.peers_by_org
    found = [_peer(peer) for listed in members.values() for peer in listed.peers]
    return sorted(found, key=lambda peer: (peer.mspid, peer.address))


def config(answer: bytes) -> DiscoveredConfig:
    """The answer to a question for the configuration. Raises LedgerError."""
    found = _result(answer, "config_result").config_result
    msps = {mspid: _msp(config) for mspid, config in sorted(found.msps.items())}
    return DiscoveredConfig(
        msps={mspid: msp for mspid, msp in msps.items() if msp is not None},
        orderers={
            mspid: tuple(f"{one.host}:{one.port}" for one in endpoints.endpoint)
            for mspid, endpoints in sorted(found.orderers.items())
        },
    )


def endorsers(answer: bytes) -> Endorsers:
    """The answer to a question for endorsers. Raises LedgerError."""
    found = _result(answer, "cc_query_res").cc_query_res.content
    if len(found) != 1:
        raise LedgerError(f"the peer told of {len(found)} transactions in place of one")
    return Endorsers(
        chaincode=found[0].chaincode,
        groups={
            group: tuple(_peer(peer) for peer in listed.peers)
            for group, listed in sorted(found[0].endorsers_by_groups.items())
        },
        layouts=tuple(dict(layout.quantities_by_group) for layout in found[0].layouts),
    )


def _request(query: discovery_pb2.Query, creator: bytes, tls_certificate_hash: bytes) -> bytes:
    authentication = discovery_pb2.AuthInfo(
        client_identity=creator, client_tls_cert_hash=tls_certificate_hash
    )
    message = discovery_pb2.Request(authentication=authentication, queries=[query])
    return message.SerializeToString()


def _result(answer: bytes, kind: str = "") -> discovery_pb2.QueryResult:
    try:
        results = discovery_pb2.Response.FromString(answer).results
    except DecodeError:
        raise LedgerError("the peer's answer is not that of discovery") from None
    if len(results) != 1:
        raise LedgerError(f"the peer gave {len(results)} answers to one question")
    if kind and results[0].WhichOneof("result") != kind:
        raise LedgerError("the peer answered something else than it was asked")
    return results[0]


def _interest(calls: Sequence[ChaincodeCall]) -> peer_pb2.ChaincodeInterest:
    return peer_pb2.ChaincodeInterest(
        chaincodes=[
            peer_pb2.ChaincodeCall(
                name=call.name,
                collection_names=call.collections,
                no_private_reads=call.no_private_reads,
                no_public_writes=call.no_public_writes,
                key_policies=[
                    policies_pb2.SignaturePolicyEnvelope.FromString(signature_policy(policy))
                    for policy in call.key_policies
                ],
                disregard_namespace_policy=call.disregard_chaincode_policy,
            )
            for call in calls
        ]
    )


def _peer(peer: discovery_pb2.Peer) -> DiscoveredPeer:
    identity = member_of(peer.identity)
    try:
        alive = gossip_pb2.GossipMessage.FromString(peer.membership_info.payload)
        state = gossip_pb2.GossipMessage.FromString(peer.state_info.payload)
    except DecodeError:
        raise LedgerError(
            f"what gossip tells of a peer of {identity.mspid} is unreadable"
        ) from None
    known = state.HasField("state_info")
    properties = state.state_info.properties
    return DiscoveredPeer(
        mspid=identity.mspid,
        address=alive.alive_msg.membership.endpoint,
        certificate=identity.certificate,
        ledger_height=properties.ledger_height if known else None,
        chaincodes=tuple((found.name, found.version) for found in properties.chaincodes),
    )


def _msp(config: msp_config_pb2.FabricMSPConfig) -> Msp | None:
    return decode_msp(
        msp_config_pb2.MSPConfig(config=config.SerializeToString()).SerializeToString()
    )
