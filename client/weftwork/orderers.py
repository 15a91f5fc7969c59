"""What an orderer tells of itself, and what is sent to it: bytes in and bytes out.

Messages: Fabric's ``orderer/ab.proto``.
"""

import secrets
import time
from dataclasses import dataclass

from google.protobuf.message import DecodeError
from google.protobuf.timestamp_pb2 import Timestamp

from weftwork.errors import LedgerError
from weftwork.proposals import NANOSECONDS, NONCE_BYTES
from weftwork_protos import common_pb2, orderer_pb2


@dataclass(frozen=True)
class OrdererChannel:
    """An orderer's part in a channel."""

    name: str
    height: int
    """Number of blocks that it stores."""
    relation: str
    """``consenter``, ``follower``, ``config-tracker`` or ``other``."""
    status: str
    """``active``, ``onboarding``, ``inactive`` or ``failed``."""


def signed_payload(
    kind: int, channel: str, creator: bytes, data: bytes, *, tls_certificate_hash: bytes = b""
) -> bytes:
    """A serialized ``Payload`` of a header type, as orderers take it: what is signed.

    Without a creator it has no signature header, as in a file that is still to be signed.
    """
    now = time.time_ns()
    channel_header = common_pb2.ChannelHeader(
        type=kind,
        timestamp=Timestamp(seconds=now // NANOSECONDS, nanos=now % NANOSECONDS),
        channel_id=channel,
        tls_cert_hash=tls_certificate_hash,
    )
    header = common_pb2.Header(channel_header=channel_header.SerializeToString())
    if creator:
        signature_header = common_pb2.SignatureHeader(
            creator=creator, nonce=secrets.token_bytes(NONCE_BYTES)
        )
        header.signature_header = signature_header.SerializeToString()
    return common_pb2.Payload(header=header, data=data).SerializeToString()


def seek_payload(
    channel: str,
    creator: bytes,
    number: int | None,
    last: int | None = None,
    *,
    tls_certificate_hash: bytes = b"",
) -> bytes:
    """Asks an orderer for blocks from ``number`` to ``last``; None: the newest alone.

    A block that there is not yet is refused, not waited for.
    """
    if number is None:
        start = stop = orderer_pb2.SeekPosition(newest=orderer_pb2.SeekNewest())
    else:
        start = orderer_pb2.SeekPosition(specified=orderer_pb2.SeekSpecified(number=number))
        end = number if last is None else last
        stop = orderer_pb2.SeekPosition(specified=orderer_pb2.SeekSpecified(number=end))
    seek = orderer_pb2.SeekInfo(
        start=start, stop=stop, behavior=orderer_pb2.SeekInfo.FAIL_IF_NOT_READY
    )
    return signed_payload(
        common_pb2.DELIVER_SEEK_INFO,
        channel,
        creator,
        seek.SerializeToString(),
        tls_certificate_hash=tls_certificate_hash,
    )


def broadcast_answer(answer: bytes) -> tuple[int, str]:
    """Status (200: it will be ordered) and reason out of a ``BroadcastResponse``."""
    try:
        found = orderer_pb2.BroadcastResponse.FromString(answer)
    except DecodeError:
        raise LedgerError("the orderer's answer is not a BroadcastResponse") from None
    return int(found.status), found.info or status_word(found.status)


def delivered(answer: bytes) -> bytes | int:
    """A serialized ``Block``, or the status that ends them, out of a ``DeliverResponse``."""
    try:
        found = orderer_pb2.DeliverResponse.FromString(answer)
    except DecodeError:
        raise LedgerError("the orderer's answer is not a DeliverResponse") from None
    return found.block.SerializeToString() if found.HasField("block") else int(found.status)


def status_word(status: int) -> str:
    """Name of a status of orderers, for example ``NOT_FOUND``."""
    found = common_pb2.Status.DESCRIPTOR.values_by_number.get(status)
    return found.name if found else f"STATUS_{status}"
