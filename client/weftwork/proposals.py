"""The bytes that a client makes and signs: proposal, envelope, status and event requests.

Everything here is plain: bytes in, bytes out, nothing waits, no protobuf type is handed on. What
is signed is always the exact bytes that travel, so a signature can be made elsewhere.
Format: https://github.com/hyperledger/fabric-protos ``peer/proposal.proto``, ``gateway.proto``.
"""

import hashlib
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from google.protobuf.timestamp_pb2 import Timestamp

from weftwork.errors import ArgumentError
from weftwork.proposal_parts import parts_of
from weftwork_protos import common_pb2, gateway_pb2, orderer_pb2, peer_pb2

NONCE_BYTES = 24
NANOSECONDS = 1_000_000_000
LAST_BLOCK = 2**53 - 1
"""The stop of a stream that never ends: the largest integer that the Node client can name."""


@dataclass(frozen=True, slots=True)
class ProposalBytes:
    """A proposal, ready to be signed."""

    transaction_id: str
    channel: str
    proposal: bytes = field(repr=False)
    """What is signed. Never shown: it holds the transient data."""


def transaction_id_of(nonce: bytes, creator: bytes) -> str:
    """The id that every peer recomputes: SHA-256 of nonce and creator, lowercase hex."""
    return hashlib.sha256(nonce + creator).hexdigest()


def build_proposal(
    creator: bytes,
    channel: str,
    chaincode: str,
    arguments: Sequence[bytes],
    *,
    transient: Mapping[str, bytes] | None = None,
    nonce: bytes | None = None,
    time_ns: int | None = None,
) -> ProposalBytes:
    """A proposal to call ``chaincode`` with ``arguments``, the function's name first.

    ``creator`` is the serialized identity. ``nonce`` (24 bytes) and ``time_ns`` (nanoseconds since
    the epoch) are for tests and for reproducing bytes; by default both are fresh.
    """
    nonce = secrets.token_bytes(NONCE_BYTES) if nonce is None else nonce
    time_ns = time.time_ns() if time_ns is None else time_ns
    transaction_id = transaction_id_of(nonce, creator)
    proposal = parts_of(creator, channel, chaincode).proposal(
        transaction_id,
        nonce,
        time_ns // NANOSECONDS,
        time_ns % NANOSECONDS,
        arguments,
        _transient(transient) if transient else b"",
    )
    return ProposalBytes(transaction_id, channel, proposal)


def signed_proposal(proposal: bytes, signature: bytes) -> bytes:
    """A serialized ``SignedProposal``, as a peer's Endorser service takes it."""
    message = peer_pb2.SignedProposal(proposal_bytes=proposal, signature=signature)
    return message.SerializeToString()


def evaluate_request(
    proposal: ProposalBytes, signature: bytes, target_organizations: Sequence[str]
) -> bytes:
    """A serialized ``EvaluateRequest``."""
    message = gateway_pb2.EvaluateRequest(
        transaction_id=proposal.transaction_id,
        channel_id=proposal.channel,
        proposed_transaction=_signed(proposal, signature),
        target_organizations=target_organizations,
    )
    return message.SerializeToString()


def endorse_request(
    proposal: ProposalBytes, signature: bytes, endorsing_organizations: Sequence[str]
) -> bytes:
    """A serialized ``EndorseRequest``."""
    message = gateway_pb2.EndorseRequest(
        transaction_id=proposal.transaction_id,
        channel_id=proposal.channel,
        proposed_transaction=_signed(proposal, signature),
        endorsing_organizations=endorsing_organizations,
    )
    return message.SerializeToString()


def submit_request(transaction_id: str, channel: str, payload: bytes, signature: bytes) -> bytes:
    """A serialized ``SubmitRequest``; ``payload`` is the envelope's, which is what is signed."""
    message = gateway_pb2.SubmitRequest(
        transaction_id=transaction_id,
        channel_id=channel,
        prepared_transaction=common_pb2.Envelope(payload=payload, signature=signature),
    )
    return message.SerializeToString()


def commit_status_request(transaction_id: str, channel: str, creator: bytes) -> bytes:
    """A serialized ``CommitStatusRequest``: what is signed."""
    message = gateway_pb2.CommitStatusRequest(
        transaction_id=transaction_id, channel_id=channel, identity=creator
    )
    return message.SerializeToString()


def signed_commit_status_request(request: bytes, signature: bytes) -> bytes:
    """A serialized ``SignedCommitStatusRequest``: what travels."""
    message = gateway_pb2.SignedCommitStatusRequest(request=request, signature=signature)
    return message.SerializeToString()


def chaincode_events_request(
    channel: str,
    chaincode: str,
    creator: bytes,
    *,
    start_block: int | None = None,
    after_transaction_id: str = "",
) -> bytes:
    """A serialized ``ChaincodeEventsRequest``: what is signed. No start block: the next commit."""
    message = gateway_pb2.ChaincodeEventsRequest(
        channel_id=channel,
        chaincode_id=chaincode,
        identity=creator,
        start_position=_position(start_block),
        after_transaction_id=after_transaction_id,
    )
    return message.SerializeToString()


def signed_chaincode_events_request(request: bytes, signature: bytes) -> bytes:
    """A serialized ``SignedChaincodeEventsRequest``: what travels."""
    message = gateway_pb2.SignedChaincodeEventsRequest(request=request, signature=signature)
    return message.SerializeToString()


def deliver_payload(
    channel: str,
    creator: bytes,
    *,
    start_block: int | None = None,
    stop_block: int | None = None,
    tls_certificate_hash: bytes = b"",
    time_ns: int | None = None,
) -> bytes:
    """Payload of a seek envelope for a peer's or orderer's Deliver service: what is signed.

    No start block begins at the next commit, no stop block never ends.
    """
    channel_header = common_pb2.ChannelHeader(
        type=common_pb2.DELIVER_SEEK_INFO,
        timestamp=_timestamp(time.time_ns() if time_ns is None else time_ns),
        channel_id=channel,
        tls_cert_hash=tls_certificate_hash,
    )
    last = LAST_BLOCK if stop_block is None else stop_block
    seek = orderer_pb2.SeekInfo(
        start=_position(start_block),
        stop=_at(last),
    )
    # Without a nonce: a seek is no transaction, and the official clients send none either.
    payload = common_pb2.Payload(
        header=_header(channel_header, creator, b""), data=seek.SerializeToString()
    )
    return payload.SerializeToString()


def newest_block_payload(channel: str, creator: bytes, tls_certificate_hash: bytes) -> bytes:
    """Payload of a seek envelope for the newest block alone: its number tells the height."""
    channel_header = common_pb2.ChannelHeader(
        type=common_pb2.DELIVER_SEEK_INFO,
        timestamp=_timestamp(time.time_ns()),
        channel_id=channel,
        tls_cert_hash=tls_certificate_hash,
    )
    newest = orderer_pb2.SeekPosition(newest=orderer_pb2.SeekNewest())
    seek = orderer_pb2.SeekInfo(start=newest, stop=newest)
    payload = common_pb2.Payload(
        header=_header(channel_header, creator, b""), data=seek.SerializeToString()
    )
    return payload.SerializeToString()


def envelope(payload: bytes, signature: bytes) -> bytes:
    """A serialized ``Envelope``."""
    return common_pb2.Envelope(payload=payload, signature=signature).SerializeToString()


def _transient(data: Mapping[str, bytes]) -> bytes:
    # A map's order is free in protobuf; the same proposal must always be the same bytes. The Node
    # client's order is that of JavaScript's strings: by UTF-16 code units.
    return b"".join(
        peer_pb2.ChaincodeProposalPayload(TransientMap={key: data[key]}).SerializeToString()
        for key in sorted(data, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
    )


def _signed(proposal: ProposalBytes, signature: bytes) -> peer_pb2.SignedProposal:
    return peer_pb2.SignedProposal(proposal_bytes=proposal.proposal, signature=signature)


def _header(channel: common_pb2.ChannelHeader, creator: bytes, nonce: bytes) -> common_pb2.Header:
    signature_header = common_pb2.SignatureHeader(creator=creator, nonce=nonce)
    return common_pb2.Header(
        channel_header=channel.SerializeToString(),
        signature_header=signature_header.SerializeToString(),
    )


def _timestamp(time_ns: int) -> Timestamp:
    return Timestamp(seconds=time_ns // NANOSECONDS, nanos=time_ns % NANOSECONDS)


def _position(start_block: int | None) -> orderer_pb2.SeekPosition:
    if start_block is None:
        return orderer_pb2.SeekPosition(next_commit=orderer_pb2.SeekNextCommit())
    return _at(start_block)


def _at(block: int) -> orderer_pb2.SeekPosition:
    try:
        return orderer_pb2.SeekPosition(specified=orderer_pb2.SeekSpecified(number=block))
    except TypeError:
        raise ArgumentError(f"a block is named by its number, not {block!r:.80}") from None
