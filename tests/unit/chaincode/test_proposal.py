"""What the client signed, read only when asked."""

import hashlib

import pytest

from weftwork_chaincode import Invalid
from weftwork_chaincode.proposal import Proposal
from weftwork_protos import common_pb2, peer_pb2


def proposal(kind=3, **changes):
    channel_header = common_pb2.ChannelHeader(
        type=kind,
        epoch=258,
        extension=peer_pb2.ChaincodeHeaderExtension(
            chaincode_id=peer_pb2.ChaincodeID(name="outer")
        ).SerializeToString(),
    )
    channel_header.timestamp.FromNanoseconds(1_700_000_000_123_999_999)
    header = common_pb2.Header(
        channel_header=channel_header.SerializeToString(),
        signature_header=common_pb2.SignatureHeader(
            creator=b"creator", nonce=b"nonce"
        ).SerializeToString(),
    )
    payload = peer_pb2.ChaincodeProposalPayload(TransientMap={"k": b"v"})
    message = peer_pb2.Proposal(
        header=header.SerializeToString(), payload=payload.SerializeToString()
    )
    for name, value in changes.items():
        setattr(message, name, value)
    return Proposal(message.SerializeToString(), b"signature")


def test_every_field_is_found():
    signed = proposal()
    assert signed.creator == b"creator"
    assert signed.nonce == b"nonce"
    assert signed.timestamp == 1_700_000_000_123
    assert signed.top_level_chaincode == "outer"
    assert dict(signed.transient) == {"k": b"v"}
    # Go's shim: SHA-256 over nonce, creator and the epoch as eight little-endian bytes
    expected = hashlib.sha256(b"noncecreator" + b"\x02\x01" + bytes(6)).digest()
    assert signed.binding == expected


def test_transient_data_cannot_be_changed():
    with pytest.raises(TypeError):
        proposal().transient["k"] = b"other"


@pytest.mark.parametrize(
    ("broken", "field"),
    [
        (Proposal(b"\xff\xff", b""), "creator"),
        (Proposal(b"", b""), "creator"),
        (proposal(header=b"\xff\xff"), "timestamp"),
        (proposal(header=b"\x0a\x02\xff\xff"), "timestamp"),
        (proposal(header=b"\x12\x02\xff\xff"), "nonce"),
        (proposal(payload=b"\xff\xff"), "transient"),
        (proposal(kind=2), "timestamp"),
        (proposal(kind=2), "top_level_chaincode"),
    ],
)
def test_what_cannot_be_read_is_invalid(broken, field):
    with pytest.raises(Invalid):
        getattr(broken, field)
