"""Snapshots of a peer's ledgers: requests made, answers read, bytes in and bytes out.

Messages: Fabric's ``peer/snapshot.proto``.
"""

import secrets
from dataclasses import dataclass

from google.protobuf.message import DecodeError

from weftwork.errors import LedgerError
from weftwork.proposals import NONCE_BYTES
from weftwork_protos import common_pb2, peer_pb2, snapshot_pb2

BEFORE_SNAPSHOT = "bootstrapped from a snapshot"
"""A peer's words for what lies before the snapshot that it joined by (Fabric's ``blkstorage``)."""


@dataclass(frozen=True)
class JoinStatus:
    """Whether a peer is joining a channel from a snapshot."""

    joining: bool
    folder: str
    """Where the snapshot lies that it is reading, on its own machine; empty: it reads none."""


def snapshot_request(creator: bytes, channel: str, block: int) -> bytes:
    """A serialized ``SnapshotRequest``: what is signed to ask for a snapshot or cancel one."""
    request = snapshot_pb2.SnapshotRequest(
        signature_header=_header(creator), channel_id=channel, block_number=block
    )
    return request.SerializeToString()


def snapshot_query(creator: bytes, channel: str) -> bytes:
    """A serialized ``SnapshotQuery``: what is signed."""
    query = snapshot_pb2.SnapshotQuery(signature_header=_header(creator), channel_id=channel)
    return query.SerializeToString()


def signed(request: bytes, signature: bytes) -> bytes:
    """A serialized ``SignedSnapshotRequest``: what travels."""
    message = snapshot_pb2.SignedSnapshotRequest(request=request, signature=signature)
    return message.SerializeToString()


def pending(answer: bytes) -> list[int]:
    """The blocks that ``QueryPendings`` answered, in order. Raises LedgerError."""
    try:
        found = snapshot_pb2.QueryPendingSnapshotsResponse.FromString(answer)
    except DecodeError:
        raise LedgerError("the peer's answer is no list of snapshots") from None
    return sorted(found.block_numbers)


def join_status(answer: bytes) -> JoinStatus:
    """What cscc's ``JoinBySnapshotStatus`` answered. Raises LedgerError."""
    try:
        found = peer_pb2.JoinBySnapshotStatus.FromString(answer)
    except DecodeError:
        raise LedgerError("the peer's answer is not a JoinBySnapshotStatus") from None
    return JoinStatus(found.in_progress, found.bootstrapping_snapshot_dir)


def _header(creator: bytes) -> common_pb2.SignatureHeader:
    return common_pb2.SignatureHeader(creator=creator, nonce=secrets.token_bytes(NONCE_BYTES))
