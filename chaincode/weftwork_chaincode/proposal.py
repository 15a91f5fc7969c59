"""What the client signed: parsed only when a contract asks, and only as far as it asks."""

import hashlib
from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

from google.protobuf.message import DecodeError

from weftwork_chaincode.errors import Invalid
from weftwork_protos import common_pb2, peer_pb2

_ENDORSER_TRANSACTION = 3
_CONFIG = 1


class SignedProposal(NamedTuple):
    """A proposal as a client sends it.

    Attributes:
        proposal: The bytes of the ``Proposal``.
        signature: The client's signature over them.
    """

    proposal: bytes
    signature: bytes


class Proposal:
    """A signed proposal as the peer handed it on.

    Attributes:
        raw: The bytes of the ``Proposal`` that the client signed.
        signature: The client's signature over them; the peer has verified it.
    """

    def __init__(self, raw: bytes, signature: bytes) -> None:
        self.raw = raw
        self.signature = signature

    @cached_property
    def creator(self) -> bytes:
        """The client's ``SerializedIdentity``."""
        return self._signature_header.creator

    @cached_property
    def nonce(self) -> bytes:
        """The client's random bytes; with the creator they make the transaction id."""
        return self._signature_header.nonce

    @cached_property
    def timestamp(self) -> int:
        """The client's clock, in milliseconds since 1970 (UTC)."""
        stamp = self._channel_header.timestamp
        return stamp.seconds * 1000 + stamp.nanos // 1_000_000

    @cached_property
    def timestamp_ns(self) -> int:
        """The client's clock, in nanoseconds since 1970 (UTC)."""
        stamp = self._channel_header.timestamp
        return stamp.seconds * 1_000_000_000 + stamp.nanos

    @cached_property
    def top_level_chaincode(self) -> str:
        """The chaincode that the client invoked, also where this one was called by it.

        Taken from the channel header's extension, the only place the peer compares: the name in
        the payload may lie.
        """
        try:
            extension = peer_pb2.ChaincodeHeaderExtension.FromString(self._channel_header.extension)
        except DecodeError as error:
            raise Invalid("the proposal's header extension cannot be read") from error
        return extension.chaincode_id.name

    @cached_property
    def transient(self) -> Mapping[str, bytes]:
        """What the client sent beside the arguments; it is not part of the transaction."""
        try:
            payload = peer_pb2.ChaincodeProposalPayload.FromString(self._proposal.payload)
        except DecodeError as error:
            raise Invalid("the proposal's payload cannot be read") from error
        return MappingProxyType(dict(payload.TransientMap))

    @cached_property
    def binding(self) -> bytes:
        """SHA-256 over nonce, creator and epoch (little endian, 8 bytes), as Go's shim has it."""
        epoch = self._channel_header.epoch.to_bytes(8, "little")
        return hashlib.sha256(self.nonce + self.creator + epoch).digest()

    @cached_property
    def _proposal(self) -> peer_pb2.Proposal:
        try:
            return peer_pb2.Proposal.FromString(self.raw)
        except DecodeError as error:
            raise Invalid("the proposal cannot be read") from error

    @cached_property
    def _header(self) -> common_pb2.Header:
        if not self._proposal.header:
            raise Invalid("the proposal has no header")
        try:
            return common_pb2.Header.FromString(self._proposal.header)
        except DecodeError as error:
            raise Invalid("the proposal's header cannot be read") from error

    @cached_property
    def _channel_header(self) -> common_pb2.ChannelHeader:
        try:
            header = common_pb2.ChannelHeader.FromString(self._header.channel_header)
        except DecodeError as error:
            raise Invalid("the proposal's channel header cannot be read") from error
        if header.type not in (_ENDORSER_TRANSACTION, _CONFIG):
            raise Invalid(f"a proposal of header type {header.type} is no transaction")
        return header

    @cached_property
    def _signature_header(self) -> common_pb2.SignatureHeader:
        try:
            return common_pb2.SignatureHeader.FromString(self._header.signature_header)
        except DecodeError as error:
            raise Invalid("the proposal's signature header cannot be read") from error
