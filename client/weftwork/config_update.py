"""Changes of a channel's configuration: made, signed by several departments, sent.

A change is a file that travels. Its form is that of ``peer channel signconfigtx`` and of
``configtxlator``, so that departments may sign it with those too. Messages and rules:
Fabric's ``common/configtx.proto`` and ``internal/configtxlator/update``.
"""

import secrets
from dataclasses import dataclass, replace
from typing import Self

from google.protobuf.message import DecodeError

from weftwork.config_difference import difference
from weftwork.errors import LedgerError
from weftwork.identity import Identity
from weftwork.ledger.members import Member, member_of
from weftwork.orderers import signed_payload
from weftwork.proposals import NONCE_BYTES, envelope
from weftwork.signer import Signer
from weftwork.signing import SigningIdentity
from weftwork_protos import common_pb2, configtx_pb2


@dataclass(frozen=True)
class ConfigSignature:
    """A department's signature of a change."""

    header: bytes
    """Serialized ``SignatureHeader``: who signed."""
    signature: bytes

    @property
    def signer(self) -> Member:
        """Who signed, as the header says. Raises LedgerError."""
        try:
            header = common_pb2.SignatureHeader.FromString(self.header)
        except DecodeError:
            raise LedgerError("a signature of the update cannot be read") from None
        return member_of(header.creator)


@dataclass(frozen=True)
class ConfigUpdate:
    """A change of a channel's configuration and the signatures that it has got so far."""

    channel: str
    update: bytes
    """Serialized ``ConfigUpdate``: what is signed."""
    signatures: tuple[ConfigSignature, ...] = ()

    @classmethod
    def between(cls, channel: str, before: bytes, after: bytes) -> Self:
        """What must change so that one configuration becomes another: serialized ``Config`` both.

        The first is the channel's own (``PeerAdmin.config_bytes``). Raises LedgerError where one
        cannot be read or both are the same.
        """
        update = difference(channel, before, after)
        if update is None:
            raise LedgerError(f"both configurations of {channel} are the same: nothing to update")
        return cls(channel, update)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """A change out of a file: what ``to_bytes`` or ``peer channel signconfigtx`` wrote, or the
        bare ``ConfigUpdate`` of ``configtxlator compute_update``. Raises LedgerError.
        """
        try:
            payload = common_pb2.Payload.FromString(common_pb2.Envelope.FromString(data).payload)
            header = common_pb2.ChannelHeader.FromString(payload.header.channel_header)
            if header.type == common_pb2.CONFIG_UPDATE:
                return cls._signed(configtx_pb2.ConfigUpdateEnvelope.FromString(payload.data))
        except DecodeError:
            pass  # It may be a bare update.
        return cls(_channel_of(data), data)

    @classmethod
    def _signed(cls, found: configtx_pb2.ConfigUpdateEnvelope) -> Self:
        signatures = tuple(
            ConfigSignature(one.signature_header, one.signature) for one in found.signatures
        )
        return cls(_channel_of(found.config_update), found.config_update, signatures)

    @property
    def signers(self) -> tuple[Member, ...]:
        """Who has signed, in order; whether rightly, the orderer checks. Raises LedgerError."""
        return tuple(found.signer for found in self.signatures)

    def sign(self, identity: Identity, signer: Signer) -> Self:
        """The change with one more signature; an earlier one of the same member gives way.

        ``weftwork.aio.admin.sign_update`` is for signers that wait. Raises SignatureError.
        """
        header = self.header(identity)
        signing = SigningIdentity(identity, signer, None)
        return self.signed(header, signing.sign(header + self.update))

    def header(self, identity: Identity) -> bytes:
        """What is signed in front of ``update``: a serialized ``SignatureHeader``, a fresh one.

        A signature of ``header + update`` that was made elsewhere is added by ``signed``.
        """
        signature_header = common_pb2.SignatureHeader(
            creator=identity.creator, nonce=secrets.token_bytes(NONCE_BYTES)
        )
        return signature_header.SerializeToString()

    def signed(self, header: bytes, signature: bytes) -> Self:
        """The change with a signature of ``header + update``; as ``sign``."""
        fresh = ConfigSignature(header, signature)
        others = [found for found in self.signatures if _creator(found) != _creator(fresh)]
        return replace(self, signatures=(*others, fresh))

    def to_bytes(self) -> bytes:
        """The change as a file: an ``Envelope`` without a signature of its own."""
        payload = signed_payload(common_pb2.CONFIG_UPDATE, self.channel, b"", self._envelope())
        return common_pb2.Envelope(payload=payload).SerializeToString()

    def envelope(self, identity: Identity, signer: Signer) -> bytes:
        """A serialized ``Envelope`` as orderers take it, signed by whoever sends it.

        Raises SignatureError.
        """
        payload = self.payload(identity)
        return envelope(payload, SigningIdentity(identity, signer, None).sign(payload))

    def payload(self, identity: Identity) -> bytes:
        """What whoever sends it signs: the payload of ``envelope``, serialized."""
        return signed_payload(
            common_pb2.CONFIG_UPDATE, self.channel, identity.creator, self._envelope()
        )

    def _envelope(self) -> bytes:
        message = configtx_pb2.ConfigUpdateEnvelope(
            config_update=self.update,
            signatures=[
                configtx_pb2.ConfigSignature(
                    signature_header=found.header, signature=found.signature
                )
                for found in self.signatures
            ],
        )
        return message.SerializeToString()


def _creator(found: ConfigSignature) -> bytes:
    try:
        return common_pb2.SignatureHeader.FromString(found.header).creator
    except DecodeError:
        return b""


def _channel_of(update: bytes) -> str:
    try:
        found = configtx_pb2.ConfigUpdate.FromString(update)
    except DecodeError:
        found = configtx_pb2.ConfigUpdate()
    if not found.channel_id:
        raise LedgerError("these bytes are no update of a channel's configuration")
    return found.channel_id
