"""Bytes that are made: fixed nonce and time give fixed bytes, with Fabric's field values."""

import hashlib

from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

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


@given(
    creator=st.binary(min_size=1, max_size=3000),
    channel=st.text(max_size=250),
    chaincode=st.text(max_size=200),
    arguments=st.lists(st.binary(max_size=20_000), max_size=5),
    transient=st.dictionaries(st.text(max_size=200), st.binary(max_size=300), max_size=1),
    nonce=st.binary(max_size=200),
    time_ns=st.integers(0, 2**60),
)
def test_the_parts_joined_are_the_message_serialized(
    creator: bytes,
    channel: str,
    chaincode: str,
    arguments: list[bytes],
    transient: dict[str, bytes],
    nonce: bytes,
    time_ns: int,
) -> None:
    made = build_proposal(
        creator, channel, chaincode, arguments, transient=transient, nonce=nonce, time_ns=time_ns
    )
    name = peer_pb2.ChaincodeID(name=chaincode)
    extension = peer_pb2.ChaincodeHeaderExtension(chaincode_id=name)
    moment = Timestamp(seconds=time_ns // 10**9, nanos=time_ns % 10**9)
    channel_header = common_pb2.ChannelHeader(
        type=common_pb2.ENDORSER_TRANSACTION,
        timestamp=moment,
        channel_id=channel,
        tx_id=transaction_id_of(nonce, creator),
        extension=extension.SerializeToString(),
    )
    signature_header = common_pb2.SignatureHeader(creator=creator, nonce=nonce)
    header = common_pb2.Header(
        channel_header=channel_header.SerializeToString(),
        signature_header=signature_header.SerializeToString(),
    )
    called = peer_pb2.ChaincodeSpec(
        type=peer_pb2.ChaincodeSpec.NODE,
        chaincode_id=name,
        input=peer_pb2.ChaincodeInput(args=arguments),
    )
    invocation = peer_pb2.ChaincodeInvocationSpec(chaincode_spec=called)
    payload = peer_pb2.ChaincodeProposalPayload(
        input=invocation.SerializeToString(), TransientMap=transient
    )
    proposal = peer_pb2.Proposal(
        header=header.SerializeToString(), payload=payload.SerializeToString()
    )
    assert made.proposal == proposal.SerializeToString()
