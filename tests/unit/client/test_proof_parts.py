"""The parts of a proof's check by themselves: a transaction's fit, signatures, policies, roles."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from tests.unit.client.provable import NOW, Channel
from weftwork.errors import ProofError
from weftwork.ledger import ConfigGroup, ConfigPolicy, decode_config_entry, decode_signature_policy
from weftwork.policy import signature_policy
from weftwork.proof import verify
from weftwork.proof.membership import CertifiedMember, Membership
from weftwork.proof.policies import satisfied
from weftwork_protos import common_pb2, peer_pb2

AT = datetime.fromtimestamp(NOW, UTC)
ORDER_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
Spoil = Callable[[common_pb2.Payload, peer_pb2.Transaction], None]


def certified(channel: Channel, identity: bytes) -> CertifiedMember:
    return Membership(decode_config_entry(channel.config()).config).certify(identity, AT)


def another_id(payload: common_pb2.Payload, _: peer_pb2.Transaction) -> None:
    header = common_pb2.ChannelHeader.FromString(payload.header.channel_header)
    header.tx_id = "0" * 64
    payload.header.channel_header = header.SerializeToString()


def another_time(payload: common_pb2.Payload, _: peer_pb2.Transaction) -> None:
    header = common_pb2.ChannelHeader.FromString(payload.header.channel_header)
    header.timestamp.seconds += 1
    payload.header.channel_header = header.SerializeToString()


def another_creator(_: common_pb2.Payload, transaction: peer_pb2.Transaction) -> None:
    transaction.actions[0].header = b"x"


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (another_id, "its id does not fit its creator"),
        (another_time, "what was endorsed is not what was proposed"),
        (another_creator, "its action is another creator's"),
    ],
)
def test_a_transaction_that_its_creator_spoiled(channel: Channel, spoil: Spoil, words: str) -> None:
    _, envelope = channel.transaction()
    payload = common_pb2.Payload.FromString(common_pb2.Envelope.FromString(envelope).payload)
    transaction = peer_pb2.Transaction.FromString(payload.data)
    spoil(payload, transaction)
    payload.data = transaction.SerializeToString()
    content = payload.SerializeToString()
    made = common_pb2.Envelope(
        payload=content, signature=channel.departments[0].clerk.sign(content)
    ).SerializeToString()
    found = common_pb2.ChannelHeader.FromString(payload.header.channel_header).tx_id
    proof = channel.proof_of(found, made, channel.block(7, [made]))
    with pytest.raises(ProofError, match=words):
        verify(proof, channel.trust)


def test_a_signature_has_one_spelling(channel: Channel) -> None:
    clerk = channel.departments[0].clerk
    member = certified(channel, clerk.identity)
    signature = clerk.sign(b"m")
    r, s = decode_dss_signature(signature)
    assert member.verifies(b"m", signature)
    assert not member.verifies(b"m", encode_dss_signature(r, ORDER_P256 - s))
    assert not member.verifies(b"n", signature)


def test_a_signature_counts_once(channel: Channel) -> None:
    content = decode_signature_policy(
        signature_policy("OutOf(2, 'EnergyMSP.peer', 'EnergyMSP.member')")
    )
    group = ConfigGroup(0, "", {}, {}, {"P": ConfigPolicy(content, 0, "")})
    energy = channel.departments[1]
    peer, clerk = (
        certified(channel, energy.peer.identity),
        certified(channel, energy.clerk.identity),
    )
    assert not satisfied(group, "P", [peer])
    assert satisfied(group, "P", [peer, clerk])
    assert not satisfied(group, "Q", [peer, clerk])


def test_a_member_has_exactly_one_role(channel: Channel) -> None:
    stranger = channel.departments[0].issue("x", "visitor")
    with pytest.raises(ProofError, match="is not exactly one of client, peer, admin and orderer"):
        certified(channel, stranger.identity)


def test_an_endorsement_that_was_not_signed_is_left_out(channel: Channel) -> None:
    transaction_id, envelope = channel.transaction()
    payload = common_pb2.Payload.FromString(common_pb2.Envelope.FromString(envelope).payload)
    transaction = peer_pb2.Transaction.FromString(payload.data)
    action = peer_pb2.ChaincodeActionPayload.FromString(transaction.actions[0].payload)
    action.action.endorsements[1].signature = action.action.endorsements[0].signature
    transaction.actions[0].payload = action.SerializeToString()
    payload.data = transaction.SerializeToString()
    content = payload.SerializeToString()
    made = common_pb2.Envelope(
        payload=content, signature=channel.departments[0].clerk.sign(content)
    ).SerializeToString()
    proof = channel.proof_of(transaction_id, made, channel.block(7, [made]))
    assert [each.mspid for each in verify(proof, channel.trust).endorsers] == ["LogisticsMSP"]
