"""A proposal put together from parts that are serialized once a chaincode and caller.

A third of the time that goes into a proposal is spent making and serializing small messages that
are the same from call to call. Here they are kept as bytes, and what differs (nonce, time, id,
arguments) is joined to them in protobuf's own encoding: fields by number, each with its tag, and
its length where it has one (https://protobuf.dev/programming-guides/encoding/). The tests compare
with messages, and with the bytes of the official Node client.
"""

from collections.abc import Sequence
from functools import lru_cache

from weftwork_protos import common_pb2, peer_pb2
from weftwork_protos.encoding import sized, varint


class ProposalParts:
    """What every proposal of one caller to one chaincode has in common."""

    def __init__(self, creator: bytes, channel: str, chaincode: str) -> None:
        name = peer_pb2.ChaincodeID(name=chaincode)
        extension = peer_pb2.ChaincodeHeaderExtension(chaincode_id=name).SerializeToString()
        kind = common_pb2.ChannelHeader(type=common_pb2.ENDORSER_TRANSACTION)
        # Up to the tag of the time, which follows.
        self._type = kind.SerializeToString() + b"\x1a"
        # Up to the tag of the transaction id, which follows.
        self._channel = common_pb2.ChannelHeader(channel_id=channel).SerializeToString() + b"\x2a"
        self._extension = common_pb2.ChannelHeader(extension=extension).SerializeToString()
        self._creator = common_pb2.SignatureHeader(creator=creator).SerializeToString()
        self._called = peer_pb2.ChaincodeSpec(
            # Peers do not read the type; NODE gives the bytes of the official Node client.
            type=peer_pb2.ChaincodeSpec.NODE,
            chaincode_id=name,
        ).SerializeToString()

    def proposal(
        self,
        transaction_id: str,
        nonce: bytes,
        seconds: int,
        nanoseconds: int,
        arguments: Sequence[bytes],
        transient: bytes,
    ) -> bytes:
        """A serialized ``Proposal``; ``transient`` is the payload's field, as it is serialized."""
        moment = (b"\x08" + varint(seconds) if seconds else b"") + (
            b"\x10" + varint(nanoseconds) if nanoseconds else b""
        )
        channel_header = (
            self._type
            + sized(moment)
            + self._channel
            + sized(transaction_id.encode())
            + self._extension
        )
        signature_header = self._creator + (b"\x12" + sized(nonce) if nonce else b"")
        header = b"\x0a" + sized(channel_header) + b"\x12" + sized(signature_header)
        given = b"".join([b"\x0a" + sized(argument) for argument in arguments])
        called = b"\x0a" + sized(self._called + b"\x1a" + sized(given))
        payload = b"\x0a" + sized(called) + transient
        return b"\x0a" + sized(header) + b"\x12" + sized(payload)


@lru_cache(maxsize=256)
def parts_of(creator: bytes, channel: str, chaincode: str) -> ProposalParts:
    """The parts for a caller and a chaincode, made once."""
    return ProposalParts(creator, channel, chaincode)
