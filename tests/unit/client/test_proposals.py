"""Bytes that are made: fixed nonce and time give fixed bytes, with Fabric's field values."""

import hashlib

from tests.unit.client.people import user
from weftwork.proposals import (
    build_proposal,
    chaincode_events_request,
    commit_status_request,
    deliver_payload,
    transaction_id_of,
)
from weftwork_protos import common_pb2, gateway_pb2, orderer_pb2, peer_pb2

NONCE = bytes(range(24))
TIME_NS = 1_700_000_000_123_456_789


def test_a_proposal_says_what_was_meant() -> None:
    creator = user().identity.creator
    made = build_proposal(
        creator,
        "crosswork",
        "logistics",
        [b"offer", b"C-1", b"\xff"],
        transient={"k": b"secret"},
        nonce=NONCE,
        time_ns=TIME_NS,
    )
    assert made.transaction_id == hashlib.sha256(NONCE + creator).hexdigest()
    proposal = peer_pb2.Proposal.FromString(made.proposal)
    header = common_pb2.Header.FromString(proposal.header)
    channel = common_pb2.ChannelHeader.FromString(header.channel_header)
    assert channel.type == common_pb2.ENDORSER_TRANSACTION
    assert (channel.timestamp.seconds, channel.timestamp.nanos) == (1_700_000_000, 123_456_789)
    assert (channel.channel_id, channel.tx_id) == ("crosswork", made.transaction_id)
    assert channel.tls_cert_hash == b"", "it binds streams of blocks alone"
    assert channel.epoch == 0
    extension = peer_pb2.ChaincodeHeaderExtension.FromString(channel.extension)
    assert extension.chaincode_id.name == "logistics"
    signature = common_pb2.SignatureHeader.FromString(header.signature_header)
    assert (signature.nonce, signature.creator) == (NONCE, creator)
    payload = peer_pb2.ChaincodeProposalPayload.FromString(proposal.payload)
    assert dict(payload.TransientMap) == {"k": b"secret"}
    spec = peer_pb2.ChaincodeInvocationSpec.FromString(payload.input).chaincode_spec
    assert list(spec.input.args) == [b"offer", b"C-1", b"\xff"]


def test_the_same_proposal_is_the_same_bytes() -> None:
    def made(keys: str) -> bytes:
        transient = dict.fromkeys(keys, b"v")
        return build_proposal(
            user().identity.creator, "c", "cc", [b"f"], transient=transient, nonce=NONCE, time_ns=1
        ).proposal

    names = [f"name-{number:03}" for number in range(60)]

    def bytes_of(order: list[str]) -> bytes:
        return build_proposal(
            b"me", "c", "cc", [b"f"], transient=dict.fromkeys(order, b"v"), nonce=NONCE, time_ns=1
        ).proposal

    assert made("abcdefgh") == made("hgfedcba")
    proposal = bytes_of(names)
    assert proposal == bytes_of(names[::-1])
    places = [proposal.index(name.encode()) for name in names]
    assert places == sorted(places), "the order is that of the names, not one of chance"


def test_every_proposal_has_its_own_nonce() -> None:
    ids = {build_proposal(b"me", "c", "cc", [b"f"]).transaction_id for _ in range(50)}
    assert len(ids) == 50


def test_a_known_transaction_id() -> None:
    assert transaction_id_of(b"", b"") == hashlib.sha256(b"").hexdigest()
    assert transaction_id_of(b"ab", b"c") == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )


def test_status_and_event_requests() -> None:
    status = gateway_pb2.CommitStatusRequest.FromString(commit_status_request("tx", "c", b"me"))
    assert (status.transaction_id, status.channel_id, status.identity) == ("tx", "c", b"me")
    events = gateway_pb2.ChaincodeEventsRequest.FromString(
        chaincode_events_request("c", "cc", b"me", start_block=0, after_transaction_id="tx")
    )
    assert events.start_position.WhichOneof("Type") == "specified"
    assert events.after_transaction_id == "tx"


def test_a_seek_without_end() -> None:
    payload = common_pb2.Payload.FromString(deliver_payload("c", b"me", start_block=7))
    channel = common_pb2.ChannelHeader.FromString(payload.header.channel_header)
    assert channel.type == common_pb2.DELIVER_SEEK_INFO
    seek = orderer_pb2.SeekInfo.FromString(payload.data)
    assert seek.start.specified.number == 7
    assert seek.stop.specified.number == 2**53 - 1
    assert seek.behavior == orderer_pb2.SeekInfo.BLOCK_UNTIL_READY
