"""What a serialized request for events asks for, and how one is serialized: plain, nothing waits.

Format: fabric-protos ``gateway/gateway.proto``, ``orderer/ab.proto`` (``SeekInfo``).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from google.protobuf.message import DecodeError, Message

from weftwork.errors import LedgerError
from weftwork.proposals import LAST_BLOCK
from weftwork_protos import common_pb2, gateway_pb2, orderer_pb2

M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True)
class Asked:
    """The content of a request for events."""

    channel: str
    creator: bytes
    """The serialized identity that asks."""
    start_block: int | None
    """None: from the next commit on."""
    stop_block: int | None = None
    """None: without end."""
    chaincode: str = ""
    """Empty for blocks."""
    after_transaction_id: str = ""


def read_chaincode_events_request(message: bytes) -> Asked:
    """What a serialized ``ChaincodeEventsRequest`` asks for. Raises LedgerError."""
    request = _parsed(
        gateway_pb2.ChaincodeEventsRequest.FromString, message, "a ChaincodeEventsRequest"
    )
    return Asked(
        request.channel_id,
        request.identity,
        _number(request.start_position),
        chaincode=request.chaincode_id,
        after_transaction_id=request.after_transaction_id,
    )


def read_seek_payload(message: bytes) -> Asked:
    """What the payload of a seek envelope asks for. Raises LedgerError."""
    name = "the payload of a seek envelope"
    payload = _parsed(common_pb2.Payload.FromString, message, name)
    header = _parsed(common_pb2.ChannelHeader.FromString, payload.header.channel_header, name)
    author = _parsed(common_pb2.SignatureHeader.FromString, payload.header.signature_header, name)
    seek = _parsed(orderer_pb2.SeekInfo.FromString, payload.data, name)
    if header.type != common_pb2.DELIVER_SEEK_INFO:
        raise LedgerError(f"these bytes are not {name}")
    stop = _number(seek.stop)
    if stop is not None and stop >= LAST_BLOCK:
        stop = None  # as Node, Java and Go say it, each with the largest number that it has
    return Asked(header.channel_id, author.creator, _number(seek.start), stop)


def split_chaincode_events_request(data: bytes) -> tuple[bytes, bytes]:
    """Message and signature out of a ``SignedChaincodeEventsRequest``. Raises LedgerError."""
    signed = _parsed(
        gateway_pb2.SignedChaincodeEventsRequest.FromString, data, "a SignedChaincodeEventsRequest"
    )
    return signed.request, signed.signature


def split_envelope(data: bytes) -> tuple[bytes, bytes]:
    """Payload and signature out of an ``Envelope``. Raises LedgerError."""
    envelope = _parsed(common_pb2.Envelope.FromString, data, "an Envelope")
    return envelope.payload, envelope.signature


def _number(position: orderer_pb2.SeekPosition) -> int | None:
    return position.specified.number if position.WhichOneof("Type") == "specified" else None


def _parsed(parse: Callable[[bytes], M], data: bytes, name: str) -> M:
    try:
        return parse(data)
    except DecodeError:
        raise LedgerError(f"these bytes are not {name}") from None
